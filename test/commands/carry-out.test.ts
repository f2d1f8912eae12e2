import { describe, expect, test } from 'vitest';
import type { CountedPlan } from '../../src/activation/plan-types.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { carryOut, prepareWay } from '../../src/commands/shared/carry-out.ts';
import type { Context } from '../../src/context.ts';
import type { ProductFacts } from '../../src/entitlements/types.ts';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';

const KEYS = { 'k-1': 'BCDFG-HJKMP-QRTVW-XY234-6789B', 'k-2': 'BCDFG-HJKMP-QRTVW-XY234-6789C' };

/** A profile of two keys, each of an offer of its own that can still be refunded. */
function profileOf(atStake: readonly string[]) {
  const settled: unknown[] = [];
  const revealed: string[] = [];
  const numbers = { used: 1, pending: 1, allowed: 5, remaining: 4, unlimited: false };
  const backend = {
    keys: {
      list: async () => Object.keys(KEYS).map((id) => ({ id })),
      refundAtStake: async (id: string) =>
        atStake.includes(id) ? { offer: `the offer of ${id}`, until: '2026-12-24' } : null,
      reveal: async (id: keyof typeof KEYS) => {
        revealed.push(id);
        return { key: new Secret(KEYS[id], '…'), view: { id } };
      },
    },
    activations: {
      settle: async (id: string, settlement: object) => {
        settled.push({ id, ...settlement });
        return { reserved: 1, delta: 0 };
      },
    },
  } as unknown as Backend;
  return { backend, settled, revealed, numbers };
}

const context = {
  terminal: {
    yes: false,
    canPrompt: false,
    registerSecret: () => {},
    redact: (text: string) => text,
    note: () => {},
    say: () => {},
  },
  surroundings: { env: {}, userName: () => 'tester' },
} as unknown as Context;

const plan = {
  status: 'planned',
  keyId: 'k-1',
  keyLast5: '6789B',
  machine: { id: null, name: 'pc-1', renamedFrom: null, replaces: null, returns: false },
  via: 'script',
  purpose: 'internal',
  continues: null,
} as unknown as CountedPlan;

const product = {
  id: 'office-proplus-2019',
  name: 'Office',
  kind: 'office-client',
} as unknown as ProductFacts;

async function carriedOutWith(keyId: string, atStake: readonly string[], continues: string | null = null) {
  const profile = profileOf(atStake);
  const { backend } = profile;
  const way = await prepareWay({ product, plan, options: { outFile: '-' }, backend, context });
  await way.open('k-1');
  const performed = { activationId: 'a-1', status: 'pending', numbers: profile.numbers } as const;
  const reserved = { ...plan, keyId, keyLast5: '6789C', continues };
  const done = carryOut({ way, plan: reserved, performed, backend, context, actor: 'tester' });
  return { ...profile, done };
}

describe('a reservation that got another key than the one that was agreed on', () => {
  test('asks again where that one gives a refund away, and gives back what it reserved', async () => {
    const { done, settled, revealed } = await carriedOutWith('k-2', ['k-2']);
    const error = await done.catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      message: expect.stringContaining('the offer of k-2'),
    });
    expect(revealed).toEqual(['k-1']);
    expect(settled).toMatchObject([{ id: 'a-1', outcome: 'failed', reason: 'the key was not taken out' }]);
  });

  test('leaves an activation pending that an earlier run has begun', async () => {
    const { done, settled } = await carriedOutWith('k-2', ['k-2'], 'a-1');
    await expect(done).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
    expect(settled).toEqual([]);
  });

  test('goes on with one that gives nothing away', async () => {
    const { done, settled, revealed } = await carriedOutWith('k-2', []);
    expect((await done).artefact).toContain(KEYS['k-2']);
    expect(revealed).toEqual(['k-1', 'k-2']);
    expect(settled).toEqual([]);
  });

  test('asks before anything is counted about the one that was planned', async () => {
    await expect(carriedOutWith('k-1', ['k-1'])).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
  });
});
