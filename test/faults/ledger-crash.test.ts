import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';
import { activate, expectSound, PRODUCT, withKeys } from '../process/activate-support.ts';
import { answer, type Json } from '../process/support.ts';
import { type Killable, randomFrom, start } from './ledger-support.ts';

const ROUNDS = 8;

/** The events of an export, chain by chain, as their hashes. */
function hashesOf(file: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  for (const line of readFileSync(file, 'utf8').trimEnd().split('\n').slice(1)) {
    const { event, hash } = JSON.parse(line);
    const { chain } = JSON.parse(event);
    chains.set(chain, [...(chains.get(chain) ?? []), hash]);
  }
  return chains;
}

const said = ({ stdout }: Killable): Json | undefined =>
  stdout.trim() === '' ? undefined : JSON.parse(stdout);

/**
 * Kills `activate` and `settle` at random moments. What they said before is in the ledger afterwards, the ledger is
 * sound after each, and nothing that was written once has changed.
 */
test.each([11, 12])('kill -9 at random moments (seed %i)', { timeout: 240_000 }, async (seed) => {
  const random = randomFrom(seed);
  const { home } = await withKeys(null);
  const run = inProcessAt(home);
  const promised = new Map<string, string>();
  let earlier: string | undefined;
  // How long a whole run takes here and now, so that the moments fall into it on any machine.
  const begun = performance.now();
  const first = said(
    await start(home, ['activate', PRODUCT, '--via', 'manual', '--yes', '--machine', 'pc', '-o', 'json']),
  );
  const whole = performance.now() - begun;
  promised.set(String(first?.['activationId']), 'pending');

  for (let round = 0; round < ROUNDS; round += 1) {
    const pending = [...promised].find(([, status]) => status === 'pending')?.[0];
    // On a machine that is busy every run may be killed too early: the last one is left to its end.
    const last = round === ROUNDS - 1;
    const settles = pending !== undefined && random() < 0.4 && !last;
    const args = settles
      ? [
          'activations',
          'settle',
          pending,
          ...(random() < 0.5 ? ['--succeeded'] : ['--failed', '0xC004C003']),
          '-o',
          'json',
        ]
      : ['activate', PRODUCT, '--via', 'manual', '--yes', '--machine', `pc-${round}`, '-o', 'json'];
    // Mostly late: reading comes first, and what is of interest is the end.
    const moment = whole * (0.3 + random());
    const answered = said(await (last ? start(home, args) : start(home, args, moment)));
    if (answered !== undefined) promised.set(String(answered['activationId']), String(answered['status']));
    else if (settles) promised.set(pending, 'either');

    const rows = await answer<Json[]>(run, ['activations', 'list']);
    const kept = new Map(rows.map((row) => [row['activationId'], row['status']]));
    for (const [id, status] of promised) {
      if (status === 'either') promised.set(id, String(kept.get(id)));
      else expect(kept.get(id)).toBe(status);
    }
    await expectSound(run);
    const file = join(home, `export-${round}.jsonl`);
    await answer(run, ['activations', 'export', '--out-file', file]);
    if (earlier !== undefined) {
      expect(await answer(run, ['activations', 'verify', '--against', earlier])).toMatchObject({ ok: true });
      const now = hashesOf(file);
      for (const [chain, hashes] of hashesOf(earlier))
        expect(now.get(chain)?.slice(0, hashes.length)).toEqual(hashes);
    }
    earlier = file;
  }
  expect(promised.size).toBeGreaterThan(1);
});

/** Strace sees what the operating system was asked for: a test cannot cut the power, but it can see who waits for the disk. */
const strace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

test.skipIf(!requires('strace', strace)).each([
  ['a reservation', (_id: string) => ['activate', PRODUCT, '--via', 'manual', '--machine', 'pc-2']],
  ['an outcome', (id: string) => ['activations', 'settle', id, '--succeeded']],
])('%s is on the disk before anything is said of it (power loss)', { timeout: 60_000 }, async (_, args) => {
  const { home } = await withKeys(5);
  const { activationId } = await activate(inProcessAt(home), '--machine', 'pc-1');
  const log = join(home, 'calls.log');
  const trace = ['-f', '-qq', '-y', '-e', 'trace=fsync,fdatasync,write,writev,pwrite64,pwritev', '-o', log];
  const program = [...args(String(activationId)), '--yes', '-o', 'json'];
  const { status, stdout } = spawnSync('strace', [...trace, process.execPath, PROGRAM, ...program], {
    cwd: home,
    encoding: 'utf8',
    env: cleanEnvironment(home),
  });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toHaveProperty('activationId');
  const calls = readFileSync(log, 'utf8').split('\n');
  const said = calls.findIndex((call) => /\bwritev?\(1</.test(call));
  const before = calls.slice(0, said);
  const written = before.findLastIndex((call) => /\bp?write(64|v)?\([^>]*benefits\.db(-wal)?>/.test(call));
  const waited = before.findLastIndex((call) => /\bf(data)?sync\([^>]*benefits\.db-wal>\) = 0/.test(call));
  expect(written).toBeGreaterThan(0);
  expect(waited).toBeGreaterThan(written);
});

test('killed between reserving and settling: the next run continues what is pending', {
  timeout: 180_000,
}, async () => {
  const { home } = await withKeys(50);
  const run = inProcessAt(home);
  const args = (number: number): string[] => [
    'activate',
    PRODUCT,
    ...['--via', 'script', '--out-file', `${number}.ps1`],
    ...['--yes', '--machine', `pc-${number}`, '-o', 'json'],
  ];
  const held = async (number: number): Promise<Json[]> =>
    answer<Json[]>(run, ['activations', 'list', '--machine', `pc-${number}`]);
  // The file is written after the reservation and before anything is said: its first sight is the moment. Where the
  // program is quicker than the signal, once more with another machine.
  let number = 0;
  for (let killed = false; !killed && number < 20; ) {
    number += 1;
    killed = (await start(home, args(number), { file: /^\.mpn-benefits-.*\.tmp$/ })).killed;
  }
  const [before] = await held(number);
  expect(before).toMatchObject({ status: 'pending', delta: 1 });
  const again = await start(home, [...args(number), '--yes']);
  expect(again.code, again.stderr).toBe(0);
  expect(said(again)).toMatchObject({ activationId: before?.['activationId'], delta: 0, status: 'pending' });
  expect(await held(number)).toHaveLength(1);
  await expectSound(run);
});
