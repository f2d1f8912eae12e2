import { normalisedName, normalisedSource } from '../../entitlements/normalise.ts';
import { type OfferSource, parseSource } from '../../entitlements/offers.ts';
import type { Programs } from '../../entitlements/programs.ts';
import type { EntitlementRecord } from '../../importers/record.ts';
import { integerOrNull, onlyRow, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import { breathe } from './breath.ts';
import type { ImportLog } from './import-log.ts';

/** An entitlement record whose product and source are known. */
export interface PlacedEntitlement {
  readonly record: EntitlementRecord;
  readonly productId: string;
  readonly source: string;
}

export interface EntitlementSetup {
  readonly sql: Sql;
  readonly programs: Programs;
  readonly importId: number;
  readonly today: string;
  readonly force: boolean;
  readonly randomId: () => string;
  readonly log: ImportLog;
}

/**
 * Stores the entitlements of one file. They come all at once, because equal rows within a file are told apart by
 * the order of their dates (model.md, Identity).
 */
export async function storeEntitlements(
  rows: readonly PlacedEntitlement[],
  setup: EntitlementSetup,
): Promise<void> {
  const sources = new Map<string, { readonly key: string; readonly offerId: string | null }>();
  const unitKeys = new Map<string, string>();
  const ordinals = new Map<string, number>();
  let count = 0;
  for (const row of [...rows].sort((a, b) => byDate(a.record.activateBy, b.record.activateBy))) {
    let source = sources.get(row.source);
    if (source === undefined) {
      const offer = await storeOffer(setup.sql, row.source, setup.programs);
      source = { key: normalisedSource(row.source), offerId: offer?.id ?? null };
      sources.set(row.source, source);
    }
    const unit = row.record.unit ?? '';
    const unitKey = unitKeys.get(unit) ?? normalisedName(unit);
    unitKeys.set(unit, unitKey);
    const group = `${row.productId}\n${source.key}\n${unitKey}`;
    const ordinal = ordinals.get(group) ?? 0;
    ordinals.set(group, ordinal + 1);
    const identity = { sourceKey: source.key, unitKey, ordinal, offerId: source.offerId };
    await storeEntitlement(row, identity, setup);
    count += 1;
    await breathe(count);
  }
}

const byDate = (a: string | null, b: string | null): number => {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -1 : 1;
};

/** Makes the offer of a source text known; null if the text names none. */
export async function storeOffer(sql: Sql, source: string, programs: Programs): Promise<OfferSource | null> {
  const offer = parseSource(source, programs);
  if (offer === null) return null;
  await sql.run(
    `INSERT INTO offer (id, program, part, source) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET source = CASE WHEN offer.source = '' THEN excluded.source ELSE offer.source END`,
    offer.id,
    offer.program,
    offer.part,
    offer.text,
  );
  return offer;
}

interface Identity {
  readonly sourceKey: string;
  readonly unitKey: string;
  readonly ordinal: number;
  readonly offerId: string | null;
}

async function storeEntitlement(
  row: PlacedEntitlement,
  identity: Identity,
  setup: EntitlementSetup,
): Promise<void> {
  const { sql, log, importId, today } = setup;
  const { record, productId, source } = row;
  // Asks for what is stored only where something is: most rows of an import are new.
  const added = await sql.run(
    `INSERT INTO entitlement (id, product_id, source, source_key, offer_id, unit, unit_key, ordinal, quantity,
       activate_by, last_seen_on, added_by, seen_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (product_id, source_key, unit_key, ordinal) DO NOTHING`,
    `e-${setup.randomId()}`,
    productId,
    source,
    identity.sourceKey,
    identity.offerId,
    record.unit,
    identity.unitKey,
    identity.ordinal,
    record.quantity,
    record.activateBy,
    today,
    importId,
    importId,
  );
  if (added > 0) {
    log.new += 1;
    return;
  }
  const stored = await onlyRow(
    sql,
    `SELECT id, quantity, activate_by, last_seen_on, seen_by FROM entitlement
       WHERE product_id = ? AND source_key = ? AND unit_key = ? AND ordinal = ?`,
    productId,
    identity.sourceKey,
    identity.unitKey,
    identity.ordinal,
  );
  const before = textOrNull(stored, 'activate_by');
  if (!setup.force && before !== null && record.activateBy !== null && record.activateBy < before) {
    log.skip(
      record.place,
      `older: this row ends on ${record.activateBy}, the stored one on ${before} (--force replaces it)`,
    );
    return;
  }
  await updateEntitlement(stored, record, setup);
}

async function updateEntitlement(
  stored: Row,
  record: EntitlementRecord,
  setup: EntitlementSetup,
): Promise<void> {
  const { sql, log, importId, today } = setup;
  const id = text(stored, 'id');
  // A file that does not give a value says nothing about it.
  const quantity = record.quantity ?? integerOrNull(stored, 'quantity');
  const activateBy = record.activateBy ?? textOrNull(stored, 'activate_by');
  const changes: [field: string, before: string | number | null, after: string | number | null][] = [
    ['quantity', integerOrNull(stored, 'quantity'), quantity],
    ['activate_by', textOrNull(stored, 'activate_by'), activateBy],
  ];
  const real = changes.filter(([, before, after]) => before !== after);
  await sql.run(
    'UPDATE entitlement SET quantity = ?, activate_by = ?, last_seen_on = ?, seen_by = ? WHERE id = ?',
    quantity,
    activateBy,
    today,
    importId,
    id,
  );
  for (const [field, before, after] of real) await log.change('entitlement', id, field, before, after);
  if (real.length > 0) log.changed += 1;
  else log.unchanged += 1;
}
