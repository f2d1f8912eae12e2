import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareHardware, type HardwareProfile } from '../../src/activation/hardware.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { barely, hardware } from './world.ts';

const VOTING = HARDWARE_TABLE.characteristics;
const compare = (before: HardwareProfile, now: HardwareProfile) =>
  compareHardware(HARDWARE_TABLE, before, now);
const other = ['fffff'];
const match = (before: HardwareProfile, now: HardwareProfile, name: string) =>
  compare(before, now).characteristics.find((found) => found.name === name)?.match;

/** What a side knows of each voting characteristic: the same, another value, or nothing. */
type Side = 'same' | 'different' | 'gone' | 'unknown';

function expected(
  sides: readonly Side[],
  portable: boolean,
): { matched: number; known: number; needed: number } {
  let matched = 0;
  let known = 0;
  sides.forEach((side, index) => {
    const votes = VOTING[index]?.votes ?? 0;
    if (side === 'same') matched += votes;
    if (side !== 'unknown') known += votes;
  });
  // Written out, not computed: the smallest whole number of votes that is at least 7/12 (4/12) of the known ones.
  const normal = [0, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6, 7, 7];
  const docked = [0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4];
  return { matched, known, needed: (portable ? docked : normal)[known] ?? -1 };
}

function pair(sides: readonly Side[], always: Readonly<Record<string, string[]>>, portable: boolean) {
  const before: Record<string, string[] | null> = { ...always };
  const now: Record<string, string[] | null> = { ...always };
  sides.forEach((side, index) => {
    const name = VOTING[index]?.name ?? '';
    before[name] = side === 'unknown' ? null : ['aaaaa'];
    now[name] = { same: ['aaaaa'], different: other, gone: null, unknown: null }[side];
  });
  return [
    { ...barely('m', before), portable },
    { ...barely('m', now), portable },
  ] as const;
}

/** Every way in which nine characteristics can be in these states. */
function* everyWay(states: readonly Side[]): Generator<Side[]> {
  for (let code = 0; code < states.length ** VOTING.length; code += 1) {
    yield VOTING.map(
      (_, index) => states[Math.floor(code / states.length ** index) % states.length] ?? 'same',
    );
  }
}

describe('the votes, exhaustively', () => {
  test.each([false, true])('same, different or unknown, with the same board; portable %s', (portable) => {
    let ways = 0;
    for (const sides of everyWay(['same', 'different', 'unknown'])) {
      const { matched, known, needed } = expected(sides, portable);
      const found = compare(...pair(sides, { baseboardSerial: ['bbbbb'] }, portable));
      if (found.matched !== matched || found.known !== known || found.needed !== needed) {
        expect(found).toMatchObject({ matched, known, needed });
      }
      if (found.verdict !== (matched >= needed ? 'unchanged' : 'changed'))
        expect({ sides, found }).toBeNull();
      ways += 1;
    }
    expect(ways).toBe(3 ** 9);
  });

  test('without board and UUID there is a verdict from 6 known votes on', () => {
    for (const sides of everyWay(['same', 'unknown'])) {
      const { known } = expected(sides, false);
      const { verdict } = compare(...pair(sides, {}, false));
      if (verdict !== (known < 6 ? null : 'unchanged')) expect({ sides, verdict }).toBeNull();
    }
    expect(compare(...pair(['unknown'], {}, false)).verdict).toBeNull();
  });

  test.each([
    [7, false, 'unchanged'],
    [6, false, 'changed'],
    [4, true, 'unchanged'],
    [3, true, 'changed'],
  ] as const)('%i of 12 votes, portable %s: %s', (votes, portable, verdict) => {
    // Lost in this order, the votes go down one by one from 9.
    const ones = ['displayAdapter', 'ramRange', 'processorType', 'processorId', 'systemDisk', 'systemVolume'];
    const gone = ['networkAdapters', ...ones.slice(0, 9 - votes)];
    const now = hardware('m', Object.fromEntries(gone.map((name) => [name, other])), { portable });
    expect(compare(hardware('m', {}, { portable }), now)).toMatchObject({ matched: votes, verdict });
  });

  test('known on one side only counts as known and does not match', () => {
    const before = hardware('m', { opticalDrive: null, displayAdapter: ['11111'] });
    const now = hardware('m', { displayAdapter: null });
    expect(compare(before, now)).toMatchObject({ matched: 10, known: 12 });
    expect(match(before, now, 'opticalDrive')).toBe('appeared');
    expect(match(before, now, 'displayAdapter')).toBe('gone');
  });
});

describe('board and UUID', () => {
  const uuid = { systemUuid: other };
  test.each([
    ['another board, all else the same', {}, { baseboardSerial: other }, 'changed', 'baseboardSerial'],
    ['the same board, another UUID', {}, uuid, 'unchanged', 'votes'],
    ['board unknown before, another UUID', { baseboardSerial: null }, uuid, 'changed', 'systemUuid'],
    ['board unknown now, another UUID', {}, { ...uuid, baseboardSerial: null }, 'changed', 'systemUuid'],
    ['board unknown, the same UUID', { baseboardSerial: null }, {}, 'unchanged', 'votes'],
    ['neither', { baseboardSerial: null, systemUuid: null }, {}, 'unchanged', 'votes'],
  ] as const)('%s: %#', (_, before, now, verdict, decidedBy) => {
    const at = (changes: object) => hardware('m', { ...changes });
    expect(compare(at(before), at(now))).toMatchObject({ verdict, decidedBy });
  });

  test('the same board and nothing else known: unchanged', () => {
    const only = barely('m', { baseboardSerial: ['bbbbb'] });
    expect(compare(only, only)).toMatchObject({ verdict: 'unchanged', known: 0, needed: 0 });
  });

  test('a virtual machine gets the same verdict and says that no rule is published', () => {
    const vm = hardware('m', {}, { virtual: true });
    expect(compare(vm, vm)).toMatchObject({ verdict: 'unchanged' });
    expect(compare(vm, vm).reasons).toContain('virtual: no published rule');
    const moved = hardware('m', { baseboardSerial: other }, { virtual: true });
    expect(compare(vm, moved)).toMatchObject({ verdict: 'changed' });
    const { reasons } = compare(vm, moved);
    expect([reasons[0], reasons.at(-1)]).toEqual(['baseboard: different', 'virtual: no published rule']);
  });
});

describe('whatever decides, the result lists what matched and what changed, each with its votes', () => {
  const before = { ramRange: other };
  test.each([
    ['the board', hardware('m', before), hardware('m', { baseboardSerial: other })],
    [
      'the UUID',
      hardware('m', { ...before, baseboardSerial: null }),
      hardware('m', { baseboardSerial: null, systemUuid: other }),
    ],
    [
      'the votes',
      hardware('m', { ...before, baseboardSerial: null, systemUuid: null }),
      hardware('m', { baseboardSerial: null, systemUuid: null }),
    ],
    [
      'nothing',
      barely('m', { ramRange: other, displayAdapter: ['11111'] }),
      barely('m', { ramRange: ['22222'], displayAdapter: ['11111'] }),
    ],
  ])('%s', (_, then, now) => {
    const { reasons } = compare(then, now);
    expect(reasons.find((reason) => reason.startsWith('the same: '))).toContain('display adapter (1)');
    expect(reasons.find((reason) => reason.startsWith('changed: '))).toBe('changed: RAM range (1)');
  });
});

describe('several values', () => {
  test.each([
    [['11111', '22222'], ['22222', '33333'], 'same'],
    [['11111', '22222'], ['33333'], 'different'],
    [[], ['33333'], 'appeared'],
    [[], [], 'unknown'],
  ] as const)('%j and %j: %s', (before, now, expectedMatch) => {
    const at = (networkAdapters: readonly string[]) => hardware('m', { networkAdapters });
    expect(match(at(before), at(now), 'networkAdapters')).toBe(expectedMatch);
  });

  test('a name that a profile lacks is unknown', () => {
    const empty = { ...hardware('m'), characteristics: {} };
    expect(compare(empty, empty)).toMatchObject({ verdict: null, known: 0 });
  });
});

test('a comparison is the same both ways, and a machine is always itself', () => {
  const hashes = fc.constantFrom<readonly string[] | null>(null, ['11111'], ['22222'], ['11111', '22222']);
  const names = [...VOTING, ...HARDWARE_TABLE.decisive].map(({ name }) => name);
  const profile = fc
    .tuple(fc.array(hashes, { minLength: names.length, maxLength: names.length }), fc.boolean())
    .map(([values, portable]) => ({
      ...barely('m', Object.fromEntries(names.map((name, index) => [name, values[index] ?? null]))),
      portable,
    }));
  fc.assert(
    fc.property(profile, profile, (a, b) => {
      const { matched, known, needed, verdict } = compare(a, b);
      expect(compare(b, a)).toMatchObject({ matched, known, needed, verdict });
      expect(compare(a, a).verdict).not.toBe('changed');
    }),
    { numRuns: 300 },
  );
});
