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
  let changed = (await link(id, productId, setup)) && stored !== undefined;
  const offerRow = await storeOffer(sql, offer, setup.programs);
  if (offerRow !== null) {
    await sql.run(
      'INSERT INTO key_offer (key_id, offer_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
      id,
      offerRow.id,
    );
  }
  if (stored === undefined) {
    log.new += 1;
    return;
  }
  changed = (await completeKey(record, id, stored, setup)) || changed;
  if (changed) log.changed += 1;
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

/** True if the product was not linked to this key before. */
async function link(keyId: string, productId: string, setup: KeySetup): Promise<boolean> {
  const added = await setup.sql.run(
    'INSERT INTO key_product (key_id, product_id, added_by) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    keyId,
    productId,
    setup.importId,
  );
  return added > 0;
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
