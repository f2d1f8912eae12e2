import { onlyRow, text } from './sql.ts';
import { openSqlite } from './sqlite.ts';

/**
 * What SQLite's own check says of a database that exists; null if it is sound. Opening it brings it up to date, as
 * everything does. Throws INVALID_DATA, STORAGE_UNAVAILABLE.
 */
export async function problemOf(file: string): Promise<string | null> {
  const database = openSqlite(file);
  try {
    const said = text(await onlyRow(database, 'PRAGMA quick_check(1)'), 'quick_check');
    return said === 'ok' ? null : said;
  } finally {
    await database.close();
  }
}
