import { type Sql, text } from './sql.ts';

/** The name under which another database is seen while it is attached. */
const INCOMING = 'incoming';

/** Writes a consistent copy of a database into an empty file, without a lock that others would wait for. */
export async function snapshotInto(sql: Sql, path: string): Promise<void> {
  await sql.run('VACUUM INTO ?', path);
}

/**
 * Makes another database readable beside this one; outside of a transaction. References are not checked meanwhile:
 * while whole tables are copied SQLite cannot count them. `replaceRows` looks at all of them at its end.
 */
export async function attach(sql: Sql, path: string): Promise<void> {
  await sql.run('PRAGMA foreign_keys = OFF');
  await sql.run(`ATTACH DATABASE ? AS ${INCOMING}`, path);
}

export async function detach(sql: Sql): Promise<void> {
  await sql.run(`DETACH DATABASE ${INCOMING}`);
  await sql.run('PRAGMA foreign_keys = ON');
}

/** Our own tables; what an attached database calls its tables is never put into a statement. */
async function tables(sql: Sql): Promise<string[]> {
  const rows = await sql.all(
    "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name",
  );
  return rows.map((row) => text(row, 'name'));
}

/** True if nothing was ever written: there is the profile's own row and no other. */
export async function isUnwritten(sql: Sql): Promise<boolean> {
  for (const table of await tables(sql)) {
    if (table === 'profile') continue;
    if ((await sql.first(`SELECT 1 AS found FROM main."${table}" LIMIT 1`)) !== undefined) return false;
  }
  return true;
}

/**
 * Puts the rows of the attached database, of the same schema, in the place of ours; in the caller's transaction.
 * False if they refer to rows that are not there.
 */
export async function replaceRows(sql: Sql): Promise<boolean> {
  for (const table of await tables(sql)) {
    await sql.run(`DELETE FROM main."${table}"`);
    await sql.run(`INSERT INTO main."${table}" SELECT * FROM ${INCOMING}."${table}"`);
  }
  return (await sql.first('PRAGMA main.foreign_key_check')) === undefined;
}
