import { counted } from '../../counted.ts';
import { AppError } from '../../errors.ts';
import { integer, onlyRow, type Row, type Sql, type SqlValue, text, textOrNull } from '../../store/sql.ts';
import type { UndoReport } from '../rows.ts';
import { BETWEEN_NOTES } from './import-keys.ts';
import { importName, noImport } from './import-name.ts';

/**
 * The first import that still stands and may have found a row again; null if there is none. Only the last that did is
 * known, so any between counts as one: rather a row too many than one too few.
 */
const NEXT_FINDER = `(SELECT MIN(later.id) FROM import later
  WHERE later.id > added_by AND later.id <= seen_by AND later.undone_at IS NULL)`;
const FOUND_AGAIN = `${NEXT_FINDER} IS NOT NULL`;

/**
 * Takes back what an import added and nothing has used since: a row that a later import found again stays, and so
 * does a key that was revealed, marked or activated. Values it changed get their old ones back, unless they were
 * changed again. Throws NOT_FOUND, or USAGE if it is undone already.
 */
export async function undoImport(sql: Sql, id: number, now: string): Promise<UndoReport> {
  const found = await sql.first('SELECT undone_at FROM import WHERE id = ?', id);
  if (found === undefined) throw noImport(importName(id));
  if (textOrNull(found, 'undone_at') !== null) {
    throw new AppError('USAGE', `Import ${importName(id)} is undone already.`, {
      hint: 'Import the file again to have it back.',
    });
  }
  const restored = await restoreValues(sql, id);
  const kept: string[] = [];
  const stay = await handOver(sql, 'entitlement', id);
  if (stay > 0) kept.push(`${counted(stay, 'entitlement')} that a later import found again`);
  const entitlements = await sql.run('DELETE FROM entitlement WHERE added_by = ?', id);
  for (const table of LINKS) await handOver(sql, table, id);
  const unlinked = await removeLinks(sql, id);
  const keys = await removeKeys(sql, id, kept);
  const again = await handOver(sql, 'note', id);
  if (again > 0) kept.push(`${counted(again, 'note')} that a later import found again`);
  const notes = await sql.run('DELETE FROM note WHERE added_by = ?', id);
  await sql.run('UPDATE import SET undone_at = ? WHERE id = ?', now, id);
  const products = await removeUnusedProducts(sql);
  await sql.run(`DELETE FROM offer WHERE ${UNUSED_OFFER}`);
  await sql.run(`DELETE FROM sealed_text WHERE shown NOT IN (${SHOWN_TEXTS}) AND NOT ${SHOWN_WITH_KEY}
    AND added_by IN (SELECT id FROM import WHERE undone_at IS NOT NULL)`);
  const removed = { entitlements, keys, notes, products };
  return { id: importName(id), removed, restored: restored + unlinked, kept };
}

/** What hangs on a key: its products, and the offers that granted it. */
const LINKS = ['key_product', 'key_offer'] as const;

/** Each of these tables knows which import added a row, and which found it last. */
type Found = 'entitlement' | 'product_key' | 'note' | (typeof LINKS)[number];

/** What was found again is from now on as if its next finder had added it, and goes when that one is undone. */
function handOver(sql: Sql, table: Found, id: number): Promise<number> {
  return sql.run(`UPDATE ${table} SET added_by = ${NEXT_FINDER} WHERE added_by = ? AND ${FOUND_AGAIN}`, id);
}

/** Table and columns that an import may change, by the subject it logged: nothing else is ever put into a statement. */
const RESTORABLE: Readonly<Record<string, readonly [table: string, columns: readonly string[]]>> = {
  entitlement: ['entitlement', ['quantity', 'activate_by']],
  key: ['product_key', ['type', 'claimed_on', 'note', 'allowed', 'allowed_by_type']],
};

/** Every change of the values that an import changed, the last first. */
const CHANGES = `SELECT c.import_id, c.subject, c.subject_id, c.field, c.before, c.after, i.undone_at
  FROM import_change c JOIN import i ON i.id = c.import_id
  WHERE (c.subject, c.subject_id, c.field) IN
    (SELECT subject, subject_id, field FROM import_change WHERE import_id = ?)
  ORDER BY c.import_id DESC, c.seq DESC`;

/** Gives each value back what the last import that still stands made of it, or what it was before all of them. */
async function restoreValues(sql: Sql, id: number): Promise<number> {
  const values = Map.groupBy(await sql.all(CHANGES, id), (change) =>
    JSON.stringify([text(change, 'subject'), text(change, 'subject_id'), text(change, 'field')]),
  );
  let restored = 0;
  for (const changes of values.values()) {
    const standing = changes.filter((change) => textOrNull(change, 'undone_at') === null);
    const others = standing.filter((change) => integer(change, 'import_id') !== id);
    restored += await restore(sql, changes, lastValue(standing, changes), lastValue(others, changes));
  }
  return restored;
}

function lastValue([last]: readonly Row[], all: readonly Row[]): SqlValue {
  return last === undefined ? loggedValue(all.at(-1), 'before') : loggedValue(last, 'after');
}

function loggedValue(change: Row | undefined, column: string): SqlValue {
  const value: unknown = change === undefined ? null : JSON.parse(text(change, column));
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}

/** Puts one value in the place of another, unless something else stands there. */
async function restore(sql: Sql, [change]: readonly Row[], from: SqlValue, to: SqlValue): Promise<number> {
  if (change === undefined || from === to) return 0;
  const [table, columns] = RESTORABLE[text(change, 'subject')] ?? ['', []];
  const column = text(change, 'field');
  if (!columns.includes(column)) return 0;
  return sql.run(
    `UPDATE ${table} SET ${column} = ? WHERE id = ? AND ${column} IS NOT DISTINCT FROM ?`,
    to,
    text(change, 'subject_id'),
    from,
  );
}

const UNUSED_KEY = `added_by = ? AND revealed_at IS NULL AND mark IS NULL
  AND NOT EXISTS (SELECT 1 FROM chain WHERE chain.id = product_key.id)`;

/** Takes what this import hung on keys of others from them, but each keeps at least one product. */
async function removeLinks(sql: Sql, id: number): Promise<number> {
  const ofOthers = 'added_by = ? AND key_id IN (SELECT id FROM product_key WHERE added_by <> ?)';
  const offers = await sql.run(`DELETE FROM key_offer WHERE ${ofOthers}`, id, id);
  const products = await sql.run(
    `DELETE FROM key_product WHERE ${ofOthers} AND EXISTS (SELECT 1 FROM key_product other
       WHERE other.key_id = key_product.key_id AND other.added_by <> ?)`,
    id,
    id,
    id,
  );
  return offers + products;
}

async function removeKeys(sql: Sql, id: number, kept: string[]): Promise<number> {
  const again = await handOver(sql, 'product_key', id);
  const unused = `SELECT id FROM product_key WHERE ${UNUSED_KEY}`;
  for (const table of LINKS) await sql.run(`DELETE FROM ${table} WHERE key_id IN (${unused})`, id);
  // Of keys that are their next finder's from now on.
  await removeLinks(sql, id);
  const removed = await sql.run(`DELETE FROM product_key WHERE ${UNUSED_KEY}`, id);
  const used = await onlyRow(sql, 'SELECT COUNT(*) AS n FROM product_key WHERE added_by = ?', id);
  const stay = again + integer(used, 'n');
  if (stay > 0) kept.push(`${counted(stay, 'key')} used, marked or imported again since`);
  return removed;
}

/** Those with nothing under any of their names, if none of these came with an import that still stands. */
async function removeUnusedProducts(sql: Sql): Promise<number> {
  const rows = await sql.all(
    `SELECT p.id FROM product p WHERE
       NOT EXISTS (SELECT 1 FROM product_name n LEFT JOIN import i ON i.id = n.added_by
                     WHERE n.product_id = p.id AND i.undone_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM entitlement e WHERE e.product_id = p.id)
       AND NOT EXISTS (SELECT 1 FROM key_product k WHERE k.product_id = p.id)
       AND NOT EXISTS (SELECT 1 FROM note t WHERE t.product_id = p.id)`,
  );
  for (const row of rows) {
    const product = text(row, 'id');
    await sql.run('DELETE FROM product_name WHERE product_id = ?', product);
    await sql.run('DELETE FROM product WHERE id = ?', product);
  }
  return rows.length;
}

/** Nothing is of this offer, and nobody said anything of it. */
const UNUSED_OFFER = `purchased IS NULL AND policy IS NULL
  AND NOT EXISTS (SELECT 1 FROM entitlement e WHERE e.offer_id = offer.id)
  AND NOT EXISTS (SELECT 1 FROM key_offer k WHERE k.offer_id = offer.id)`;

/** Every text that was searched for keys: of one that is still shown, the original stays too. */
const SHOWN_TEXTS =
  'SELECT name FROM product_name UNION SELECT source FROM entitlement UNION SELECT source FROM offer UNION SELECT text FROM note';

const ALL_NOTES = `'${BETWEEN_NOTES}' || k.note || '${BETWEEN_NOTES}'`;

/** The same for what is one of the notes of a key. */
const SHOWN_WITH_KEY = `EXISTS (SELECT 1 FROM product_key k WHERE k.note IS NOT NULL
  AND REPLACE(${ALL_NOTES}, '${BETWEEN_NOTES}' || sealed_text.shown || '${BETWEEN_NOTES}', '') <> ${ALL_NOTES})`;
