import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type CountedKey,
  fits,
  type GrantedQuantity,
  keyState,
  numbersOf,
  poolsOf,
  productNumbers,
  sharedWith,
  sumOfPools,
} from '../../src/activation/numbers.ts';
import type { Tri } from '../../src/entitlements/types.ts';

const key = (id: string, more: Partial<CountedKey> = {}): CountedKey => ({
  id,
  type: 'mak',
  mark: 'active',
  productIds: ['p'],
  allowedExplicit: null,
  allowedByType: null,
  used: 0,
  pending: 0,
  ...more,
});
const grant = (quantity: number | null, more: Partial<GrantedQuantity> = {}): GrantedQuantity => ({
  productId: 'p',
  quantity,
  unit: 'activations',
  current: true,
  ...more,
});
const pools = (
  keys: CountedKey[],
  entitlements: GrantedQuantity[] = [],
  facts: Readonly<Record<string, Tri>> = {},
) => poolsOf({ keys, entitlements, requiresActivation: (id) => facts[id] ?? 'yes' });
const UNLIMITED = { used: 0, pending: 0, allowed: null, remaining: null, unlimited: true };

describe('the allowance of a key, the first that applies', () => {
  test.each<[string, CountedKey[], GrantedQuantity[], number | null, string | null]>([
    ['explicit', [key('k', { allowedExplicit: 7, allowedByType: 1 })], [grant(25)], 7, 'explicit'],
    ['explicit 0 is a number', [key('k', { allowedExplicit: 0 })], [grant(25)], 0, 'explicit'],
    ['by type', [key('k', { type: 'retail', allowedByType: 1 })], [grant(25)], 1, 'type'],
    ['the grant', [key('k')], [grant(25)], 25, 'grant'],
    ['the sum of grants', [key('k')], [grant(25), grant(10)], 35, 'grant'],
    ['only current grants', [key('k')], [grant(25), grant(10, { current: false })], 25, 'grant'],
    ['no current grant', [key('k')], [grant(10, { current: false })], null, null],
    ['licences are no allowance', [key('k')], [grant(25, { unit: 'licences' })], null, null],
    ['cores are no allowance', [key('k')], [grant(32, { unit: 'cores' }), grant(5)], 5, 'grant'],
    ['no unit is no allowance', [key('k')], [grant(25, { unit: null })], null, null],
    ['a grant of unknown size', [key('k')], [grant(25), grant(null)], null, null],
    ['and in the other order', [key('k')], [grant(null), grant(25)], null, null],
    ["another product's grant", [key('k')], [grant(25, { productId: 'q' })], null, null],
    ['a second counted key', [key('k'), key('l')], [grant(25)], null, null],
    ['a second key, blocked', [key('k'), key('l', { mark: 'blocked' })], [grant(25)], null, null],
    ['a second key, not counted', [key('k'), key('l', { type: 'static' })], [grant(25)], 25, 'grant'],
    ['a key of two products', [key('k', { productIds: ['p', 'q'] })], [grant(25)], null, null],
    ['a product named twice', [key('k', { productIds: ['p', 'p'] })], [grant(25)], 25, 'grant'],
    ['nothing', [key('k')], [], null, null],
  ])('%s', (_, keys, entitlements, allowed, basis) => {
    const pool = pools(keys, entitlements).get('k');
    expect(pool?.numbers.allowed).toBe(allowed);
    expect(pool?.allowedBasis).toBe(basis);
  });
});

describe('what is counted', () => {
  test.each<[string, Partial<CountedKey>, Readonly<Record<string, Tri>>, boolean]>([
    ['a MAK', {}, { p: 'yes' }, true],
    ['a retail key', { type: 'retail' }, { p: 'yes' }, true],
    ['a key of unknown type', { type: 'unknown' }, { p: 'yes' }, true],
    ['a static key', { type: 'static' }, { p: 'yes' }, false],
    ['a generic KMS client key', { type: 'kms-client-generic' }, { p: 'yes' }, false],
    ['a product that needs no activation', {}, { p: 'no' }, false],
    ['a product of which it is unknown', {}, { p: 'unknown' }, true],
    ['two products, one of which needs it', { productIds: ['p', 'q'] }, { p: 'no', q: 'yes' }, true],
    ['two products, unknown of one', { productIds: ['p', 'q'] }, { p: 'no', q: 'unknown' }, true],
    ['two products that need none', { productIds: ['p', 'q'] }, { p: 'no', q: 'no' }, false],
    ['no product', { productIds: [] }, {}, true],
  ])('%s: %#', (_, more, facts, counted) => {
    const pool = pools([key('k', { used: 3, allowedExplicit: 5, ...more })], [], facts).get('k');
    expect(pool?.counted).toBe(counted);
    expect(pool?.numbers).toEqual(
      counted ? { used: 3, pending: 0, allowed: 5, remaining: 2, unlimited: false } : UNLIMITED,
    );
    expect(pool?.allowedBasis).toBe(counted ? 'explicit' : null);
  });

  test('unknown is counted with a warning, known without', () => {
    expect(pools([key('k')], [], { p: 'unknown' }).get('k')?.warning).toContain('unknown');
    expect(pools([key('k')], [], { p: 'yes' }).get('k')?.warning).toBeNull();
  });
});

describe('the numbers of a product', () => {
  const of = (keys: CountedKey[], fact: Tri = 'yes', id = 'p') =>
    productNumbers({ id, requiresActivation: fact }, pools(keys, [], { p: fact }).values());

  test('are sums over its counted keys', () => {
    const keys = [
      key('a', { allowedExplicit: 10, used: 4, pending: 1 }),
      key('b', { allowedExplicit: 5, used: 5 }),
      key('c', { type: 'static' }),
      key('d', { productIds: ['q'], allowedExplicit: 100, used: 50 }),
    ];
    expect(of(keys)).toEqual({ used: 9, pending: 1, allowed: 15, remaining: 6, unlimited: false });
  });

  test('over-used is negative', () => {
    expect(of([key('a', { allowedExplicit: 3, used: 5 })]).remaining).toBe(-2);
  });

  test('one unknown allowance makes the sum unknown', () => {
    const keys = [key('a', { allowedExplicit: 10, used: 4 }), key('b', { used: 2 })];
    expect(of(keys)).toMatchObject({ used: 6, allowed: null, remaining: null });
  });

  test.each(['blocked', 'retired'] as const)(
    'remaining leaves out %s keys, used and allowed do not',
    (mark) => {
      const keys = [
        key('a', { allowedExplicit: 10, used: 4, mark }),
        key('b', { allowedExplicit: 5, used: 2 }),
      ];
      expect(of(keys)).toEqual({ used: 6, pending: 0, allowed: 15, remaining: 3, unlimited: false });
    },
  );

  test('nothing counted is unlimited', () => {
    expect(of([key('a', { type: 'static' })])).toEqual(UNLIMITED);
    expect(of([], 'no')).toEqual(UNLIMITED);
  });

  test('a product that needs none shows nothing, though its key is counted for another', () => {
    const shared = pools([key('a', { productIds: ['p', 'q'], used: 3 })], [], { p: 'no' });
    expect(productNumbers({ id: 'p', requiresActivation: 'no' }, shared.values())).toEqual(UNLIMITED);
    expect(productNumbers({ id: 'q', requiresActivation: 'yes' }, shared.values()).used).toBe(3);
  });

  test('no key yet: not unlimited, and nothing is known', () => {
    expect(of([])).toEqual({ used: 0, pending: 0, allowed: null, remaining: null, unlimited: false });
  });

  test('a key that two products share is one pool', () => {
    const shared = pools([key('a', { productIds: ['p', 'q'], allowedExplicit: 10, used: 4 }), key('b')]);
    expect(productNumbers({ id: 'q', requiresActivation: 'yes' }, shared.values())).toMatchObject({
      used: 4,
    });
    expect(sharedWith('p', shared.values())).toEqual(['q']);
    expect(sharedWith('q', shared.values())).toEqual(['p']);
    expect(sumOfPools(shared.values()).used).toBe(4);
  });

  test('totals count every pool once, however keys are shared', () => {
    const products = fc.uniqueArray(fc.constantFrom('p', 'q', 'r'), { minLength: 1 });
    const some = fc.array(fc.record({ used: fc.nat(20), allowed: fc.nat(20), products }), { maxLength: 6 });
    fc.assert(
      fc.property(some, (list) => {
        const keys = list.map(({ used, allowed, products: productIds }, index) =>
          key(`k${index}`, { used, allowedExplicit: allowed, productIds }),
        );
        const total = sumOfPools(pools(keys).values());
        expect(total.used).toBe(list.reduce((sum, { used }) => sum + used, 0));
        if (list.length > 0) {
          expect(total.remaining).toBe(list.reduce((sum, { used, allowed }) => sum + allowed - used, 0));
        }
      }),
    );
  });
});

test.each([
  [numbersOf(0, 0, 1), 1, true],
  [numbersOf(1, 0, 1), 1, false],
  [numbersOf(1, 0, 1), 0, true],
  [numbersOf(9, 0, 1), 0, true],
  [numbersOf(9, 0, null), 1, true],
  [numbersOf(0, 0, 0), 1, false],
  [UNLIMITED, 1, true],
])('%j and %i more fits: %s', (numbers, delta, expected) => {
  expect(fits(numbers, delta)).toBe(expected);
});

test.each([
  ['blocked', numbersOf(1, 0, 1), true, 'blocked'],
  ['retired', numbersOf(0, 0, 1), true, 'retired'],
  ['active', numbersOf(1, 0, 1), true, 'used-up'],
  ['active', numbersOf(2, 0, 1), false, 'used-up'],
  ['active', numbersOf(1, 0, 2), false, 'in-use'],
  ['active', numbersOf(1, 0, null), false, 'in-use'],
  ['active', numbersOf(0, 0, null), true, 'revealed'],
  ['active', numbersOf(0, 0, 5), false, 'sealed'],
  ['active', UNLIMITED, true, 'revealed'],
] as const)('a key marked %s with %j, revealed %s, is %s', (mark, numbers, revealed, state) => {
  expect(keyState(mark, numbers, revealed)).toBe(state);
});
