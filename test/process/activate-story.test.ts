import { expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import {
  activate,
  activated,
  expectSound,
  hardwareFile,
  LAST5,
  numbers,
  PRODUCT,
  settle,
  withKeys,
} from './activate-support.ts';
import { answer, failure, type Json, ok, type Runner } from './support.ts';

/*
 * The article in its own order: how activations are counted (S6 a, b, c), then what happens at the limit (S8).
 */
test('new machine 1, unchanged 0, changed 1, and then the limit, on one key', async () => {
  const { run } = await withKeys(3);

  const first = await activated(run, '--hardware', hardwareFile('pc-17'));
  expect(first).toMatchObject({ machine: 'pc-17', scenario: 'new-machine', delta: 1, used: 1, remaining: 2 });

  const again = await activated(run, '--hardware', hardwareFile('pc-17-new-disk'));
  expect(again).toMatchObject({ machine: 'pc-17', scenario: 'same-machine-unchanged', delta: 0, used: 1 });
  expect(String(again['reasons'])).toContain('8 of 11 known votes match, 7 needed');

  const rebuilt = await activated(run, '--hardware', hardwareFile('pc-17-new-board'));
  expect(rebuilt).toMatchObject({ machine: 'pc-17', scenario: 'same-machine-changed', delta: 1, used: 2 });
  expect(String(rebuilt['reasons'])).toContain('baseboard: different');

  const last = await activate(run, '--hardware', hardwareFile('pc-18'));
  expect(last).toMatchObject({ scenario: 'new-machine', used: 3, pending: 1, remaining: 0 });

  const error = await failure(
    run,
    ['activate', PRODUCT, '--via', 'manual', '--yes', '--hardware', hardwareFile('pc-19')],
    5,
  );
  expect(error.code).toBe('ACTIVATION_LIMIT_REACHED');
  expect(await numbers(run)).toEqual({ used: 3, pending: 1, allowed: 3, remaining: 0 });

  // The changed machine is compared with what it is now; it costs nothing more.
  const unchanged = await activate(run, '--hardware', hardwareFile('pc-17-new-board'));
  expect(unchanged).toMatchObject({ scenario: 'same-machine-unchanged', delta: 0, used: 3 });

  // What failed is given back, and the next machine fits.
  await settle(run, last, '--failed', '0xC004C003');
  expect(await activate(run, '--hardware', hardwareFile('pc-19'))).toMatchObject({ delta: 1, used: 3 });
  await expectSound(run);
});

test('the refusal is one honest paragraph', async () => {
  const { run } = await withKeys(1, 4);
  await activate(run, '--hardware', hardwareFile('pc-17'), '--key', LAST5(0));
  const refused = [
    'activate',
    PRODUCT,
    '--via',
    'manual',
    '--yes',
    '--hardware',
    hardwareFile('pc-18'),
    '--key',
    LAST5(0),
  ];
  const error = await failure(run, refused, 5);
  expect(error.message).toBe(
    `The activations of key …${LAST5(0)} are used up: 1 of 1 used, 1 of them pending, and this one counts 1.`,
  );
  const told = String(error.hint);
  expect(told).not.toContain('\n');
  for (const part of [
    'extra activations are not granted',
    `Settle what is pending; what failed is given back (mpn-benefits activations list --product ${PRODUCT}).`,
    `Use key …${LAST5(1)}, 4 left (--key ${LAST5(1)}).`,
    `(mpn-benefits activations adjust ${PRODUCT} --key ${LAST5(0)} --remaining <n> --reason <text>)`,
    'commercial licensing',
    'https://partner.microsoft.com/support',
    `(mpn-benefits troubleshoot 0xC004C020 --product ${PRODUCT})`,
  ]) {
    expect(told).toContain(part);
  }
  expect(error.details).toMatchObject({ keyLast5: LAST5(0), used: 1, allowed: 1, remaining: 0, delta: 1 });
  expect(error.details['facts']).toContain(
    'Each product comes with a set number of activations through the membership benefits; once that number is met or exceeded, its key activates nothing more.',
  );

  const said = await run(refused);
  expect(said.stdout).toBe('');
  expect(said.stderr).toContain('new machine: +1, and 1 of 1 are used already\n');
  expect(said.stderr).not.toContain('2 of 1');
  // The key that fits is taken by itself if none is named.
  expect(await activate(run, '--hardware', hardwareFile('pc-18'))).toMatchObject({
    keyLast5: LAST5(1),
    used: 1,
  });
});

test('the same story with the sandbox, as the README tells it', async () => {
  const { run } = newHome();
  const sandbox: Runner = (args, options) => run([...args, '-p', 'sandbox'], options);
  const tell = async (...args: readonly string[]): Promise<string> => {
    const done = await ok(sandbox, args);
    return done.stderr + done.stdout;
  };
  const office = (machine: string): string[] => [
    'activate',
    'office-2019',
    '--hardware',
    hardwareFile(machine),
    '--via',
    'manual',
    '--yes',
  ];
  const settleLast = async (): Promise<void> => {
    const [last] = await answer<Json[]>(sandbox, ['activations', 'list', '--limit', '1']);
    await settle(sandbox, last ?? {});
  };
  expect(await tell(...office('pc-17'))).toContain('new machine: +1, 8 of 10 used after this\n');
  await settleLast();
  expect(await tell(...office('pc-17-new-disk'))).toContain(
    'same machine, no significant hardware change: +0, 8 of 10 used after this\n',
  );
  await settleLast();
  expect(await tell(...office('pc-17-new-board'))).toContain(
    'same machine, significant hardware change: +1, 9 of 10 used after this\n',
  );
  await settleLast();
  expect(await tell(...office('pc-18'))).toContain('new machine: +1, 10 of 10 used after this\n');
  await settleLast();
  const refused = await sandbox(office('pc-19'));
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain('are used up: 10 of 10 used, and this one counts 1.\n');
  await expectSound(sandbox);
});
