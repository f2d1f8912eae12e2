import type { Catalogue } from '../../entitlements/catalogue.ts';
import { addDays } from '../../entitlements/days.ts';
import { known } from '../../entitlements/facts.ts';
import { lapseDays, lapsesOn } from '../../entitlements/offers.ts';
import { entitlementState } from '../../entitlements/state.ts';
import type { ProductFacts, Tri } from '../../entitlements/types.ts';
import { integerOrNull, type Row, type Sql, type SqlValue, text, textOrNull } from '../../store/sql.ts';
import type { EntitlementFilter } from '../backend.ts';
import { endingSoon, fitsProduct, fitsRow, isNamed } from '../list-filter.ts';
import { type EntitlementRow, KEYS_ONLY } from '../rows.ts';
import { type Counter, countProduct, type ProductCounts } from './counting.ts';
import { factsOf, importedNames, storedFacts } from './products.ts';

/** What reading rows needs besides the database. */
export interface Reading {
  readonly catalogue: Catalogue;
  /** The user's calendar day. */
  readonly today: string;
  /** Counts from what is read at once; without it each product is counted when it comes up. */
  readonly counter?: (() => Promise<Counter | undefined>) | undefined;
}

interface CountedProduct {
  readonly facts: ProductFacts;
  readonly counts: ProductCounts;
}

const COLUMNS = `p.id AS product_id, p.name, e.id, e.source, e.quantity, e.unit, e.activate_by,
  o.program, o.purchased`;

/** A product without an entitlement is listed if it has a key. */
const BY_NAME = `SELECT ${COLUMNS} FROM product p
  LEFT JOIN entitlement e ON e.product_id = p.id
  LEFT JOIN offer o ON o.id = e.offer_id
  WHERE e.id IS NOT NULL OR EXISTS (SELECT 1 FROM key_product k WHERE k.product_id = p.id)
  ORDER BY p.sort_name, p.id, e.source_key, e.unit_key, e.ordinal`;

const ENDING_IN_DATES = `SELECT ${COLUMNS} FROM entitlement e
  JOIN product p ON p.id = e.product_id
  LEFT JOIN offer o ON o.id = e.offer_id
  WHERE e.activate_by BETWEEN ? AND ?`;

const ENDING_WITH_OFFER = `SELECT ${COLUMNS} FROM offer o
  JOIN entitlement e ON e.offer_id = o.id
  JOIN product p ON p.id = e.product_id
  WHERE o.id = ?`;

/** Rows of a profile by name, or those that end soon, soonest first. */
export async function* entitlementRows(
  sql: Sql,
  reading: Reading,
  filter: EntitlementFilter,
): AsyncIterable<EntitlementRow> {
  const { catalogue, today } = reading;
  const counter = await reading.counter?.();
  const need = activationNeedOf(sql, catalogue);
  const products = new Map<string, CountedProduct & { readonly fits: boolean }>();
  const lapseDay = lapseDays();
  const pages =
    filter.expiring === undefined ? sql.pages(BY_NAME) : [await rowsEndingSoon(sql, today, filter.expiring)];
  for await (const page of pages) {
    for (const row of page) {
      const id = text(row, 'product_id');
      let product = products.get(id);
      if (product === undefined) {
        const facts = factsOf(catalogue, id, text(row, 'name'));
        // Waited for only where there is something to wait for: a thousand waits take longer than what they are for.
        const counts = counter === undefined ? await countProduct(sql, facts, need, today) : counter(facts);
        const fits =
          fitsProduct(
            {
              kind: facts.kind,
              requiresActivation: known(facts.requiresActivation.value),
              keyCount: counts.keyCount,
            },
            filter,
          ) &&
          (filter.text === undefined || (await goesBy(sql, facts, filter.text)));
        product = { facts, counts, fits };
        products.set(id, product);
      }
      if (!product.fits) continue;
      const entitlement = toRow(row, product, today, lapseDay);
      if (fitsRow(entitlement, filter)) yield entitlement;
    }
  }
}

/** The rows of one product. */
export async function rowsOfProduct(
  sql: Sql,
  product: CountedProduct,
  today: string,
): Promise<EntitlementRow[]> {
  const rows = await sql.all(
    `SELECT ${COLUMNS} FROM entitlement e JOIN product p ON p.id = e.product_id
       LEFT JOIN offer o ON o.id = e.offer_id WHERE e.product_id = ? ORDER BY e.source_key, e.unit_key, e.ordinal`,
    product.facts.id,
  );
  return rows.map((row) => toRow(row, product, today, lapsesOn));
}

/** Looks for names that an import brought only if the others do not fit. */
async function goesBy(sql: Sql, facts: ProductFacts, wanted: string): Promise<boolean> {
  return (
    isNamed([facts.id, facts.name, ...facts.aliases], wanted) ||
    isNamed(await importedNames(sql, facts.id), wanted)
  );
}

/** Whether a product must be activated, by id, for products that share a key with the one that is counted. */
export function activationNeedOf(sql: Sql, catalogue: Catalogue): (productId: string) => Promise<Tri> {
  return async (productId) =>
    (await storedFacts(sql, catalogue, productId))?.requiresActivation.value ?? 'unknown';
}

/**
 * Reads the two indexes that can tell an end rather than every row. Few rows come out, so they are sorted here:
 * the day a grant ends is the earlier of two that come from different tables.
 */
async function rowsEndingSoon(sql: Sql, today: string, days: number): Promise<Row[]> {
  const last = addDays(today, days);
  const rows = new Map<SqlValue, Row>();
  for (const row of await sql.all(ENDING_IN_DATES, today, last)) rows.set(row['id'] ?? null, row);
  for (const offer of await sql.all('SELECT id, purchased FROM offer WHERE purchased IS NOT NULL')) {
    const end = lapsesOn(text(offer, 'purchased'));
    if (end === null || end < today || end > last) continue;
    for (const row of await sql.all(ENDING_WITH_OFFER, text(offer, 'id'))) rows.set(row['id'] ?? null, row);
  }
  const endsOf = (row: Row) => [textOrNull(row, 'activate_by'), lapsesOn(textOrNull(row, 'purchased'))];
  return endingSoon([...rows.values()], endsOf, (row) => text(row, 'name'), { today, last });
}

function toRow(
  row: Row,
  { facts, counts }: CountedProduct,
  today: string,
  lapseDay: typeof lapsesOn,
): EntitlementRow {
  const id = textOrNull(row, 'id');
  const activateBy = textOrNull(row, 'activate_by');
  const lapses = lapseDay(textOrNull(row, 'purchased'));
  return {
    // A product with keys only has no entitlement whose id could stand here.
    id: id ?? `keys:${facts.id}`,
    productId: facts.id,
    name: facts.name,
    kind: facts.kind,
    source: id === null ? KEYS_ONLY : text(row, 'source'),
    program: textOrNull(row, 'program'),
    quantity: integerOrNull(row, 'quantity'),
    unit: textOrNull(row, 'unit'),
    activateBy,
    lapsesOn: lapses,
    requiresKey: known(facts.requiresKey.value),
    requiresActivation: known(facts.requiresActivation.value),
    isCal: known(facts.isCal.value),
    keyCount: counts.keyCount,
    activations: counts.numbers,
    state: entitlementState({ lapsesOn: lapses, activateBy, numbers: counts.numbers }, today),
  };
}
