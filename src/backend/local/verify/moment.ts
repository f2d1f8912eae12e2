import { integer, onlyRow, type Sql } from '../../../store/sql.ts';

/**
 * A number that tells states of a ledger apart: nothing of it changes without another event, and events are numbered in
 * the order of writing. Read first in a snapshot, it also fixes what the snapshot sees.
 */
export async function momentOf(sql: Sql): Promise<number> {
  return integer(await onlyRow(sql, 'SELECT COALESCE(MAX(number), 0) AS last FROM ledger_event'), 'last');
}
