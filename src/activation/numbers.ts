import type { ActivationNumbers, Tri, Unit } from '../entitlements/types.ts';
import type { KeyMark } from '../keys/choose.ts';
import type { KeyType } from '../keys/product-key.ts';

export const ALLOWED_BASES = ['explicit', 'type', 'grant'] as const;
/** Where a key's allowance comes from; null if it has none (unknown, or not counted). */
export type AllowedBasis = (typeof ALLOWED_BASES)[number] | null;

/** What counting needs to know of a key. */
export interface CountedKey {
  readonly id: string;
  readonly type: KeyType;
  readonly mark: KeyMark;
  readonly productIds: readonly string[];
  /** Set by `--allowed`, a mapped column or `adjust --allowed`; null if never. An import never replaces it. */
  readonly allowedExplicit: number | null;
  /** What the key's type allows by itself (a teaching retail key: 1); null for most. */
  readonly allowedByType: number | null;
  /** Sum of all deltas in the key's chain, pending included. */
  readonly used: number;
  /** The part of `used` that is not settled yet. */
  readonly pending: number;
}

/** What counting needs to know of an entitlement. */
export interface GrantedQuantity {
  readonly productId: string;
  readonly quantity: number | null;
  readonly unit: Unit | null;
  /** True while neither activateBy nor lapsesOn is past. */
  readonly current: boolean;
}

/** The counting of one key. A counted key is a pool. */
export interface Pool {
  readonly keyId: string;
  readonly productIds: readonly string[];
  readonly mark: KeyMark;
  readonly counted: boolean;
  /** Why it is or is not counted. */
  readonly why: string;
  readonly allowedBasis: AllowedBasis;
  readonly numbers: ActivationNumbers;
  /** Something to be told: counted although nobody knows whether the product needs activation. */
  readonly warning: string | null;
}

export interface CountingInput {
  readonly keys: Iterable<CountedKey>;
  readonly requiresActivation: (productId: string) => Tri;
  readonly entitlements: Iterable<GrantedQuantity>;
}

/** Units that are an allowance; licences and cores never are. */
const ALLOWANCE_UNIT = 'activations';

export const NOTHING_COUNTED: ActivationNumbers = {
  used: 0,
  pending: 0,
  allowed: null,
  remaining: null,
  unlimited: true,
};

const UNCOUNTED_TYPES: Readonly<Partial<Record<KeyType, string>>> = {
  static: 'a static key activates nothing and may be used without limit',
  'kms-client-generic':
    'a generic KMS client key is public and activates against a KMS host, not against a count',
};

interface Verdict {
  readonly counted: boolean;
  readonly why: string;
  readonly warning: string | null;
}

function isCounted(key: CountedKey, requiresActivation: CountingInput['requiresActivation']): Verdict {
  const byType = UNCOUNTED_TYPES[key.type];
  if (byType !== undefined) return { counted: false, why: byType, warning: null };
  const facts = key.productIds.map(requiresActivation);
  if (facts.includes('yes')) return { counted: true, why: 'its product needs activation', warning: null };
  if (facts.length > 0 && facts.every((fact) => fact === 'no')) {
    return { counted: false, why: 'its product needs no activation', warning: null };
  }
  return {
    counted: true,
    why: 'it is unknown whether its product needs activation',
    warning: 'It is unknown whether this product needs activation; it is counted as if it did.',
  };
}

/** A key's numbers from its count and its allowance. */
export function numbersOf(used: number, pending: number, allowed: number | null): ActivationNumbers {
  return { used, pending, allowed, remaining: allowed === null ? null : allowed - used, unlimited: false };
}

function grants(entitlements: Iterable<GrantedQuantity>): ReadonlyMap<string, number | null> {
  const sums = new Map<string, number | null>();
  for (const { productId, quantity, unit, current } of entitlements) {
    if (!current || unit !== ALLOWANCE_UNIT) continue;
    const sum = sums.get(productId);
    // One grant of unknown size makes the sum unknown.
    sums.set(productId, quantity === null || sum === null ? null : (sum ?? 0) + quantity);
  }
  return sums;
}

/**
 * The pools of a profile by key id: which keys are counted, what they allow and on which basis (model.md,
 * "Allowance and counts"). Give it all keys of the products in question, also blocked and retired ones: whether
 * a grant is an allowance depends on a product's other keys.
 */
export function poolsOf(input: CountingInput): ReadonlyMap<string, Pool> {
  const granted = grants(input.entitlements);
  const judged = [...input.keys].map((key) => ({ key, ...isCounted(key, input.requiresActivation) }));
  const countedKeys = new Map<string, number>();
  for (const { key, counted } of judged) {
    if (!counted) continue;
    for (const product of new Set(key.productIds)) {
      countedKeys.set(product, (countedKeys.get(product) ?? 0) + 1);
    }
  }

  const byGrant = (key: CountedKey): number | null => {
    const [product, ...others] = new Set(key.productIds);
    if (product === undefined || others.length > 0 || countedKeys.get(product) !== 1) return null;
    return granted.get(product) ?? null;
  };
  const allowance = (key: CountedKey): readonly [number | null, AllowedBasis] => {
    if (key.allowedExplicit !== null) return [key.allowedExplicit, 'explicit'];
    if (key.allowedByType !== null) return [key.allowedByType, 'type'];
    const grant = byGrant(key);
    return grant === null ? [null, null] : [grant, 'grant'];
  };

  const pools = new Map<string, Pool>();
  for (const { key, counted, why, warning } of judged) {
    const [allowed, allowedBasis] = counted ? allowance(key) : [null, null];
    const numbers = counted ? numbersOf(key.used, key.pending, allowed) : NOTHING_COUNTED;
    const { id: keyId, productIds, mark } = key;
    pools.set(keyId, { keyId, productIds, mark, counted, why, allowedBasis, numbers, warning });
  }
  return pools;
}

/** The sum over pools, each of which is given once. Remaining leaves out blocked and retired keys. */
export function sumOfPools(pools: Iterable<Pool>): ActivationNumbers {
  let used = 0;
  let pending = 0;
  let allowed: number | null = 0;
  let remaining = 0;
  let counted = 0;
  for (const pool of pools) {
    if (!pool.counted) continue;
    counted += 1;
    used += pool.numbers.used;
    pending += pool.numbers.pending;
    allowed = allowed === null || pool.numbers.allowed === null ? null : allowed + pool.numbers.allowed;
    if (pool.mark === 'active') remaining += pool.numbers.remaining ?? 0;
  }
  if (counted === 0) return NOTHING_COUNTED;
  return { used, pending, allowed, remaining: allowed === null ? null : remaining, unlimited: false };
}

/**
 * A product's numbers: sums over its counted keys. A product that may need activation and has no key yet has an
 * unknown allowance; it is not unlimited.
 */
export function productNumbers(
  product: { readonly id: string; readonly requiresActivation: Tri },
  pools: Iterable<Pool>,
): ActivationNumbers {
  if (product.requiresActivation === 'no') return NOTHING_COUNTED;
  const own = [...pools].filter((pool) => pool.productIds.includes(product.id));
  return own.length === 0 ? numbersOf(0, 0, null) : sumOfPools(own);
}

/** The other products that draw on this product's pools, sorted. */
export function sharedWith(productId: string, pools: Iterable<Pool>): string[] {
  const others = new Set<string>();
  for (const pool of pools) {
    if (!pool.counted || !pool.productIds.includes(productId)) continue;
    for (const other of pool.productIds) if (other !== productId) others.add(other);
  }
  return [...others].sort();
}

/** True if one more activation of this cost fits; an unknown allowance never refuses. The store's own condition. */
export function fits(numbers: ActivationNumbers, delta: number): boolean {
  return delta === 0 || numbers.allowed === null || numbers.used + delta <= numbers.allowed;
}

export const KEY_STATES = ['blocked', 'retired', 'used-up', 'in-use', 'revealed', 'sealed'] as const;
export type KeyState = (typeof KEY_STATES)[number];

/** A key's state: what was marked, else how far it is used, else whether it was ever revealed. */
export function keyState(mark: KeyMark, numbers: ActivationNumbers, revealed: boolean): KeyState {
  if (mark !== 'active') return mark;
  if (numbers.remaining !== null && numbers.remaining <= 0) return 'used-up';
  if (numbers.used > 0) return 'in-use';
  return revealed ? 'revealed' : 'sealed';
}
