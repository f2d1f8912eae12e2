import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram, temporaryFolder } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import { answer, type Json, madeUpKey, ok, type Runner, seeded, write } from '../process/support.ts';
import { expectSound, inventory } from './inventory.ts';

/** How many rows of each file are listed. */
async function rowsByFile(run: Runner): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for (const { name } of await answer<Json[]>(run, ['list'])) {
    const file = String(name).split(' ')[0] ?? '';
    counts.set(file, (counts.get(file) ?? 0) + 1);
  }
  return counts;
}

// Hundreds of processes on a machine that may be busy: the limit is for one that hangs.
describe('many processes at once', { timeout: 180_000 }, () => {
  test('two first imports at the same moment: both are stored, in one vault, 20 times', async () => {
    const folder = temporaryFolder();
    const files = ['one', 'two'].map((name, at) => write(folder, `${name}.csv`, inventory(name, 3, at)));
    for (let round = 0; round < 20; round += 1) {
      const { home, run } = newHome();
      const done = await Promise.all(files.map((file) => run(['import', file, '-o', 'json'])));
      expect(done.map(({ code, stderr }) => [code, stderr])).toEqual([
        [0, ''],
        [0, ''],
      ]);
      expect(new Set(done.map((each) => (each.json() as Json)['id']))).toEqual(new Set(['i1', 'i2']));
      expect(await rowsByFile(run)).toEqual(
        new Map([
          ['one', 4],
          ['two', 4],
        ]),
      );
      expectSound(home);
    }
  });

  test('20 processes with different files: whatever was acknowledged is there, and every key opens', async () => {
    const { home, run } = newHome();
    const names = Array.from({ length: 20 }, (_, at) => `file${at}`);
    const files = names.map((name, at) => write(home, `${name}.csv`, inventory(name, 50, at)));
    const done = await Promise.all(files.map((file) => run(['import', file, '-o', 'json'])));
    expect(done.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, '']));
    expect(await rowsByFile(run)).toEqual(new Map([...names].sort().map((name) => [name, 51])));
    expect(new Set((await answer<Json[]>(run, ['import', 'list'])).map(({ id }) => id)).size).toBe(20);
    for (const at of [0, 7, 19])
      expect((await ok(run, ['key', `file${at} key`])).stdout).toBe(`${madeUpKey(at)}\n`);
    expectSound(home);
  });

  test('the same file from several processes is stored once', async () => {
    const { home, run } = newHome();
    const file = write(home, 'same.csv', inventory('same', 20, 1));
    const done = await Promise.all(
      Array.from({ length: 4 }, () => answer<{ files: Json[] }>(run, ['import', file])),
    );
    const added = done.map(({ files }) => Number(files[0]?.['new']));
    expect(added.sort((a, b) => a - b)).toEqual([0, 0, 0, 21]);
    expect(await answer(run, ['key', '--list'])).toHaveLength(1);
  });

  test('readers never wait for a writer in the middle of its import, and never see half of it', async () => {
    const { home, run } = newHome();
    await ok(run, ['import', '-'], { stdin: inventory('before', 5, 1) });
    const child = spawn(process.execPath, [PROGRAM, 'import', '-'], {
      env: cleanEnvironment(home),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    child.stdin.on('error', () => {});
    const [head = '', ...rest] = inventory('during', 5000, 2).split(/(?<=row 2500,,2501\n)/);
    await new Promise((resolve) => child.stdin.write(head, resolve));
    expect(await rowsByFile(run)).toEqual(new Map([['before', 6]]));
    child.stdin.end(rest.join(''));
    expect(await ended).toEqual([0, null]);
    expect(await rowsByFile(run)).toEqual(
      new Map([
        ['before', 6],
        ['during', 5001],
      ]),
    );
  });
});

describe('a process that is killed', { timeout: 180_000 }, () => {
  const ROWS = 2000;
  const SEED = 20_261_124;
  const KILLS = 20;

  test(`at ${KILLS} moments of its imports (seed ${SEED}): what was acknowledged is there, no half file is`, async () => {
    const { home, run } = newHome();
    const random = seeded(SEED);
    // A process of its own, as those that are killed.
    const alone: Runner = (args, options) => runProgram(home, args, options);
    const started = performance.now();
    await ok(alone, ['import', '-'], { stdin: inventory('file0', ROWS, 0) });
    const usual = performance.now() - started;

    const acknowledged = new Set(['file0']);
    for (let attempt = 1; attempt <= KILLS; attempt += 1) {
      const name = `file${attempt}`;
      const file = write(home, `${name}.csv`, inventory(name, ROWS, attempt));
      const child = spawn(process.execPath, [PROGRAM, 'import', file, '-o', 'json'], {
        env: cleanEnvironment(home),
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
      });
      // The first one early for sure, the others anywhere up to a little after the usual end.
      const timer = setTimeout(() => child.kill('SIGKILL'), attempt === 1 ? 0 : random() * usual * 1.2);
      await once(child, 'close');
      clearTimeout(timer);
      if (said.trimEnd().endsWith('}')) acknowledged.add(name);
    }
    expect(acknowledged.has('file1')).toBe(false);
    const counts = await rowsByFile(run);
    for (const name of acknowledged) expect([name, counts.get(name)]).toEqual([name, ROWS + 1]);
    expect([...counts.values()].filter((count) => count !== ROWS + 1)).toEqual([]);
    expectSound(home);
    expect((await run(['doctor'])).code).toBe(0);
    expect((await ok(run, ['key', 'file0 key'])).stdout).toBe(`${madeUpKey(0)}\n`);
    await ok(run, ['import', '-'], { stdin: inventory('after', 5, 99) });
  });

  test('in the middle of a transaction, for sure: nothing of the file is there', async () => {
    for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
      const { home, run } = newHome();
      await ok(run, ['import', '-'], { stdin: inventory('before', 5, 1) });
      const child = spawn(process.execPath, [PROGRAM, 'import', '-'], {
        env: cleanEnvironment(home),
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      const ended = once(child, 'exit');
      child.stdin.on('error', () => {});
      await new Promise((resolve) => child.stdin.write(inventory('during', 20_000, 2), resolve));
      while (!existsSync(join(home, 'profiles/default/benefits.db-wal')))
        await new Promise((resolve) => setTimeout(resolve, 2));
      child.kill(signal);
      expect((await ended)[0]).not.toBe(0);
      expect(await rowsByFile(run)).toEqual(new Map([['before', 6]]));
      expect(await answer(run, ['import', 'list'])).toHaveLength(1);
      expectSound(home);
    }
  });
});
