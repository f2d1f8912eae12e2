import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { expectSound, inventory } from '../faults/inventory.ts';
import { cleanEnvironment, newHome, PROGRAM } from '../helpers/cli.ts';
import { answer, type Json, madeUpKey, ok, write } from '../process/support.ts';

/** Random moments, hundreds of processes, full disks and read-only folders are in test/faults. */
const ROWS = 20_000;

test('kill -9 in the middle of an import: what was there is there, of the new file all or nothing', async () => {
  const { home, run } = newHome();
  await ok(run, ['import', '-'], { stdin: inventory('before', 5, 1) });
  const child = spawn(process.execPath, [PROGRAM, 'import', '-'], {
    env: cleanEnvironment(home),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit');
  child.stdin.on('error', () => {});
  child.stdin.end(inventory('during', ROWS, 2));
  // What does not fit into memory any more is on its way to the disk, long before the end.
  const log = join(home, 'profiles/default/benefits.db-wal');
  while (child.exitCode === null && (statSync(log, { throwIfNoEntry: false })?.size ?? 0) < 200_000)
    await new Promise((resolve) => setTimeout(resolve, 2));
  child.kill('SIGKILL');
  await ended;
  const here = inProcessAt(home);
  // On a busy machine the signal may come when all is done.
  expect([6, 6 + ROWS + 1]).toContain((await answer<Json[]>(here, ['list'])).length);
  expect((await ok(here, ['key', 'before key'])).stdout).toBe(`${madeUpKey(1)}\n`);
  expectSound(home);
});

test('what was acknowledged is on the disk: nothing is left to the system to write later', async () => {
  const { openSqlite } = await import('../../src/store/sqlite.ts');
  const { home } = newHome();
  const database = openSqlite(join(home, 'own/benefits.db'), { ledger: 'l', vaultId: 'v' });
  // 2 is FULL: each transaction is forced to the disk before it returns.
  expect(await database.first('PRAGMA synchronous')).toEqual({ synchronous: 2 });
  await database.close();
});

test('two processes at once on a new profile: both are stored, in one vault, and every key opens', async () => {
  const { home, run } = newHome();
  const files = ['one', 'two'].map((name, at) => write(home, `${name}.csv`, inventory(name, 50, at)));
  const done = await Promise.all(files.map((file) => run(['import', file, '-o', 'json'])));
  expect(done.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ''],
    [0, ''],
  ]);
  const here = inProcessAt(home);
  expect(await answer<Json[]>(here, ['list'])).toHaveLength(102);
  for (const [at, name] of ['one', 'two'].entries())
    expect((await ok(here, ['key', `${name} key`])).stdout).toBe(`${madeUpKey(at)}\n`);
  expectSound(home);
});
