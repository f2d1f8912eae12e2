import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activationRow } from '../../src/activation/activations.ts';
import { numbersOf } from '../../src/activation/numbers.ts';
import { type Adjustment, adjust, adjustTarget, settle } from '../../src/activation/settle.ts';
import { hardware, World } from './world.ts';

const world = (): { world: World; id: string } => {
  const made = new World({ id: 'key-a', last5: '6789B' });
  return { world: made, id: made.reserve(hardware('web01')).activationId };
};
const failed = { outcome: 'failed', code: '0xC004C020' } as const;
const usage = expect.objectContaining({ code: 'USAGE' });

describe('settling an activation', () => {
  test('succeeded keeps what was reserved', () => {
    const { world: w, id } = world();
    expect(w.settle(id)).toMatchObject({ type: 'succeeded', delta: 0 });
    expect(w.activation(id)).toMatchObject({ status: 'succeeded', delta: 1 });
    expect(w.fold('key-a')).toMatchObject({ used: 1, pending: 0 });
  });

  test('failed costs 0: it takes its delta back', () => {
    const { world: w, id } = world();
    expect(w.settle(id, failed)).toMatchObject({ type: 'failed', delta: -1, code: '0xC004C020' });
    expect(w.activation(id)).toMatchObject({ status: 'failed', delta: 0, code: '0xC004C020' });
    expect(w.fold('key-a')).toMatchObject({ used: 0, pending: 0 });
  });

  test('a failure of what cost nothing gives nothing back', () => {
    const { world: w, id } = world();
    w.settle(id);
    const again = w.reserve(hardware('web01')).activationId;
    expect(Object.is(w.settle(again, failed)?.delta, 0)).toBe(true);
    expect(w.fold('key-a').used).toBe(1);
  });

  test.each([{ outcome: 'succeeded' } as const, failed])('$outcome twice: no second event', (outcome) => {
    const { world: w, id } = world();
    w.settle(id, outcome);
    const before = w.rows.length;
    expect(w.settle(id, outcome)).toBeNull();
    expect(w.settle(id, { ...outcome, reason: 'again' })).toBeNull();
    expect(w.rows).toHaveLength(before);
  });

  test('another outcome needs a reason', () => {
    const { world: w, id } = world();
    w.settle(id);
    expect(() => w.settle(id, failed)).toThrowError(usage);
    expect(() => w.settle(id, { ...failed, reason: ' ' })).toThrowError(usage);
    expect(w.activation(id).status).toBe('succeeded');
  });

  test('with a reason it is a correction with the signed delta, there and back', () => {
    const { world: w, id } = world();
    w.settle(id);
    expect(w.settle(id, { ...failed, reason: 'misread' })).toMatchObject({ type: 'correction', delta: -1 });
    expect(w.activation(id)).toMatchObject({ status: 'failed', delta: 0, reason: 'misread' });
    expect(w.settle(id, { reason: 'it was right' })).toMatchObject({
      type: 'correction',
      delta: 1,
      code: null,
    });
    expect(w.activation(id)).toMatchObject({ status: 'succeeded', delta: 1, code: null });
    expect(w.fold('key-a')).toMatchObject({ used: 1, pending: 0 });
  });

  test('a correction up goes above the allowance: it happened', () => {
    const w = new World({ id: 'key-a', last5: '6789B', allowed: 1 });
    const { activationId } = w.reserve(hardware('web01'));
    w.settle(activationId, failed);
    w.activate(hardware('web02'));
    w.settle(activationId, { reason: 'it had worked' });
    expect(w.fold('key-a').used).toBe(2);
  });

  test('whatever is settled in whatever order, used is what the succeeded and the pending ones cost', () => {
    const step = fc.record({ machine: fc.nat(3), outcome: fc.constantFrom('succeeded', 'failed', 'none') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 15 }), (steps) => {
        const w = new World({ id: 'key-a', last5: '6789B', allowed: null });
        for (const { machine, outcome } of steps) {
          const { activationId } = w.reserve(hardware(`m${machine}`));
          if (outcome !== 'none') w.settle(activationId, { outcome, reason: 'a test' } as const);
        }
        const { used, pending, activations } = w.fold('key-a');
        const cost = (status: string) =>
          activations.filter((found) => found.status === status).reduce((sum, { delta }) => sum + delta, 0);
        expect(used).toBe(cost('succeeded') + cost('pending'));
        expect(pending).toBe(cost('pending'));
        expect(cost('failed')).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});

test('an activation is listed with the fields of the contract, in their order', () => {
  const { world: w, id } = world();
  const row = activationRow(w.activation(id));
  expect(Object.keys(row)).toEqual([
    'activationId',
    'at',
    'settledAt',
    'productId',
    'keyId',
    'keyLast5',
    'machine',
    'scenario',
    'assumed',
    'delta',
    'policy',
    'via',
    'status',
    'code',
    'reason',
    'purpose',
    'actor',
  ]);
  expect(row).toMatchObject({ machine: 'web01', status: 'pending', settledAt: null, actor: 'ada', delta: 1 });
});

describe('another code of the same failure', () => {
  const other = { outcome: 'failed', code: '0xC004C009', actor: null } as const;

  test('is a correction that changes no count, if there is a reason', () => {
    const { world: w, id } = world();
    w.settle(id, failed);
    expect(settle(w.activation(id), { ...other, reason: 'misread' })).toMatchObject({
      type: 'correction',
      outcome: 'failed',
      code: '0xC004C009',
      delta: 0,
    });
    w.settle(id, { ...other, reason: 'misread' });
    expect(w.activation(id)).toMatchObject({ status: 'failed', code: '0xC004C009', delta: 0 });
    expect(w.fold('key-a')).toMatchObject({ used: 0, pending: 0 });
  });

  test('is no event without one, nor is the same code with one', () => {
    const { world: w, id } = world();
    w.settle(id, failed);
    expect(settle(w.activation(id), { ...other, reason: null })).toBeNull();
    expect(settle(w.activation(id), { ...failed, actor: null, reason: 'again' })).toBeNull();
    expect(settle(w.activation(id), { ...other, code: null, reason: 'again' })).toBeNull();
  });
});

describe('adjusting a count', () => {
  const key = (used: number, allowed: number | null) => ({
    numbers: numbersOf(used, 0, allowed),
    activations: [],
  });
  const to = (target: Adjustment['target'], more: Partial<Adjustment> = {}): Adjustment => ({
    target,
    allowed: null,
    reason: 'VAMT',
    actor: null,
    ...more,
  });

  test('to a number of used ones', () => {
    const { events, usedBefore, numbers } = adjust(key(4, 10), to({ used: 7 }));
    expect(events).toMatchObject([{ type: 'adjusted', before: 4, after: 7, delta: 3, reason: 'VAMT' }]);
    expect([usedBefore, numbers]).toEqual([4, numbersOf(7, 0, 10)]);
  });

  test('to a number that remains', () => {
    expect(adjust(key(4, 10), to({ remaining: 8 })).events).toMatchObject([
      { before: 4, after: 2, delta: -2 },
    ]);
  });

  test('above the allowance', () => {
    expect(adjust(key(4, 10), to({ used: 12 })).numbers.remaining).toBe(-2);
    expect(adjust(key(4, 10), to({ remaining: -2 })).numbers.used).toBe(12);
  });

  test('with a new allowance, which is what remains counts from', () => {
    const { events, numbers } = adjust(key(4, null), to({ remaining: 15 }, { allowed: 20 }));
    expect(events).toMatchObject([
      { type: 'allowance-set', before: null, after: 20, delta: 0 },
      { type: 'adjusted', before: 4, after: 5, delta: 1 },
    ]);
    expect(numbers).toEqual(numbersOf(5, 0, 20));
  });

  test('the same number is recorded too: it was checked', () => {
    expect(adjust(key(4, 10), to({ used: 4 })).events).toMatchObject([{ type: 'adjusted', delta: 0 }]);
  });

  test.each([
    ['no reason', 10, to({ used: 4 }, { reason: '  ' })],
    ['fewer than none used', 10, to({ used: -1 })],
    ['a fraction used', 10, to({ used: 1.5 })],
    ['a fraction remaining', 10, to({ remaining: Number.NaN })],
    ['more remaining than allowed', 10, to({ remaining: 11 })],
    ['remaining of an unknown allowance', null, to({ remaining: 3 })],
    ['an allowance below 0', 10, to({ used: 1 }, { allowed: -5 })],
    ['nothing to set', 10, to(null)],
  ])('%s is refused', (_, allowed, adjustment) => {
    expect(() => adjust(key(4, allowed), adjustment)).toThrowError(usage);
  });

  test('an allowance alone is set without touching the count, also while something is pending', () => {
    const { world: w } = world();
    const { activations } = w.fold('key-a');
    const { events, usedBefore, numbers } = adjust(
      { numbers: numbersOf(1, 1, null), activations },
      to(null, { allowed: 50 }),
    );
    expect(events).toMatchObject([{ type: 'allowance-set', before: null, after: 50, delta: 0 }]);
    expect(events).toHaveLength(1);
    expect([usedBefore, numbers]).toEqual([1, numbersOf(1, 1, 50)]);
  });

  test('while something is pending it is refused, and the pending ones are listed', () => {
    const { world: w, id } = world();
    const { activations } = w.fold('key-a');
    expect(() => adjust({ numbers: numbersOf(1, 1, 10), activations }, to({ used: 1 }))).toThrowError(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringContaining(id),
        details: { pending: [id] },
      }),
    );
    w.settle(id);
    expect(
      adjust({ numbers: numbersOf(1, 0, 10), activations: w.fold('key-a').activations }, to({ used: 1 }))
        .events,
    ).toHaveLength(1);
  });
});

test('of the numbers used and remaining one is given, or none', () => {
  expect(adjustTarget(3, null)).toEqual({ used: 3 });
  expect(adjustTarget(null, 0)).toEqual({ remaining: 0 });
  expect(adjustTarget(null, null)).toBeNull();
  expect(() => adjustTarget(3, 0)).toThrow('exclude each other');
});
