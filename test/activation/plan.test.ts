import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitError } from '../../src/activation/limit.ts';
import { isStillConfirmed, planHeadline } from '../../src/activation/plan.ts';
import type { PolicyId } from '../../src/activation/policy.ts';
import { activationResult } from '../../src/activation/reserve.ts';
import { AppError } from '../../src/errors.ts';
import { barely, hardware, World, type WorldKey } from './world.ts';

const A: WorldKey = { id: 'key-a', last5: '6789B' };
const B: WorldKey = { id: 'key-b', last5: 'XY234' };
const web = hardware('web01');
const board = { baseboardSerial: ['00001'] };
const changed = hardware('web01', board);

function failure(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
  }
  throw new Error('nothing was thrown');
}

describe('the three lines of S6', () => {
  test('in a row on one key: 1, 0, 1', () => {
    const world = new World(A);
    const plans = [world.activate(web), world.activate(web), world.activate(changed)];
    expect(plans.map(({ delta }) => delta)).toEqual([1, 0, 1]);
    expect(plans.map(({ scenario }) => scenario)).toEqual([
      'new-machine',
      'same-machine-unchanged',
      'same-machine-changed',
    ]);
    expect(world.fold('key-a').used).toBe(2);
  });

  test('under every-activation: 1, 1, 1, with the same scenarios', () => {
    const world = new World({ ...A, policy: 'every-activation' });
    const plans = [world.activate(web), world.activate(web), world.activate(changed)];
    expect(plans.map(({ delta }) => delta)).toEqual([1, 1, 1]);
    expect(plans[1]?.scenario).toBe('same-machine-unchanged');
  });

  test('a machine that is known on another key is new on this one', () => {
    const world = new World(A, B);
    world.activate(web, { wish: { key: 'key-a' } });
    expect(world.counted(web, { wish: { key: 'key-b' } })).toMatchObject({
      scenario: 'new-machine',
      delta: 1,
    });
    expect(world.counted(web).keyId).toBe('key-a');
  });

  test('only a succeeded activation is history', () => {
    const world = new World(A);
    const { activationId } = world.reserve(web);
    world.settle(activationId, { outcome: 'failed', code: '0xC004C020' });
    expect(world.counted(web)).toMatchObject({ scenario: 'new-machine', delta: 1 });
    expect(world.fold('key-a').used).toBe(0);
  });

  test('small changes add up until an activation counts', () => {
    const world = new World(A);
    const first = { networkAdapters: ['00001'], ramRange: ['00002'], displayAdapter: ['00003'] };
    const second = { ...first, storageControllers: ['00004'] };
    world.activate(web);
    expect(world.activate(hardware('web01', first)).delta).toBe(0);
    // Against the last activation only 2 votes changed, against the counted one 7.
    expect(world.activate(hardware('web01', second)).delta).toBe(1);
    expect(world.activate(hardware('web01', second)).delta).toBe(0);
    expect(world.activate(hardware('web01', { ...second, opticalDrive: ['00005'] })).delta).toBe(0);
  });

  test('whatever the order and repetition, used is the number of distinct states met', () => {
    const step = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(0, 1, 2));
    const policies = fc.constantFrom<PolicyId>('documented', 'every-activation');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), policies, (steps, policy) => {
        const world = new World({ ...A, policy, allowed: null });
        const last = new Map<string, number>();
        let expected = 0;
        for (const [name, boardOf] of steps) {
          const counts = policy === 'every-activation' || last.get(name) !== boardOf;
          if (counts) expected += 1;
          last.set(name, boardOf);
          const plan = world.activate(hardware(name, { baseboardSerial: [`0000${boardOf}`] }));
          expect(plan.delta).toBe(counts ? 1 : 0);
        }
        expect(world.fold('key-a').used).toBe(expected);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a machine and its names', () => {
  test('case and domain do not make another machine', () => {
    const world = new World(A);
    world.activate(web);
    expect(world.activate(hardware('WEB01.corp.example', web.characteristics)).delta).toBe(0);
    expect(world.machines()).toHaveLength(1);
  });

  test('the same board and UUID under another name is a rename, which is recorded', () => {
    const world = new World(A);
    world.activate(web);
    const plan = world.activate(hardware('www', web.characteristics));
    expect(plan).toMatchObject({ delta: 0, machine: { name: 'www', renamedFrom: 'web01' } });
    expect(world.machines()).toMatchObject([{ name: 'www', formerNames: ['web01'] }]);
  });

  test('a retired machine that comes back keeps its history', () => {
    const world = new World(A);
    world.activate(web);
    const [machine] = world.machines();
    if (machine === undefined) throw new Error('no machine');
    const { id, name } = machine;
    world.append('profile', {
      type: 'machine-retired',
      delta: 0,
      actor: null,
      machine: { id, name },
      reason: 'scrapped',
      replacedBy: null,
    });
    expect(world.fold('key-a').used).toBe(1);
    const plan = world.activate(web);
    expect(plan).toMatchObject({ delta: 0, machine: { id, returns: true } });
    expect(plan.warnings).toContain('This machine was retired; it is in use again.');
    expect(world.machines()).toMatchObject([{ id, retiredOn: null }]);
  });

  test('a known name without hardware is not guessed at', () => {
    const world = new World(A);
    world.activate(web);
    const error = failure(() => world.plan('web01'));
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(error.hint).toContain('--hardware');
    expect(error.hint).toContain('--assume');
  });

  test('too little hardware is not guessed at either', () => {
    const world = new World(A);
    world.activate(barely('web01', { ramRange: ['00001'] }));
    expect(failure(() => world.plan(barely('web01', { ramRange: ['00001'] }))).message).toContain(
      '1 of 12 votes',
    );
  });

  test('a new name without hardware is a new machine', () => {
    expect(new World(A).counted('web01')).toMatchObject({ scenario: 'new-machine', delta: 1 });
  });
});

describe('--assume', () => {
  test.each(['unchanged', 'changed'] as const)(
    '%s of a machine that this ledger never saw is believed, and told',
    (assume) => {
      const plan = new World(A).counted('web01', { assume, reason: 'activated before there was a ledger' });
      expect(plan.reasons).toContain('this ledger knows no activation of this key on this machine');
      expect(plan.warnings).toEqual([
        'This ledger knows no activation of key …6789B on web01: without --assume it is a new machine, and counts as one.',
      ]);
    },
  );

  test('of what the ledger knows, and of a new machine, is told nothing of the kind', () => {
    const world = new World(A);
    expect(world.activate('web01', { assume: 'new', reason: 'new' }).warnings).toEqual([]);
    const plan = world.counted('web01', { assume: 'unchanged', reason: 'asked the admin' });
    expect(plan.warnings).toEqual([]);
    expect(plan.reasons).not.toContain('this ledger knows no activation of this key on this machine');
  });

  const because = { reason: 'the vendor swapped it' };

  test.each([
    ['new', 'new-machine', 1],
    ['unchanged', 'same-machine-unchanged', 0],
    ['changed', 'same-machine-changed', 1],
  ] as const)('%s is %s and counts %i, marked and with its reason', (assume, scenario, delta) => {
    const world = new World(A);
    world.activate(web);
    const plan = world.counted('web01', { assume, ...because });
    expect(plan).toMatchObject({ scenario, delta, assumed: assume, reason: because.reason });
    expect(activationResult(plan).assumed).toBe(true);
  });

  test('says what the comparison of given hardware would have said, and records that hardware', () => {
    const world = new World(A);
    world.activate(web);
    const given = hardware('web01', { baseboardSerial: ['00001'] });
    const plan = world.counted(given, { assume: 'unchanged', ...because });
    expect(plan).toMatchObject({ scenario: 'same-machine-unchanged', delta: 0, hardware: given });
    expect(plan.reasons).toEqual(
      expect.arrayContaining(['assumed unchanged', 'the comparison says: changed', 'baseboard: different']),
    );
  });

  test.each([null, '', '  '])('without a reason (%j) it is refused', (reason) => {
    expect(failure(() => new World(A).plan('web01', { assume: 'new', reason }))).toMatchObject({
      code: 'USAGE',
    });
  });

  test('new on a known name begins another machine and retires the old one as replaced', () => {
    const world = new World(A);
    world.activate(web);
    world.activate('web01', { assume: 'new', ...because });
    const [old, now] = world.machines();
    expect(old).toMatchObject({ name: 'web01', replacedBy: now?.id });
    expect(old?.retiredOn).not.toBeNull();
    expect(now).toMatchObject({ name: 'web01', retiredOn: null });
    expect(world.fold('key-a').used).toBe(2);
  });
});

describe('a pending activation', () => {
  test('is continued: the same id, nothing counted again', () => {
    const world = new World(A);
    const { activationId } = world.reserve(web);
    const plan = world.counted(web);
    expect(plan).toMatchObject({ continues: activationId, delta: 0, confirm: [], scenario: 'new-machine' });
    expect(plan.reasons).toContain('continues pending');
    expect(plan.after).toMatchObject({ used: 1, pending: 1 });
    expect(world.reserve(web).activationId).toBe(activationId);
    expect(world.fold('key-a')).toMatchObject({ used: 1, pending: 1 });
  });

  test('stays what it was reserved as, whatever is assumed now', () => {
    const world = new World(A);
    world.reserve(web);
    const plan = world.counted(web, { assume: 'changed', reason: 'new board' });
    expect(plan).toMatchObject({ delta: 0, scenario: 'new-machine', assumed: null });
    expect(activationResult(plan).assumed).toBe(false);
  });

  test('needs no hardware to be continued, and is continued at the limit', () => {
    const world = new World({ ...A, allowed: 1 });
    world.reserve(web);
    expect(world.counted('web01')).toMatchObject({ delta: 0, refusal: null });
  });

  test('--assume new reserves again', () => {
    const world = new World(A);
    world.reserve(web);
    expect(world.counted(web, { assume: 'new', reason: 'another one' })).toMatchObject({
      delta: 1,
      continues: null,
    });
  });

  test('belongs to its key', () => {
    const world = new World(A, B);
    world.reserve(web, { wish: { key: 'key-a' } });
    expect(world.counted(web, { wish: { key: 'key-b' } })).toMatchObject({ continues: null, delta: 1 });
  });
});

describe('the limit (S8, T6)', () => {
  test('the last one fits, the next one is refused with what is true and what can be done', () => {
    const world = new World({ ...A, allowed: 1 }, { ...B, type: 'kms-host', allowed: 3 });
    expect(world.activate(web)).toMatchObject({ refusal: null, after: { used: 1, remaining: 0 } });
    const plan = world.counted(hardware('web02'));
    expect(plan.refusal?.message).toContain('1 of 1 used');
    expect(plan.refusal?.facts.join(' ')).toContain('extra activations are not granted');
    expect(plan.refusal?.options.join(' ')).toContain('--key XY234');
    expect(plan.refusal?.options.join(' ')).toContain('commercial licensing');
  });

  test('another key is named if this machine fits it, whatever that costs there', () => {
    const world = new World({ ...A, allowed: 1 }, { ...B, allowed: 1 });
    world.activate(web, { wish: { key: 'key-b' } });
    world.activate(hardware('web02'), { wish: { key: 'key-a' } });
    const refused = world.counted(web, { wish: { key: 'key-a' } }).refusal?.options.join(' ');
    // Full as well, but this machine costs nothing there; another machine would.
    expect(refused).toContain('--key XY234');
    const other = world.counted(hardware('web03'), { wish: { key: 'key-a' } }).refusal?.options.join(' ');
    expect(other).not.toContain('--key XY234');
  });

  test('pending activations that were looked up are named', () => {
    const plan = new World({ ...A, allowed: 0 }).counted(web);
    if (plan.refusal === null) throw new Error('not refused');
    const pending = [{ activationId: 'a-1', machine: { id: 'm-1', name: 'web01' } }];
    const error = limitError(plan, plan.refusal, pending);
    expect(error.hint).toContain('Pending: a-1 on web01.');
    expect(error.details).toMatchObject({ pending: ['a-1'] });
  });

  test('it is an error of its own, with the numbers', () => {
    const world = new World({ ...A, allowed: 0 });
    const plan = world.counted(web);
    if (plan.refusal === null) throw new Error('not refused');
    const error = limitError(plan, plan.refusal);
    expect(error.exitCode).toBe(5);
    expect(error.details).toMatchObject({ keyLast5: '6789B', used: 0, allowed: 0, remaining: 0, delta: 1 });
  });

  test('an unchanged machine still activates', () => {
    const world = new World({ ...A, allowed: 1 });
    world.activate(web);
    expect(world.counted(web)).toMatchObject({ delta: 0, refusal: null });
  });

  test('an unknown allowance counts, never refuses, and says how to set it', () => {
    const world = new World({ ...A, allowed: null });
    const plan = world.activate(web);
    expect(plan.after).toMatchObject({ used: 1, allowed: null, remaining: null });
    expect(plan.warnings.join(' ')).toContain('activations adjust windows-server --key 6789B');
  });

  test('over-used by an adjustment: still refused', () => {
    const world = new World({ ...A, allowed: 2 });
    world.append('key-a', { type: 'adjusted', delta: 5, actor: null, before: 0, after: 5, reason: 'VAMT' });
    expect(world.counted(web).refusal).not.toBeNull();
    expect(world.counted(web).before.remaining).toBe(-3);
  });
});

describe('where nothing is counted', () => {
  test('a product that needs no activation is explained', () => {
    const world = new World(A);
    world.requiresActivation = 'no';
    const plan = world.plan(web);
    expect(plan).toMatchObject({ status: 'not-needed', keyId: null, reasons: ['a test says so'] });
    expect(activationResult(plan)).toMatchObject({ status: 'not-needed', delta: 0, used: 0, scenario: null });
  });

  test.each(['static', 'kms-client-generic'] as const)('a %s key is explained', (type) => {
    const plan = new World({ ...A, type }).plan(web, { wish: { key: 'key-a' } });
    expect(plan).toMatchObject({ status: 'not-needed', keyLast5: '6789B' });
  });

  test('a product of which it is unknown is counted, with a warning', () => {
    const world = new World(A);
    world.requiresActivation = 'unknown';
    expect(world.counted(web).warnings.join(' ')).toContain('unknown whether');
  });
});

describe('what has to be confirmed and told', () => {
  test('a cost above 0', () => {
    const world = new World({ ...A, allowed: 20 });
    world.append('key-a', { type: 'adjusted', delta: 12, actor: null, before: 0, after: 12, reason: 'VAMT' });
    const plan = world.activate(web);
    expect(plan.confirm).toEqual(['new machine: +1, 13 of 20 used after this']);
    expect(world.counted(web).confirm).toEqual([]);
    expect(planHeadline(world.counted(web))).toBe(
      'same machine, no significant hardware change: +0, 13 of 20 used after this',
    );
  });

  test.each(['demonstration', 'training'] as const)('%s should not be activated at all', (purpose) => {
    const plan = new World(A).counted(web, { purpose });
    expect(plan.warnings.join(' ')).toContain(`used for ${purpose} should not be activated`);
    expect(plan.confirm).toContain(`an activation for ${purpose}`);
  });

  test('the votes are among the reasons', () => {
    const world = new World(A);
    world.activate(web);
    const plan = world.counted(hardware('web01', { ramRange: ['00001'] }));
    expect(plan.reasons).toContain('11 of 12 known votes match, 7 needed');
    expect(plan.reasons).toContain('changed: RAM range (1)');
    expect(plan.reasons).toContain(
      'policy documented: same machine, no significant hardware change counts 0',
    );
  });

  test('a virtual machine says that no rule is published for it', () => {
    const world = new World(A);
    const vm = hardware('vm1', {}, { virtual: true });
    world.activate(vm);
    expect(world.counted(vm).reasons).toContain('virtual: no published rule');
  });
});

describe('which key', () => {
  test('the cheapest for this machine, then the fullest', () => {
    const world = new World({ ...A, allowed: 5 }, { ...B, allowed: 50 });
    expect(world.activate(web).keyId).toBe('key-b');
    world.activate(hardware('web02'), { wish: { key: 'key-a' } });
    expect(world.counted(hardware('web02')).keyId).toBe('key-a');
    expect(world.counted(hardware('web03')).keyId).toBe('key-b');
    expect(world.counted(hardware('web03')).choice).toEqual([
      { keyLast5: 'XY234', reason: 'costs 1, 49 remaining' },
      { keyLast5: '6789B', reason: 'costs 1, 4 remaining' },
    ]);
  });

  test('after a lost race another key may be taken only if it costs no more than was confirmed', () => {
    const world = new World(A);
    world.activate(web);
    const free = world.plan(web);
    const costly = world.plan(hardware('web02'));
    expect(isStillConfirmed(free, costly)).toBe(true);
    expect(isStillConfirmed(costly, costly)).toBe(true);
    expect(isStillConfirmed(costly, free)).toBe(false);
  });

  test('one key with known cost 0 needs no hardware of the others', () => {
    const world = new World(A, B);
    world.activate(web, { wish: { key: 'key-a' } });
    world.reserve('web01', { wish: { key: 'key-b' } });
    expect(world.counted('web01')).toMatchObject({ keyId: 'key-b', delta: 0 });
  });

  test('no key: the reason that applies', () => {
    expect(failure(() => new World().plan(web))).toMatchObject({ code: 'NOT_FOUND' });
    expect(failure(() => new World({ ...A, mark: 'blocked' }).plan(web)).message).toContain('marked blocked');
  });
});
