import { SCHEMA_VERSION } from './migrations.ts';
import { onlyRow, text } from './sql.ts';
import { openSqlite } from './sqlite.ts';

/** What a look into a database gives. */
export interface Inspection {
  readonly schema: number;
  /** What SQLite's own check of the file says; null if it is sound. */
  readonly problem: string | null;
}

/** Checks a database that exists. Throws INVALID_DATA, STORAGE_UNAVAILABLE. */
export async function inspectDatabase(file: string): Promise<Inspection> {
  const database = openSqlite(file);
  try {
    const said = text(await onlyRow(database, 'PRAGMA quick_check(1)'), 'quick_check');
    // What was opened is of the newest schema.
    return { schema: SCHEMA_VERSION, problem: said === 'ok' ? null : said };
  } finally {
    await database.close();
  }
}
