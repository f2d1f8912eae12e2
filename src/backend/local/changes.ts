import { integer, onlyRow, type Sql } from '../../store/sql.ts';

/**
 * For changes that administrators make to what a profile holds. They happen one after the other, because each takes
 * the profile's row for its transaction, and each raises the version of the profile by one.
 */
export async function beginChange(sql: Sql): Promise<void> {
  await sql.run('UPDATE profile SET changes = changes + 1');
}

/**
 * What tells that lists read earlier are still true: it differs after every change, every counted event and on
 * every day. Revealing a key changes what is known of keys and nothing else; `withAccess` counts it too.
 */
export async function profileVersion(sql: Sql, today: string, withAccess: boolean): Promise<string> {
  const chains = withAccess ? 'chain' : "chain WHERE id <> 'access'";
  const row = await onlyRow(
    sql,
    `SELECT p.ledger, p.changes, (SELECT COUNT(*) FROM ${chains}) AS chains,
       (SELECT COALESCE(SUM(last_seq), 0) FROM ${chains}) AS events FROM profile p`,
  );
  return `${String(row['ledger']).slice(0, 8)}-${integer(row, 'changes')}-${integer(row, 'chains')}-${integer(row, 'events')}-${today}`;
}
