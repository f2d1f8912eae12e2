import {
  type CountedKey,
  type GrantedQuantity,
  type Pool,
  poolsOf,
  productNumbers,
} from '../../activation/numbers.ts';
import { isPast } from '../../entitlements/days.ts';
import { lapsesOn } from '../../entitlements/offers.ts';
import type { ActivationNumbers, ProductFacts, Tri } from '../../entitlements/types.ts';
import { KEY_MARKS, type KeyMark } from '../../keys/choose.ts';
import { KEY_TYPES, type KeyType } from '../../keys/product-key.ts';
import { integer, integerOrNull, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';

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
    `SELECT k.id, k.type, k.mark, k.allowed, k.allowed_by_type, c.used, c.pending
       FROM key_product kp JOIN product_key k ON k.id = kp.key_id LEFT JOIN chain c ON c.id = k.id
       WHERE kp.product_id = ? ORDER BY k.id`,
    product.id,
  );
  if (rows.length === 0) return { keyCount: 0, pools: new Map(), numbers: numbersWithout(product) };
  const keys: CountedKey[] = [];
  const facts = new Map<string, Tri>();
  for (const row of rows) {
    const id = text(row, 'id');
    const links = await sql.all(
      'SELECT product_id FROM key_product WHERE key_id = ? ORDER BY product_id',
      id,
    );
    const productIds = links.map((link) => text(link, 'product_id'));
    for (const linked of productIds) {
      if (!facts.has(linked)) facts.set(linked, await requiresActivation(linked));
    }
    keys.push({
      id,
      type: keyType(row),
      mark: keyMark(row),
      productIds,
      allowedExplicit: integerOrNull(row, 'allowed'),
      allowedByType: integerOrNull(row, 'allowed_by_type'),
      used: integerOrNull(row, 'used') ?? 0,
      pending: integerOrNull(row, 'pending') ?? 0,
    });
  }
  const pools = poolsOf({
    keys,
    entitlements: await grantsOf(sql, product.id, today),
    requiresActivation: (id) => facts.get(id) ?? 'unknown',
  });
  const own = { id: product.id, requiresActivation: product.requiresActivation.value };
  return { keyCount: rows.length, pools, numbers: productNumbers(own, pools.values()) };
}

function numbersWithout(product: Pick<ProductFacts, 'id' | 'requiresActivation'>): ActivationNumbers {
  return productNumbers({ id: product.id, requiresActivation: product.requiresActivation.value }, []);
}

async function grantsOf(sql: Sql, productId: string, today: string): Promise<GrantedQuantity[]> {
  const rows = await sql.all(
    `SELECT e.quantity, e.unit, e.activate_by, o.purchased
       FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id WHERE e.product_id = ?`,
    productId,
  );
  return rows.map((row) => ({
    productId,
    quantity: row['quantity'] === null ? null : integer(row, 'quantity'),
    unit: textOrNull(row, 'unit'),
    current:
      !isPast(textOrNull(row, 'activate_by'), today) &&
      !isPast(lapsesOn({ purchased: textOrNull(row, 'purchased') }), today),
  }));
}
