import { counted } from '../../counted.ts';
import { AppError } from '../../errors.ts';
import { integer, type Row, type Sql, type SqlValue, text, textOrNull } from '../../store/sql.ts';
import type { UndoReport } from '../backend.ts';
import { importName } from './import-name.ts';

/**
 * True of a row that an import which still stands may have found again. Only the last that did is known, so any
 * between counts as one: rather a row too many than one too few.
 */
const FOUND_AGAIN = `EXISTS (SELECT 1 FROM import later
  WHERE later.id > added_by AND later.id <= seen_by AND later.undone_at IS NULL)`;

/**
 * Takes back what an import added and nothing has used since: a row that a later import found again stays, and so
 * does a key that was revealed or marked. Values it changed get their old ones back, unless they were changed again.
 * Throws NOT_FOUND, or USAGE if it is undone already.
 */
export async function undoImport(sql: Sql, id: number, now: string): Promise<UndoReport> {
  const found = await sql.first('SELECT undone_at FROM import WHERE id = ?', id);
  if (found === undefined) {
    throw new AppError('NOT_FOUND', `There is no import ${importName(id)}.`, {
      hint: 'See: mpn-benefits import list',
    });
  }
  if (textOrNull(found, 'undone_at') !== null) {
    throw new AppError('USAGE', `Import ${importName(id)} is undone already.`, {
      hint: 'Import the file again to have it back.',
    });
  }
  const restored = await restoreValues(sql, id);
  const kept: string[] = [];
  const entitlements = await sql.run(`DELETE FROM entitlement WHERE added_by = ? AND NOT ${FOUND_AGAIN}`, id);
  const stay = await countOf(sql, 'SELECT COUNT(*) AS n FROM entitlement WHERE added_by = ?', id);
  if (stay > 0) kept.push(`${counted(stay, 'entitlement')} that a later import found again`);
  const keys = await removeKeys(sql, id, kept);
  const notes = await sql.run('DELETE FROM note WHERE added_by = ?', id);
  await sql.run('DELETE FROM sealed_text WHERE added_by = ?', id);
  const products = await removeUnusedProducts(sql, id);
  await sql.run('UPDATE import SET undone_at = ? WHERE id = ?', now, id);
  return { id: importName(id), removed: { entitlements, keys, notes, products }, restored, kept };
}

/** Table and columns that an import may change, by the subject it logged: nothing else is ever put into a statement. */
const RESTORABLE: Readonly<Record<string, readonly [table: string, columns: readonly string[]]>> = {
  entitlement: ['entitlement', ['quantity', 'activate_by']],
  key: ['product_key', ['type', 'claimed_on', 'note', 'allowed', 'allowed_by_type']],
};

async function restoreValues(sql: Sql, id: number): Promise<number> {
  let restored = 0;
  const changes = await sql.all('SELECT * FROM import_change WHERE import_id = ? ORDER BY seq DESC', id);
  for (const change of changes) {
    const [table, columns] = RESTORABLE[text(change, 'subject')] ?? ['', []];
    const column = text(change, 'field');
    if (!columns.includes(column)) continue;
    restored += await sql.run(
      `UPDATE ${table} SET ${column} = ? WHERE id = ? AND ${column} IS NOT DISTINCT FROM ?`,
      loggedValue(change, 'before'),
      text(change, 'subject_id'),
      loggedValue(change, 'after'),
    );
  }
  return restored;
}

function loggedValue(change: Row, column: string): SqlValue {
  const value: unknown = JSON.parse(text(change, column));
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

const UNUSED_KEY = `added_by = ? AND NOT ${FOUND_AGAIN} AND revealed_at IS NULL AND mark IS NULL`;

async function removeKeys(sql: Sql, id: number, kept: string[]): Promise<number> {
  const used = await countOf(
    sql,
    `SELECT COUNT(*) AS n FROM product_key WHERE added_by = ? AND NOT (${UNUSED_KEY})`,
    id,
    id,
  );
  if (used > 0) kept.push(`${counted(used, 'key')} that were used, marked or imported again since`);
  const unused = `SELECT id FROM product_key WHERE ${UNUSED_KEY}`;
  await sql.run(`DELETE FROM key_offer WHERE key_id IN (${unused})`, id);
  // Links that this import added to keys which stay go too, but a key keeps at least one product.
  await sql.run(`DELETE FROM key_product WHERE key_id IN (${unused})`, id);
  await sql.run(
    `DELETE FROM key_product WHERE added_by = ? AND EXISTS (SELECT 1 FROM key_product other
       WHERE other.key_id = key_product.key_id AND other.added_by <> ?)`,
    id,
    id,
  );
  return sql.run(`DELETE FROM product_key WHERE ${UNUSED_KEY}`, id);
}

async function removeUnusedProducts(sql: Sql, id: number): Promise<number> {
  const unused = `SELECT p.id FROM product p WHERE
    EXISTS (SELECT 1 FROM product_name n WHERE n.product_id = p.id AND n.added_by = ?)
    AND NOT EXISTS (SELECT 1 FROM product_name n WHERE n.product_id = p.id AND n.added_by IS NULL)
    AND NOT EXISTS (SELECT 1 FROM entitlement e WHERE e.product_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM key_product k WHERE k.product_id = p.id)
    AND NOT EXISTS (SELECT 1 FROM note t WHERE t.product_id = p.id)`;
  const ids = (await sql.all(unused, id)).map((row) => text(row, 'id'));
  for (const product of ids) {
    await sql.run('DELETE FROM product_name WHERE product_id = ?', product);
    await sql.run('DELETE FROM product WHERE id = ?', product);
  }
  return ids.length;
}

async function countOf(sql: Sql, statement: string, ...values: SqlValue[]): Promise<number> {
  const row = await sql.first(statement, ...values);
  return row === undefined ? 0 : integer(row, 'n');
}
