import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChoosableKey, chooseKey, type KeyWish, rankByCost, rankKeys } from '../../src/keys/choose.ts';

const key = (id: string, more: Partial<ChoosableKey> = {}): ChoosableKey => ({
  id,
  last5: id.toUpperCase().padStart(5, 'B'),
  type: 'mak',
  mark: 'active',
  remaining: 5,
  unlimited: false,
  claimedOn: null,
  ...more,
});
const order = (keys: ChoosableKey[], wish: KeyWish = {}) =>
  rankKeys(keys, wish).ranked.map(({ key: { id } }) => id);
const error = (code: string) => expect.objectContaining({ code });

describe('the order in which `key` gives keys out', () => {
  test.each<[string, ChoosableKey[], string[]]>([
    [
      'known remaining before unknown',
      [key('u', { remaining: null }), key('k', { remaining: 1 })],
      ['k', 'u'],
    ],
    ['unknown before used up', [key('z', { remaining: 0 }), key('u', { remaining: null })], ['u', 'z']],
    ['most remaining first', [key('a', { remaining: 2 }), key('b', { remaining: 9 })], ['b', 'a']],
    ['less over-used first', [key('a', { remaining: -3 }), key('b', { remaining: 0 })], ['b', 'a']],
    [
      'not counted before counted',
      [key('a', { remaining: 99 }), key('s', { remaining: null, unlimited: true })],
      ['s', 'a'],
    ],
    [
      'claimed earlier first',
      [key('a', { claimedOn: '2026-02-01' }), key('b', { claimedOn: '2026-01-01' })],
      ['b', 'a'],
    ],
    ['claimed before not known', [key('a'), key('b', { claimedOn: '2026-01-01' })], ['b', 'a']],
    ['remaining before claimed', [key('a', { remaining: 4, claimedOn: '2020-01-01' }), key('b')], ['b', 'a']],
    ['then by id', [key('c'), key('a'), key('b')], ['a', 'b', 'c']],
  ])('%s', (_, keys, expected) => {
    expect(order(keys)).toEqual(expected);
    expect(order(keys.toReversed())).toEqual(expected);
  });

  test('is the same however the keys come', () => {
    const some = fc.uniqueArray(
      fc.record({
        id: fc.string({ minLength: 1, maxLength: 3 }),
        remaining: fc.option(fc.integer({ min: -2, max: 3 })),
        claimedOn: fc.option(fc.constantFrom('2026-01-01', '2026-01-02')),
        unlimited: fc.boolean(),
      }),
      { selector: ({ id }) => id, maxLength: 8 },
    );
    fc.assert(
      fc.property(some, (list) => {
        const keys = list.map(({ id, ...more }) => key(id, more));
        expect(order(keys.toReversed())).toEqual(order(keys));
        expect(order(keys)).toHaveLength(keys.length);
      }),
    );
  });

  test('says why', () => {
    const keys = [key('a', { remaining: null }), key('b'), key('c', { unlimited: true })];
    expect(rankKeys(keys, {}).ranked.map(({ reason }) => reason)).toEqual([
      'not counted',
      '5 remaining',
      'remaining unknown',
    ]);
  });
});

describe('keys that are given out only if asked for', () => {
  test.each(['kms-host', 'kms-client-generic', 'oem', 'custom'] as const)('type %s', (type) => {
    const keys = [key('a'), key('x', { type, remaining: 99 })];
    expect(order(keys)).toEqual(['a']);
    expect(rankKeys(keys, {}).left).toMatchObject([
      { key: { id: 'x' }, reason: expect.stringContaining('--type') },
    ]);
    expect(order(keys, { type })).toEqual(['x']);
    expect(order(keys, { key: 'x' })).toEqual(['x']);
  });

  test('asked for by its name and another type: not given out', () => {
    expect(() => rankKeys([key('x')], { key: 'x', type: 'retail' })).toThrowError(error('NOT_FOUND'));
    expect(order([key('x')], { key: 'x', type: 'mak' })).toEqual(['x']);
  });

  test.each(['blocked', 'retired'] as const)('marked %s: only by its name', (mark) => {
    const keys = [key('a'), key('x', { mark, remaining: 99 })];
    expect(order(keys)).toEqual(['a']);
    expect(order(keys, { type: 'mak' })).toEqual(['a']);
    expect(order(keys, { key: 'x' })).toEqual(['x']);
  });

  test.each(['mak', 'retail', 'static', 'va1', 'unknown'] as const)('type %s goes without asking', (type) => {
    expect(order([key('a', { type })])).toEqual(['a']);
  });
});

describe('a key asked for', () => {
  const keys = [
    key('id-1', { last5: '6789B' }),
    key('id-2', { last5: 'XY234' }),
    key('id-3', { last5: 'XY234' }),
  ];

  test('by id, or by its last characters in any case', () => {
    expect(chooseKey(keys, { key: 'id-3' }).key.id).toBe('id-3');
    expect(chooseKey(keys, { key: '6789b' }).key.id).toBe('id-1');
  });

  test.each(['…6789B', '...6789b'])('by its last characters as they are shown: %s', (shown) => {
    expect(chooseKey(keys, { key: shown }).key.id).toBe('id-1');
  });

  test('several with the same last characters: their ids are named', () => {
    expect(() => chooseKey(keys, { key: 'XY234' })).toThrowError(
      expect.objectContaining({ code: 'AMBIGUOUS', details: { keys: ['id-2', 'id-3'] } }),
    );
  });

  test('none: the text asked for is not repeated, it may be a whole key', () => {
    const whole = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
    expect(() => chooseKey(keys, { key: whole })).toThrowError(error('NOT_FOUND'));
    try {
      chooseKey(keys, { key: whole });
    } catch (thrown) {
      expect(JSON.stringify(thrown) + String(thrown)).not.toContain('HJKMP');
    }
  });
});

describe('no key to give out', () => {
  test.each<[string, ChoosableKey[], KeyWish, RegExp]>([
    ['no key at all', [], {}, /no key here/],
    ['all blocked', [key('a', { mark: 'blocked' })], {}, /marked blocked/],
    ['only a host key', [key('a', { type: 'kms-host' })], {}, /kms-host; only with --key or --type/],
    ['none of that type', [key('a')], { type: 'retail' }, /No retail key.*its type is mak, not retail/],
  ])('%s', (_, keys, wish, message) => {
    expect(() => chooseKey(keys, wish)).toThrowError(
      expect.objectContaining({ code: 'NOT_FOUND', message: expect.stringMatching(message) }),
    );
  });
});

describe('for an activation the cost decides first', () => {
  const keys = [key('a', { remaining: 9 }), key('b', { remaining: 2 }), key('c', { remaining: 7 })];
  const ranked = rankKeys(keys, {}).ranked;

  test('then the same order, and unknown costs stand last', () => {
    const costs: Readonly<Record<string, number>> = { a: 1, b: 0, c: 1 };
    const cost = ({ id }: ChoosableKey) => costs[id] ?? 0;
    expect(rankByCost(ranked, cost)).toMatchObject([
      { key: { id: 'b' }, reason: 'costs 0, 2 remaining' },
      { key: { id: 'a' }, reason: 'costs 1, 9 remaining' },
      { key: { id: 'c' }, reason: 'costs 1, 7 remaining' },
    ]);
    const unknown = ({ id }: ChoosableKey) => (id === 'c' ? 1 : Number.POSITIVE_INFINITY);
    expect(rankByCost(ranked, unknown).map(({ reason }) => reason)).toEqual([
      'costs 1, 7 remaining',
      'cost unknown, 9 remaining',
      'cost unknown, 2 remaining',
    ]);
  });
});
