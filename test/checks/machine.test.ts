import { describe, expect, test } from 'vitest';
import { lookAll } from '../../src/checks/check.ts';
import { type MachineSetup, machineChecks } from '../../src/checks/machine.ts';
import type { Network } from '../../src/checks/network.ts';
import { realNetwork } from '../../src/checks/real-network.ts';
import type { CheckResult } from '../../src/troubleshooting/checks.ts';
import { knowledge } from '../troubleshooting/helpers.ts';
import { setup } from './setup.ts';

async function check(id: string, over: Partial<MachineSetup>): Promise<CheckResult> {
  const [result] = await lookAll(
    machineChecks(
      knowledge.checks.filter((description) => description.id === id),
      setup(over),
    ),
  );
  if (result === undefined) throw new Error(`no check ${id}`);
  return result;
}

test('every described check is there, in order, and none asks for what it was not given', async () => {
  const gb = 1_000_000_000;
  const results = await lookAll(
    machineChecks(
      knowledge.checks,
      setup({
        virtual: async () => ({ virtual: false, on: '' }),
        disk: () => ({ free: 80 * gb, size: 100 * gb }),
        ledger: async () => null,
      }),
    ),
  );
  expect(results.map(({ id }) => id)).toEqual(knowledge.checks.map(({ id }) => id));
  expect(results.filter(({ result }) => result === 'crash')).toEqual([]);
});

test.each([
  [80, 'ok'],
  [4, 'warn'],
  [0.5, 'fail'],
])('%d GB free: %s', async (free, result) => {
  expect(
    await check('disk-space', { disk: () => ({ free: free * 1_000_000_000, size: 100_000_000_000 }) }),
  ).toMatchObject({ result });
});

test('a virtual machine is told by what it is, and in a ticket only that it is one', async () => {
  expect(
    await check('virtual-machine', { virtual: async () => ({ virtual: true, on: 'KVM' }) }),
  ).toMatchObject({
    result: 'ok',
    evidence: 'It is virtual, on KVM.',
    shareable: 'It is virtual.',
  });
});

test.each([
  ['one event', { pending: 0, overUsed: [], problems: 0, events: 1 }, 'ok', '1 event, all sound'],
  ['sound and settled', { pending: 0, overUsed: [], problems: 0, events: 9 }, 'ok', '9 events, all sound'],
  ['open', { pending: 1, overUsed: [], problems: 0, events: 9 }, 'warn', 'one activation is not settled'],
  [
    'over-used',
    { pending: 0, overUsed: ['visio-pro-2019'], problems: 0, events: 9 },
    'warn',
    'more used than allowed: visio-pro-2019',
  ],
  ['damaged', { pending: 0, overUsed: [], problems: 2, events: 9 }, 'fail', '2 problems in 9 events.'],
])('the ledger: %s', async (_, state, result, evidence) => {
  expect(await check('ledger', { ledger: async () => state })).toMatchObject({
    result,
    evidence: expect.stringContaining(evidence),
  });
});

describe('with --online', () => {
  const network = (over: Partial<Network> = {}): Partial<MachineSetup> => ({
    online: true,
    network: async () => ({
      resolve: async () => ['192.0.2.1'],
      head: async () => ({ status: 404, date: new Date('2026-11-24T10:00:00.000Z') }),
      ...over,
    }),
  });
  const refused = (code: string) => async (): Promise<never> => {
    throw Object.assign(new Error(code), { code });
  };

  test.each(['clock', 'dns', 'activation-hosts'])('%s: fine, and skipped without it', async (id) => {
    expect(await check(id, network())).toMatchObject({ result: 'ok', fix: null });
    expect(await check(id, {})).toMatchObject({
      result: 'skip',
      evidence: 'It uses the network; add --online.',
    });
  });

  test('any answer of a host shows that the way is free; no answer is named with its reason', async () => {
    expect((await check('activation-hosts', network())).evidence).toContain('answers with 404');
    expect(await check('activation-hosts', network({ head: refused('ECONNREFUSED') }))).toMatchObject({
      result: 'fail',
      evidence: 'activation.sls.microsoft.com: ECONNREFUSED; go.microsoft.com: ECONNREFUSED',
    });
    expect(await check('dns', network({ resolve: refused('ENOTFOUND') }))).toMatchObject({
      result: 'fail',
      fix: expect.stringContaining('DNS server'),
    });
  });

  test.each([
    [0, 'ok', 'It agrees with the server.'],
    [30, 'ok', 'It is 30 seconds behind the server.'],
    [200, 'warn', 'It is 3 minutes behind the server.'],
    [-7200, 'fail', 'It is 2 hours ahead of the server.'],
    [86_400 * 400, 'fail', 'It is 400 days behind the server.'],
  ])('a clock that is %d seconds behind: %s', async (seconds, result, evidence) => {
    const date = new Date(Date.parse('2026-11-24T10:00:00.000Z') + seconds * 1000);
    expect(await check('clock', network({ head: async () => ({ status: 200, date }) }))).toMatchObject({
      result,
      evidence,
    });
  });

  test('without a way to the server nothing is said of the clock, but why and what to do', async () => {
    expect(await check('clock', network({ head: refused('EAI_AGAIN') }))).toMatchObject({
      result: 'skip',
      evidence: 'go.microsoft.com could not be asked for the time (EAI_AGAIN).',
      fix: expect.stringContaining('--checks dns activation-hosts --online'),
    });
  });
});

test('the real network fails with a reason where nothing listens', async () => {
  const network = await realNetwork();
  await expect(network.resolve('no-such-host.invalid')).rejects.toHaveProperty('code');
  await expect(network.head('no-such-host.invalid')).rejects.toHaveProperty('code');
  expect(await network.resolve('localhost')).not.toEqual([]);
});
