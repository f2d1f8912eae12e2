import {
  type CountedKey,
  type GrantedQuantity,
  type Pool,
  poolsOf,
  productNumbers,
} from '../../activation/numbers.ts';
import { isPast } from '../../entitlements/days.ts';
import { lapseDays, lapsesOn } from '../../entitlements/offers.ts';
import type { ActivationNumbers, ProductFacts, Tri } from '../../entitlements/types.ts';
import { KEY_MARKS, type KeyMark } from '../../keys/choose.ts';
import { KEY_TYPES, type KeyType } from '../../keys/product-key.ts';
import { integerOrNull, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';

/** The type of a key as stored. */
export function keyType(row: Row): KeyType {
  const stored = text(row, 'type');
  return KEY_TYPES.find((type) => type === stored) ?? 'unknown';
}

/** What `--mark` set, `active` without one. */
export function keyMark(row: Row): KeyMark {
  const stored = textOrNull(row, 'mark');
  return KEY_MARKS.find((mark) => mark === stored) ?? 'active';
}

/** The pools of all keys of one product: the one place where activation numbers come from. */
export interface ProductCounts {
  readonly keyCount: number;
  readonly numbers: ActivationNumbers;
  readonly pools: ReadonlyMap<string, Pool>;
}

/**
 * Counts one product. A product that has no key costs one indexed look-up, so a list of many thousand products
 * stays cheap.
 */
export async function countProduct(
  sql: Sql,
  product: Pick<ProductFacts, 'id' | 'requiresActivation'>,
  requiresActivation: (productId: string) => Promise<Tri>,
  today: string,
): Promise<ProductCounts> {
  const rows = await sql.all(
    `SELECT ${COUNTED_KEY}, c.used, c.pending
       FROM key_product kp JOIN product_key k ON k.id = kp.key_id LEFT JOIN chain c ON c.id = k.id
       WHERE kp.product_id = ? ORDER BY k.id`,
    product.id,
  );
  if (rows.length === 0) return countsWithoutKeys(product);
  const keys: CountedKey[] = [];
  const facts = new Map<string, Tri>([[product.id, product.requiresActivation.value]]);
  for (const row of rows) {
    const links = await sql.all(
      'SELECT product_id FROM key_product WHERE key_id = ? ORDER BY product_id',
      text(row, 'id'),
    );
    const productIds = links.map((link) => text(link, 'product_id'));
    for (const linked of productIds) {
      if (!facts.has(linked)) facts.set(linked, await requiresActivation(linked));
    }
    keys.push(countedKey(row, productIds));
  }
  return countsOf(product, keys, await grantsOf(sql, product.id, today), (id) => facts.get(id) ?? 'unknown');
}

/** Counts one product after another from tables that were read at once. */
export type Counter = (product: CountableProduct) => ProductCounts;

type CountableProduct = Pick<ProductFacts, 'id' | 'requiresActivation'>;

/**
 * The same for every product: four statements in place of some for each, where statements have a way to go. All keys
 * are held in memory, but for what is sealed.
 */
export async function counterOfAll(
  sql: Sql,
  requiresActivation: (productId: string, name: string) => Tri,
  today: string,
): Promise<Counter> {
  const names = new Map<string, string>();
  const links = new Map<string, string[]>();
  for await (const row of sql.each(
    'SELECT kp.key_id, p.id, p.name FROM key_product kp JOIN product p ON p.id = kp.product_id ORDER BY kp.key_id, p.id',
  )) {
    const id = text(row, 'id');
    names.set(id, text(row, 'name'));
    push(links, text(row, 'key_id'), id);
  }
  const keys = new Map<string, CountedKey[]>();
  for await (const row of sql.each(
    `SELECT ${COUNTED_KEY}, c.used, c.pending
       FROM product_key k LEFT JOIN chain c ON c.id = k.id ORDER BY k.id`,
  )) {
    const productIds = links.get(text(row, 'id')) ?? [];
    const key = countedKey(row, productIds);
    for (const productId of productIds) push(keys, productId, key);
  }
  const grants = new Map<string, GrantedQuantity[]>();
  const lapseDay = lapseDays();
  for await (const row of sql.each(
    `SELECT e.product_id, ${GRANT}
       FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id
       WHERE e.product_id IN (SELECT product_id FROM key_product)`,
  )) {
    const productId = text(row, 'product_id');
    push(grants, productId, toGrant(row, productId, today, lapseDay));
  }
  const needs = new Map<string, Tri>();
  const needOf = (id: string): Tri => {
    const name = names.get(id);
    const need = needs.get(id) ?? (name === undefined ? 'unknown' : requiresActivation(id, name));
    needs.set(id, need);
    return need;
  };
  return (product) => {
    const own = keys.get(product.id);
    if (own === undefined) return countsWithoutKeys(product);
    // Few keys are shared, so few products are looked up a second time.
    const need = (id: string) => (id === product.id ? product.requiresActivation.value : needOf(id));
    return countsOf(product, own, grants.get(product.id) ?? [], need);
  };
}

function push<T>(lists: Map<string, T[]>, name: string, item: T): void {
  const list = lists.get(name);
  if (list === undefined) lists.set(name, [item]);
  else list.push(item);
}

function countedKey(row: Row, productIds: readonly string[]): CountedKey {
  return {
    ...toCountedKey(row, productIds),
    used: integerOrNull(row, 'used') ?? 0,
    pending: integerOrNull(row, 'pending') ?? 0,
  };
}

/** What `toCountedKey` reads of `product_key k`. */
export const COUNTED_KEY = 'k.id, k.type, k.mark, k.allowed, k.allowed_by_type';

/** A row of `product_key` as counting takes it, but for what is used of it. */
export function toCountedKey(row: Row, productIds: readonly string[]): Omit<CountedKey, 'used' | 'pending'> {
  return {
    id: text(row, 'id'),
    type: keyType(row),
    mark: keyMark(row),
    productIds,
    allowedExplicit: integerOrNull(row, 'allowed'),
    allowedByType: integerOrNull(row, 'allowed_by_type'),
  };
}

function countsOf(
  product: CountableProduct,
  keys: readonly CountedKey[],
  entitlements: readonly GrantedQuantity[],
  requiresActivation: (productId: string) => Tri,
): ProductCounts {
  const pools = poolsOf({ keys, entitlements, requiresActivation });
  const own = { id: product.id, requiresActivation: product.requiresActivation.value };
  return { keyCount: keys.length, pools, numbers: productNumbers(own, pools.values()) };
}

function countsWithoutKeys(product: CountableProduct): ProductCounts {
  const own = { id: product.id, requiresActivation: product.requiresActivation.value };
  return { keyCount: 0, pools: new Map(), numbers: productNumbers(own, []) };
}

async function grantsOf(sql: Sql, productId: string, today: string): Promise<GrantedQuantity[]> {
  const rows = await sql.all(
    `SELECT ${GRANT}
       FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id WHERE e.product_id = ?`,
    productId,
  );
  return rows.map((row) => toGrant(row, productId, today));
}

/** What `toGrant` reads of `entitlement e` and `offer o`. */
export const GRANT = 'e.quantity, e.unit, e.activate_by, o.purchased';

/** An entitlement, with its offer, as counting takes it. */
export function toGrant(row: Row, productId: string, today: string, lapseDay = lapsesOn): GrantedQuantity {
  return {
    productId,
    quantity: integerOrNull(row, 'quantity'),
    unit: textOrNull(row, 'unit'),
    current:
      !isPast(textOrNull(row, 'activate_by'), today) &&
      !isPast(lapseDay(textOrNull(row, 'purchased')), today),
  };
}
