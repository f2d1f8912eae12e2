import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CountedPlan } from '../../src/activation/plan-types.ts';
import type { Backend } from '../../src/backend/backend.ts';
import { carryOut, prepareWay } from '../../src/commands/shared/carry-out.ts';
import type { Context } from '../../src/context.ts';
import type { ProductFacts } from '../../src/entitlements/types.ts';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';
import { APPLICATION_IDS } from '../../src/provisioning/activation/licensing-program.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { type MadeUpMachine, madeUpWindows } from '../provisioning/activation/made-up-windows.ts';

const KEYS = { 'k-1': 'BCDFG-HJKMP-QRTVW-XY234-6789B', 'k-2': 'BCDFG-HJKMP-QRTVW-XY234-6789C' };

/** A profile of two keys, each of an offer of its own that can still be refunded. */
function profileOf(atStake: readonly string[], unsettled?: Error) {
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
        if (unsettled !== undefined) throw unsettled;
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
    warn: () => {},
  },
  surroundings: { env: {}, userName: () => 'tester', signals: { on: () => {}, off: () => {} } },
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

const away = new AppError('UNAVAILABLE', 'The service cannot be reached.', { hint: 'Is it running?' });

describe('an activation on this Windows whose result cannot be recorded', () => {
  const windowsServer = { ...product, id: 'ws-standard-2019', kind: 'server-os' } as ProductFacts;

  /** What is told of it, after Windows has said this and Ctrl-C was pressed or not. */
  async function toldAfter(machine: MadeUpMachine, unsettled: Error | 'Ctrl-C') {
    const signals = new EventEmitter();
    const profile = profileOf([], unsettled === 'Ctrl-C' ? undefined : unsettled);
    const { backend } = profile;
    if (unsettled === 'Ctrl-C') {
      backend.activations.settle = () => {
        signals.emit('SIGINT');
        return new Promise(() => {});
      };
    }
    const warnings: string[] = [];
    const here = {
      ...context,
      terminal: { ...context.terminal, warn: (text: string) => warnings.push(text) },
      surroundings: { ...context.surroundings, signals, powerShell: async () => madeUpWindows(machine) },
    } as unknown as Context;
    const planned = { ...plan, via: 'windows' } as CountedPlan;
    const way = await prepareWay({
      product: windowsServer,
      plan: planned,
      options: {},
      backend,
      context: here,
    });
    const performed = { activationId: 'a-1', status: 'pending', numbers: profile.numbers } as const;
    const done = carryOut({ way, plan: planned, performed, backend, context: here, actor: 'tester' });
    return { error: await done.catch((thrown: unknown) => thrown), warnings };
  }
  const takes = (changes: object = {}): MadeUpMachine => ({
    keys: [{ key: KEYS['k-1'], applicationId: APPLICATION_IDS.windows, ...changes }],
  });

  test.each<[string, MadeUpMachine, string, string]>([
    ['a success', takes(), 'worked', '--succeeded'],
    ['a failure', takes({ activateFails: 0xc004c020 }), 'failed with 0xC004C020', '--failed 0xC004C020'],
  ])('%s: what it came to, why it is not recorded, and how it is', async (_, machine, became, said) => {
    const { error } = await toldAfter(machine, away);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: `The activation a-1 ${became}, but that is not recorded: The service cannot be reached.`,
      hint: `Is it running? Until then it is counted. Record it: mpn-benefits activations settle a-1 ${said}`,
      details: { activationId: 'a-1' },
    });
  });

  test('missing rights, which have no code: the same command again', async () => {
    const { error } = await toldAfter(takes({ installFails: 0x80070005 }), away);
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      hint: expect.stringContaining('The same command again'),
    });
  });

  test('Ctrl-C while it is recorded', async () => {
    const { error } = await toldAfter(takes(), 'Ctrl-C');
    expect(error).toMatchObject({
      code: 'CANCELLED',
      message:
        'The activation a-1 worked, but that is not recorded. Record it: mpn-benefits activations settle a-1 --succeeded',
    });
  });

  test('a defect stays one, and the result is told beside it', async () => {
    const defect = new TypeError('undefined is not a function');
    const { error, warnings } = await toldAfter(takes(), defect);
    expect(error).toBe(defect);
    expect(warnings).toEqual([expect.stringContaining('settle a-1 --succeeded')]);
  });
});

test('a file that was not written is told, also where its reservation cannot be given back', async () => {
  const profile = profileOf([], away);
  const { backend } = profile;
  const outFile = join(temporaryFolder(), 'activate.ps1');
  const way = await prepareWay({ product, plan, options: { outFile }, backend, context });
  await way.open('k-1');
  writeFileSync(outFile, 'somebody was faster');
  const performed = { activationId: 'a-1', status: 'pending', numbers: profile.numbers } as const;
  const done = carryOut({ way, plan, performed, backend, context, actor: 'tester' });
  await expect(done).rejects.toMatchObject({ code: 'CONFIRMATION_REQUIRED' });
  expect(profile.settled).toMatchObject([{ outcome: 'failed', reason: 'the file was not written' }]);
});

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
