import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { activate, expectSound, numbers, PRODUCT, withKeys } from '../process/activate-support.ts';
import { answer, type Json } from '../process/support.ts';
import { type Killable, randomFrom, start, together } from './ledger-support.ts';

const PROCESSES = 50;
const LEFT = 20;

const reserve = (machine: string): string[] => [
  'activate',
  PRODUCT,
  '--via',
  'manual',
  '--yes',
  '--machine',
  machine,
  '-o',
  'json',
];

const tally = (runs: readonly Killable[], code: number): number =>
  runs.filter((run) => run.code === code).length;

// Many processes on few processors: how long they take together says nothing.
describe('many processes, one key (one writer decides)', { timeout: 240_000 }, () => {
  test('50 processes for 20 activations: exactly 20 get one, 30 are refused', async () => {
    const { home, run } = await withKeys(LEFT);
    const runs = await Promise.all(
      Array.from({ length: PROCESSES }, (_, number) => start(home, reserve(`pc-${number}`))),
    );
    expect(runs.filter(({ code }) => code !== 0 && code !== 5).map(({ stderr }) => stderr)).toEqual([]);
    expect([tally(runs, 0), tally(runs, 5)]).toEqual([LEFT, PROCESSES - LEFT]);
    for (const { code, stderr } of runs) {
      if (code === 5) expect(JSON.parse(stderr).error.code).toBe('ACTIVATION_LIMIT_REACHED');
    }
    const ids = runs.filter(({ code }) => code === 0).map(({ stdout }) => JSON.parse(stdout).activationId);
    expect(new Set(ids).size).toBe(LEFT);
    expect(await numbers(run)).toEqual({ used: LEFT, pending: LEFT, allowed: LEFT, remaining: 0 });
    const listed = await answer<Json[]>(run, ['activations', 'list']);
    expect(listed.map((row) => row['activationId']).sort()).toEqual([...ids].sort());
    await expectSound(run);
  });

  test('the same while two in five are killed: exactly 20 are held, and none that was said is lost', async () => {
    const random = randomFrom(1);
    const { home, run } = await withKeys(LEFT);
    // Whenever one of the others has ended, one of these is killed wherever it is, however fast this machine is.
    const victims = Array.from({ length: PROCESSES }, () => random() < 0.4);
    const left = victims.filter((isVictim) => !isVictim).length;
    // Enough are left alone to take all there is.
    expect(left).toBeGreaterThan(LEFT);
    const kills: (() => void)[] = [];
    const runs = await Promise.all(
      victims.map(async (isVictim, number) => {
        if (isVictim) {
          const killed = new Promise<void>((resolve) => kills.push(resolve));
          return start(home, reserve(`pc-${number}`), killed);
        }
        const run = await start(home, reserve(`pc-${number}`));
        kills.shift()?.();
        return run;
      }),
    );
    expect(runs.some(({ killed }) => killed)).toBe(true);
    const acknowledged = runs
      .filter(({ stdout }) => stdout.trim() !== '')
      .map(({ stdout }) => JSON.parse(stdout).activationId);
    const listed = await answer<Json[]>(run, ['activations', 'list']);
    const ids = listed.map((row) => row['activationId']);
    // Whoever was killed may hold one that it never spoke of; the ledger decides.
    expect(ids).toHaveLength(LEFT);
    expect(ids).toEqual(expect.arrayContaining(acknowledged));
    const alone = runs.filter(({ killed }) => !killed);
    expect(alone.filter(({ code }) => code !== 0 && code !== 5).map(({ stderr }) => stderr)).toEqual([]);
    expect(tally(alone, 0) + tally(alone, 5)).toBe(alone.length);
    expect(await numbers(run)).toEqual({ used: LEFT, pending: LEFT, allowed: LEFT, remaining: 0 });
    await expectSound(run);
  });

  test('one machine from 10 processes at once: counted once, the others continue it', async () => {
    const { home, run } = await withKeys(LEFT);
    const runs = await Promise.all(Array.from({ length: 10 }, () => start(home, reserve('pc-17'))));
    expect(runs.filter(({ code }) => code !== 0).map(({ stderr }) => stderr)).toEqual([]);
    const answers = runs.map(({ stdout }) => JSON.parse(stdout));
    expect(new Set(answers.map(({ activationId }) => activationId)).size).toBe(1);
    expect(answers.filter(({ delta }) => delta === 1)).toHaveLength(1);
    expect(answers.filter(({ reasons }) => reasons.includes('continues pending'))).toHaveLength(9);
    expect(await numbers(run)).toMatchObject({ used: 1, pending: 1 });
    expect(await answer<Json[]>(run, ['machines', 'list'])).toHaveLength(1);
    await expectSound(run);
  });

  test('verifying and exporting while others write finds nothing wrong', async () => {
    const { home } = await withKeys(100);
    const run = inProcessAt(home);
    await activate(run, '--machine', 'first');
    const writers = together(
      Array.from({ length: 12 }, (_, number) => () => start(home, reserve(`pc-${number}`))),
      4,
    );
    for (let round = 0; round < 5; round += 1) {
      await expectSound(run);
      const file = join(home, `export-${round}.jsonl`);
      await answer(run, ['activations', 'export', '--out-file', file]);
      expect(await answer(run, ['activations', 'verify', '--against', file])).toMatchObject({ ok: true });
    }
    expect(tally(await writers, 0)).toBe(12);
    expect(await numbers(run)).toMatchObject({ used: 13 });
  });
});
