import { describe, expect, test } from 'vitest';
import type { CountedPlan } from '../../src/activation/plan-types.ts';
import { activationList } from '../../src/backend/local/activation-list.ts';
import { localActivations } from '../../src/backend/local/activations.ts';
import { sha256Hex } from '../../src/backend/local/crypto.ts';
import { localLedger } from '../../src/backend/local/ledger-export.ts';
import { inProcess } from '../commands/in-process.ts';
import { importKeys, LAST5, PRODUCT } from '../process/activate-support.ts';
import { answer, failure, type Json, ok } from '../process/support.ts';
import { requestFor, setupOf } from './reserve-many.ts';

/** The activations of one profile through two connections, as two processes have them. */
async function twoOf(...allowances: readonly (number | null)[]) {
  const { home, run } = inProcess();
  await importKeys(run, allowances);
  const setups = [setupOf(home), setupOf(home)] as const;
  const [ours, theirs] = [localActivations(setups[0]), localActivations(setups[1])];
  const listed = activationList(setups[1].database);
  const { product, database } = setups[0];
  const sound = async () =>
    expect(await localLedger(database, sha256Hex).verify(undefined)).toMatchObject({ ok: true });
  return { ours, theirs, listed, product, sound };
}

async function planned(
  activations: Pick<ReturnType<typeof localActivations>, 'plan'>,
  request: ReturnType<typeof requestFor>,
): Promise<CountedPlan> {
  const plan = await activations.plan(request);
  if (plan.status !== 'planned') throw new Error('nothing is counted');
  return plan;
}

describe('a reservation that loses a race', () => {
  test('plans again: the machine has become known, so it continues in place of counting', async () => {
    const { ours, theirs, product, sound } = await twoOf(5);
    const request = requestFor(product, 'pc-1');
    const confirmed = await planned(ours, request);
    const theirsDone = await theirs.reserve(request, confirmed, 'them');
    const done = await ours.reserve(request, confirmed, 'us');
    expect(confirmed.delta).toBe(1);
    expect(done.plan.delta).toBe(0);
    expect(done.performed).toMatchObject({
      activationId: theirsDone.performed.activationId,
      numbers: { used: 1, pending: 1 },
    });
    await sound();
  });

  test('takes another key if that costs no more', async () => {
    const { ours, theirs, product, sound } = await twoOf(1, 1);
    const confirmed = await planned(ours, requestFor(product, 'pc-1'));
    const other = requestFor(product, 'pc-2');
    const taken = await theirs.reserve(other, await planned(theirs, other), 'them');
    const done = await ours.reserve(requestFor(product, 'pc-1'), confirmed, 'us');
    expect(done.plan.keyId).not.toBe(taken.plan.keyId);
    expect(done.plan.delta).toBe(1);
    await sound();
  });

  test('is refused at the limit if none is left', async () => {
    const { ours, theirs, product, sound } = await twoOf(1);
    const confirmed = await planned(ours, requestFor(product, 'pc-1'));
    const other = requestFor(product, 'pc-2');
    await theirs.reserve(other, await planned(theirs, other), 'them');
    await expect(ours.reserve(requestFor(product, 'pc-1'), confirmed, 'us')).rejects.toMatchObject({
      code: 'ACTIVATION_LIMIT_REACHED',
    });
    await sound();
  });

  test('a plan that became dearer is refused, and nothing is counted', async () => {
    const { ours, listed, product, sound } = await twoOf(5);
    const request = { ...requestFor(product, 'pc-1'), assume: 'unchanged' as const, reason: 'test' };
    const free = await planned(ours, request);
    expect(free.delta).toBe(0);
    const dear = { ...request, assume: 'changed' as const };
    await expect(ours.reserve(dear, free, 'us')).rejects.toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      message: expect.stringContaining('Nothing was counted.'),
    });
    for await (const _ of listed.list({})) throw new Error('something was counted');
    await sound();
  });

  test('an allowance that was set anew in between holds, not the one of the plan', async () => {
    const { ours, theirs, product, sound } = await twoOf(5);
    const confirmed = await planned(ours, requestFor(product, 'pc-1'));
    const to = { product, key: undefined, target: { used: 3 }, allowed: 3, reason: 'VAMT', actor: null };
    await theirs.adjust(to);
    await expect(ours.reserve(requestFor(product, 'pc-1'), confirmed, 'us')).rejects.toMatchObject({
      code: 'ACTIVATION_LIMIT_REACHED',
      details: { keyLast5: LAST5(0), used: 3, allowed: 3 },
    });
    await sound();
  });

  test('a pending activation that was settled in between is not continued', async () => {
    const { ours, theirs, product, sound } = await twoOf(5);
    const request = requestFor(product, 'pc-1');
    const first = await ours.reserve(request, await planned(ours, request), 'us');
    const continuing = await planned(ours, request);
    const { activationId } = first.performed;
    await theirs.settle(activationId, { outcome: 'failed', code: null, reason: null, actor: null });
    // Now it would count again, which nobody has agreed to.
    await expect(ours.reserve(request, continuing, 'us')).rejects.toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
    });
    await sound();
  });
});

test('of keys that end alike, an adjustment is told the ids', async () => {
  const { run } = inProcess();
  for (const first of ['B', 'C'])
    await ok(run, ['import', 'key', PRODUCT, '--type', 'mak'], {
      stdin: `${first}CDFG-HJKMP-QRTVW-XY234-6789B\n`,
    });
  const keys = await answer<Json[]>(run, ['key', PRODUCT, '--list']);
  const adjusting = ['activations', 'adjust', PRODUCT, '--used', '1', '--reason', 'read in VAMT'];
  const { hint } = await failure(run, [...adjusting, '--key', '6789B'], 3);
  for (const { id } of keys) {
    expect(hint).toContain(id);
    await ok(run, [...adjusting, '--key', String(id)]);
  }
});
