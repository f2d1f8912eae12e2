import { normalisedName, normalisedSource } from '../../entitlements/normalise.ts';
import { type OfferSource, parseSource } from '../../entitlements/offers.ts';
import { type GrantRow, isOlder, pairRows } from '../../entitlements/pairing.ts';
import type { Programs } from '../../entitlements/programs.ts';
import type { EntitlementRecord, Place } from '../../importers/record.ts';
import { integer, integerOrNull, type Sql, text, textOrNull } from '../../store/sql.ts';
import { breathe } from './breath.ts';
import type { ImportLog } from './import-log.ts';

/** An entitlement record whose product and source are known. */
export interface PlacedEntitlement extends GrantRow {
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

/** Where a row says in every field what one before it says: both are rows of their own. */
export interface RepeatedRow {
  readonly place: Place;
  readonly before: Place;
}

/** The rows of a file that have product, source and unit in common. */
interface Group {
  readonly productId: string;
  readonly sourceKey: string;
  readonly unitKey: string;
  readonly offerId: string | null;
  readonly rows: PlacedEntitlement[];
}

function* repeatedRows({ rows }: Group): Generator<RepeatedRow> {
  if (rows.length < 2) return;
  const places = new Map<string, Place>();
  for (const { record, source } of rows) {
    const { place, product, quantity, activateBy } = record;
    if (quantity === null) continue;
    const said = JSON.stringify([product.shown, source, quantity, activateBy]);
    const before = places.get(said);
    if (before === undefined) places.set(said, place);
    else yield { place, before };
  }
}

/**
 * Stores the entitlements of one file. They come all at once, because rows with the same product, source and unit are
 * told apart by what the others say (model.md, Identity). Gives back which rows repeat others.
 */
export async function storeEntitlements(
  rows: readonly PlacedEntitlement[],
  setup: EntitlementSetup,
): Promise<readonly RepeatedRow[]> {
  const { sql } = setup;
  const repeated: RepeatedRow[] = [];
  // The first import into a profile has nothing to look for.
  const isFirst = (await sql.first('SELECT 1 AS found FROM entitlement LIMIT 1')) === undefined;
  let count = 0;
  for (const group of await grouped(rows, setup)) {
    for (const row of repeatedRows(group)) repeated.push(row);
    const stored = isFirst ? [] : await storedRows(sql, group);
    let ordinal = (stored.at(-1)?.ordinal ?? -1) + 1;
    for (const pair of pairRows(group.rows, stored)) {
      if (pair.stored === null) await addEntitlement(pair.given, group, ordinal++, setup);
      else await updateEntitlement(pair.stored, pair.given.record, setup);
      count += 1;
      await breathe(count);
    }
  }
  return repeated;
}

async function grouped(
  rows: readonly PlacedEntitlement[],
  { sql, programs }: EntitlementSetup,
): Promise<Iterable<Group>> {
  const sources = new Map<string, { readonly key: string; readonly offerId: string | null }>();
  const unitKeys = new Map<string, string>();
  const groups = new Map<string, Group>();
  for (const row of rows) {
    const { record, productId } = row;
    let source = sources.get(row.source);
    if (source === undefined) {
      const offer = await storeOffer(sql, row.source, programs);
      source = { key: normalisedSource(row.source), offerId: offer?.id ?? null };
      sources.set(row.source, source);
    }
    const unit = record.unit ?? '';
    const unitKey = unitKeys.get(unit) ?? normalisedName(unit);
    unitKeys.set(unit, unitKey);
    const identity = `${productId}\n${source.key}\n${unitKey}`;
    let group = groups.get(identity);
    if (group === undefined) {
      group = { productId, sourceKey: source.key, unitKey, offerId: source.offerId, rows: [] };
      groups.set(identity, group);
    }
    group.rows.push(row);
  }
  return groups.values();
}

interface StoredEntitlement extends GrantRow {
  readonly id: string;
  readonly ordinal: number;
}

async function storedRows(
  sql: Sql,
  { productId, sourceKey, unitKey }: Group,
): Promise<readonly StoredEntitlement[]> {
  const rows = await sql.all(
    `SELECT id, ordinal, quantity, activate_by FROM entitlement
       WHERE product_id = ? AND source_key = ? AND unit_key = ? ORDER BY ordinal`,
    productId,
    sourceKey,
    unitKey,
  );
  return rows.map((row) => ({
    id: text(row, 'id'),
    ordinal: integer(row, 'ordinal'),
    quantity: integerOrNull(row, 'quantity'),
    activateBy: textOrNull(row, 'activate_by'),
  }));
}

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

async function addEntitlement(
  { record, productId, source }: PlacedEntitlement,
  group: Group,
  ordinal: number,
  { sql, log, importId, today, randomId }: EntitlementSetup,
): Promise<void> {
  await sql.run(
    `INSERT INTO entitlement (id, product_id, source, source_key, offer_id, unit, unit_key, ordinal, quantity,
       activate_by, last_seen_on, added_by, seen_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    `e-${randomId()}`,
    productId,
    source,
    group.sourceKey,
    group.offerId,
    record.unit,
    group.unitKey,
    ordinal,
    record.quantity,
    record.activateBy,
    today,
    importId,
    importId,
  );
  log.new += 1;
}

async function updateEntitlement(
  stored: StoredEntitlement,
  record: EntitlementRecord,
  { sql, log, importId, today, force }: EntitlementSetup,
): Promise<void> {
  if (!force && isOlder(record, stored)) {
    log.skip(
      record.place,
      `older: this row ends on ${record.activateBy}, the stored one on ${stored.activateBy} (--force replaces it)`,
    );
    return;
  }
  // A file that does not give a value says nothing about it.
  const quantity = record.quantity ?? stored.quantity;
  const activateBy = record.activateBy ?? stored.activateBy;
  const changes: [field: string, before: string | number | null, after: string | number | null][] = [
    ['quantity', stored.quantity, quantity],
    ['activate_by', stored.activateBy, activateBy],
  ];
  const real = changes.filter(([, before, after]) => before !== after);
  await sql.run(
    'UPDATE entitlement SET quantity = ?, activate_by = ?, last_seen_on = ?, seen_by = ? WHERE id = ?',
    quantity,
    activateBy,
    today,
    importId,
    stored.id,
  );
  for (const [field, before, after] of real) await log.change('entitlement', stored.id, field, before, after);
  if (real.length > 0) log.changed += 1;
  else log.unchanged += 1;
}
