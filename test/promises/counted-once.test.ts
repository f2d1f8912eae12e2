import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { randomId, sha256Hex } from '../../src/backend/local/crypto.ts';
import { openChain, takeChain } from '../../src/backend/local/ledger.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { inProcessAt } from '../commands/in-process.ts';
import { start } from '../faults/ledger-support.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { type Cut, NONE, startProxy } from '../helpers/proxy.ts';
import { clientEnvironment, startService } from '../helpers/service.ts';
import { expectSound, numbers, PRODUCT, withKeys } from '../process/activate-support.ts';
import { answer, type Json } from '../process/support.ts';

/** Kills and cuts at every moment, and many processes, are in test/faults. */
const reserve = (machine: string, product = PRODUCT): string[] => [
  'activate',
  product,
  ...['--via', 'manual', '--yes', '--machine', machine, '-o', 'json'],
];

test('the statement that counts is the one that decides: no earlier look is trusted', async () => {
  const sql = openSqlite(null, { ledger: 'made-up', vaultId: 'made-up' });
  const setup = { now: () => new Date(), randomId, sha256Hex };
  await sql.write((transaction) => openChain(transaction, 'k-1', '6789B', setup));
  const first = await sql.write((transaction) => takeChain(transaction, 'k-1', 1, 1));
  const second = await sql.write((transaction) => takeChain(transaction, 'k-1', 1, 1));
  expect([first?.row.used, second]).toEqual([0, undefined]);
  await sql.close();
});

test('two processes want the last activation: one gets it', async () => {
  const { home } = await withKeys(1);
  const run = inProcessAt(home);
  const done = await Promise.all([start(home, reserve('pc-1')), start(home, reserve('pc-2'))]);
  expect(done.map(({ code }) => code).sort()).toEqual([0, 5]);
  expect(await numbers(run)).toMatchObject({ used: 1, remaining: 0 });
  await expectSound(run);
});

test('killed after it was reserved, the command again goes on with it and counts nothing', async () => {
  const { home } = await withKeys(5);
  const run = inProcessAt(home);
  let number = 0;
  // The file of the artefact appears after the reservation. Where the program is quicker than the signal: once more.
  const args = (): string[] => {
    const [, ...others] = reserve(`pc-${number}`);
    return [
      'activate',
      ...others.map((each) => (each === 'manual' ? 'script' : each)),
      '--out-file',
      `${number}.ps1`,
    ];
  };
  for (let killed = false; !killed && number < 20; ) {
    number += 1;
    killed = (await start(home, args(), { file: /^\.mpn-benefits-.*\.tmp$/ })).killed;
  }
  const [pending] = await answer<Json[]>(run, ['activations', 'list', '--machine', `pc-${number}`]);
  expect(pending).toMatchObject({ status: 'pending', delta: 1 });
  const before = await numbers(run);
  const again = await answer(run, reserve(`pc-${number}`));
  expect(again).toMatchObject({ activationId: pending?.['activationId'], delta: 0 });
  expect(await numbers(run)).toEqual(before);
  await expectSound(run);
});

test.each<Cut>(['answer'])('over a network that is cut (%s): reserved once, and said once', async (at) => {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  const service = await startService();
  const proxy = await startProxy({ target: service.origin });
  onTestFinished(async () => {
    await proxy.close();
    await service.stop();
  });
  let cuts = 0;
  proxy.plan(({ method, path }) => {
    if (method !== 'POST' || path !== '/v1/activations' || cuts > 0) return NONE;
    cuts += 1;
    return { kind: 'cut', at };
  });
  const run = inProcessAt(home, { env: clientEnvironment({ origin: proxy.origin, token: service.token }) });
  const machine = 'pc-of-this-test';
  const product = 'office-proplus-2019';
  const before = await numbers(run, product);
  const done = await answer(run, reserve(machine, product));
  expect(cuts).toBe(1);
  const after = await numbers(run, product);
  expect(Number(after['used'])).toBe(Number(before['used']) + 1);
  expect(await answer<Json[]>(run, ['activations', 'list', '--machine', machine])).toMatchObject([
    { activationId: done['activationId'], delta: 1 },
  ]);
});
