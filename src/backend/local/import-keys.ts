import type { Programs } from '../../entitlements/programs.ts';
import type { KeyRecord } from '../../importers/record.ts';
import { lastCharactersOf } from '../../keys/product-key.ts';
import { integerOrNull, type Row, type Sql, type SqlValue, text, textOrNull } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import { storeOffer } from './import-entitlements.ts';
import type { ImportLog } from './import-log.ts';

/** Stands between the notes that several imports gave to one key. */
export const BETWEEN_NOTES = '; ';

export interface KeySetup {
  readonly sql: Sql;
  readonly programs: Programs;
  readonly vault: Vault;
  readonly importId: number;
  readonly randomId: () => string;
  readonly log: ImportLog;
}

/**
 * Stores one key: sealed, found again by its fingerprint, linked to every product name it came under. True if it was
 * not known before.
 */
export async function storeKey(
  record: KeyRecord,
  productId: string,
  offer: string,
  setup: KeySetup,
): Promise<boolean> {
  const { sql, vault, log } = setup;
  const fingerprint = vault.fingerprint(record.key);
  const stored = await sql.first(
    'SELECT id, last5, type, claimed_on, note, allowed, allowed_by_type FROM product_key WHERE fingerprint = ?',
    fingerprint,
  );
  const id = stored === undefined ? await addKey(record, fingerprint, setup) : text(stored, 'id');
  const linked = await link(id, 'product', productId, setup);
  const offerRow = await storeOffer(sql, offer, setup.programs);
  const granted = offerRow !== null && (await link(id, 'offer', offerRow.id, setup));
  if (stored === undefined) {
    log.new += 1;
    return true;
  }
  for (const reason of keptAsStored(record, productId, stored)) log.skip(record.place, reason);
  const completed = await completeKey(record, id, stored, setup);
  if (linked || granted || completed) log.changed += 1;
  else log.unchanged += 1;
  return false;
}

async function addKey(record: KeyRecord, fingerprint: string, setup: KeySetup): Promise<string> {
  const id = `k-${setup.randomId().slice(0, 10)}`;
  await setup.sql.run(
    `INSERT INTO product_key (id, fingerprint, sealed, last5, type, allowed, allowed_by_type, claimed_on, note,
       added_by, seen_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    fingerprint,
    setup.vault.seal(id, record.key),
    lastCharactersOf(record.key),
    record.type,
    record.allowed,
    record.allowedByType,
    record.claimedOn,
    record.note?.shown ?? null,
    setup.importId,
    setup.importId,
  );
  return id;
}

/** True if the key was not of this product or offer before; if it was, it is noted as found again. */
async function link(
  keyId: string,
  kind: 'product' | 'offer',
  id: string,
  { sql, importId }: KeySetup,
): Promise<boolean> {
  const added = await sql.run(
    `INSERT INTO key_${kind} (key_id, ${kind}_id, added_by, seen_by) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    keyId,
    id,
    importId,
    importId,
  );
  if (added > 0) return true;
  await sql.run(
    `UPDATE key_${kind} SET seen_by = ? WHERE key_id = ? AND ${kind}_id = ?`,
    importId,
    keyId,
    id,
  );
  return false;
}

/** What is given otherwise than it is stored: a known type or allowance is never replaced (model.md, Importing again). */
function* keptAsStored(record: KeyRecord, productId: string, stored: Row): Generator<string> {
  const type = text(stored, 'type');
  if (record.type !== 'unknown' && type !== 'unknown' && record.type !== type)
    yield `type: ${record.type} is given, the stored key is ${type} and stays so`;
  const allowed = integerOrNull(stored, 'allowed');
  if (record.allowed !== null && allowed !== null && record.allowed !== allowed) {
    const key = `${productId} --key ${text(stored, 'last5')}`;
    yield `allowed: ${record.allowed} is given, the stored key allows ${allowed} and stays so; to change it: ` +
      `mpn-benefits activations adjust ${key} --remaining <n> --allowed ${record.allowed} --reason <text>`;
  }
}

/** A later file may fill what was unknown, and add a note to the one that is there. */
async function completeKey(record: KeyRecord, id: string, stored: Row, setup: KeySetup): Promise<boolean> {
  const { sql, log } = setup;
  const type = text(stored, 'type');
  // What another type allows says nothing of this key.
  const ofThisType = type === 'unknown' || type === record.type;
  const offered: [column: string, value: SqlValue][] = [
    ['type', record.type === 'unknown' ? null : record.type],
    ['claimed_on', record.claimedOn],
    ['note', withNote(textOrNull(stored, 'note'), record.note?.shown ?? null)],
    ['allowed', record.allowed],
    ['allowed_by_type', ofThisType ? record.allowedByType : null],
  ];
  let changed = false;
  for (const [column, value] of offered) {
    const before = stored[column] ?? null;
    const mayChange = before === null || column === 'note' || (column === 'type' && before === 'unknown');
    if (value === null || value === before || !mayChange) continue;
    await sql.run(`UPDATE product_key SET ${column} = ? WHERE id = ?`, value, id);
    await log.change('key', id, column, before, value);
    changed = true;
  }
  await sql.run('UPDATE product_key SET seen_by = ? WHERE id = ?', setup.importId, id);
  return changed;
}

/** Both notes as one; what is a part of the stored one already is not added again. */
function withNote(stored: string | null, given: string | null): string | null {
  if (stored === null || given === null) return given ?? stored;
  return noteParts(stored).includes(noteParts(given)) ? stored : `${stored}${BETWEEN_NOTES}${given}`;
}

/** Ended on both sides, so that only whole parts are found in it. */
const noteParts = (note: string): string => `${BETWEEN_NOTES}${note}${BETWEEN_NOTES}`;
