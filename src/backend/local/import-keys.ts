import type { Programs } from '../../entitlements/programs.ts';
import type { KeyRecord } from '../../importers/record.ts';
import { lastCharactersOf } from '../../keys/product-key.ts';
import { type Row, type Sql, type SqlValue, text } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import { storeOffer } from './import-entitlements.ts';
import type { ImportLog } from './import-log.ts';

export interface KeySetup {
  readonly sql: Sql;
  readonly programs: Programs;
  readonly vault: Vault;
  readonly importId: number;
  readonly randomId: () => string;
  readonly log: ImportLog;
}

/** Stores one key: sealed, found again by its fingerprint, linked to every product name it came under. */
export async function storeKey(
  record: KeyRecord,
  productId: string,
  offer: string,
  setup: KeySetup,
): Promise<void> {
  const { sql, vault, log } = setup;
  const fingerprint = vault.fingerprint(record.key);
  const stored = await sql.first(
    'SELECT id, type, claimed_on, note, allowed, allowed_by_type FROM product_key WHERE fingerprint = ?',
    fingerprint,
  );
  const id = stored === undefined ? await addKey(record, fingerprint, setup) : text(stored, 'id');
  const linked = await link(id, 'product', productId, setup);
  const offerRow = await storeOffer(sql, offer, setup.programs);
  const granted = offerRow !== null && (await link(id, 'offer', offerRow.id, setup));
  if (stored === undefined) {
    log.new += 1;
    return;
  }
  const completed = await completeKey(record, id, stored, setup);
  if (linked || granted || completed) log.changed += 1;
  else log.unchanged += 1;
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

/**
 * A later file may fill what was unknown; it never changes a known type or allowance (model.md, Importing again).
 */
async function completeKey(record: KeyRecord, id: string, stored: Row, setup: KeySetup): Promise<boolean> {
  const { sql, log } = setup;
  const type = text(stored, 'type');
  if (record.type !== 'unknown' && type !== 'unknown' && record.type !== type) {
    log.skip(record.place, `type: the file says ${record.type}, the stored key is ${type} and stays so`);
  }
  const offered: [column: string, value: SqlValue][] = [
    ['type', record.type === 'unknown' ? null : record.type],
    ['claimed_on', record.claimedOn],
    ['note', record.note?.shown ?? null],
    ['allowed', record.allowed],
    ['allowed_by_type', record.allowedByType],
  ];
  let changed = false;
  for (const [column, value] of offered) {
    const before = stored[column] ?? null;
    const isUnknown = before === null || (column === 'type' && before === 'unknown');
    if (value === null || !isUnknown) continue;
    await sql.run(`UPDATE product_key SET ${column} = ? WHERE id = ?`, value, id);
    await log.change('key', id, column, before, value);
    changed = true;
  }
  await sql.run('UPDATE product_key SET seen_by = ? WHERE id = ?', setup.importId, id);
  return changed;
}
