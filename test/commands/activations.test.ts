import { describe, expect, test } from 'vitest';
import { reserveMany } from '../backend/reserve-many.ts';
import {
  activate,
  activated,
  expectSound,
  hardwareFile,
  importKeys,
  LAST5,
  numbers,
  PRODUCT,
  settle,
} from '../process/activate-support.ts';
import {
  answer,
  dayFromNow,
  failure,
  grid,
  type Json,
  madeUpKey,
  ok,
  type Runner,
} from '../process/support.ts';
import { Recorder } from '../terminal/fake-terminal.ts';
import { inProcess } from './in-process.ts';

const PC = ['--hardware', hardwareFile('pc-17')];
const adjust = (...more: readonly string[]): string[] => ['activations', 'adjust', PRODUCT, ...more];

async function withKeys(...allowances: readonly (number | null)[]) {
  const made = inProcess();
  await importKeys(made.run, allowances);
  return made;
}

describe('machines of one short name in two domains', () => {
  const NORTH = ['--machine', 'dc01.north.example'];
  const SOUTH = ['--machine', 'dc01.south.example'];

  async function both() {
    const { run } = await withKeys(5);
    const north = await activate(run, ...NORTH);
    const south = await activate(run, ...SOUTH);
    return { run, north, south };
  }

  test('are two, and each goes on with its own', async () => {
    const { run, north, south } = await both();
    expect([north, south]).toMatchObject([
      { delta: 1, used: 1, scenario: 'new-machine' },
      { delta: 1, used: 2, scenario: 'new-machine' },
    ]);
    expect(await activate(run, ...NORTH)).toMatchObject({ delta: 0, activationId: north['activationId'] });
    const listed = await answer<Json[]>(run, ['activations', 'list', ...SOUTH]);
    expect(listed.map(({ activationId }) => activationId)).toEqual([south['activationId']]);
    expect(await answer<Json[]>(run, ['activations', 'list', '--machine', 'dc01'])).toHaveLength(2);
    expect(await answer(run, ['machines', 'show', 'DC01.South.example'])).toMatchObject({
      name: 'dc01.south.example',
      activations: 1,
    });
    await expectSound(run);
  });

  test('are ambiguous by the short name: exit 3, and nothing is counted', async () => {
    const { run } = await both();
    const args = ['activate', PRODUCT, '--via', 'manual', '--yes', '--machine', 'dc01'];
    expect((await failure(run, args, 3)).details['candidates']).toEqual([NORTH[1], SOUTH[1]]);
    expect(await numbers(run)).toMatchObject({ used: 2 });
    const error = await failure(run, ['machines', 'retire', 'dc01', '--reason', 'gone'], 3);
    expect(error.hint).toContain('(dc01.north.example)');
    await ok(run, ['machines', 'retire', String(NORTH[1]), '--reason', 'gone']);
    expect(await answer(run, ['machines', 'show', 'dc01'])).toMatchObject({ name: SOUTH[1] });
  });

  test('only a name without a domain is this machine’s in any', async () => {
    const { run } = await withKeys(5);
    const here = { hostName: 'dc01.north.example', platform: 'win32' } as const;
    const planned = async (machine: string) =>
      (await run(['activate', PRODUCT, '--dry-run', '--via', 'windows', '--machine', machine], here)).stderr;
    expect(await planned('dc01.south.example')).toContain('another one is named');
    expect(await planned('dc01')).not.toContain('another one is named');
  });
});

const eventsOf = async (run: Runner): Promise<unknown> =>
  (await answer(run, ['activations', 'verify']))['events'];

describe('settling', () => {
  test('twice the same: exit 0, no event', async () => {
    const { run } = await withKeys(5);
    const activation = await activate(run, ...PC);
    const settled = await settle(run, activation);
    expect(settled).toMatchObject({ status: 'succeeded', delta: 1 });
    const before = await eventsOf(run);
    expect(await settle(run, activation)).toEqual(settled);
    expect(await eventsOf(run)).toBe(before);
  });

  test('failed takes its delta back, once', async () => {
    const { run } = await withKeys(5);
    const activation = await activate(run, ...PC);
    expect(await settle(run, activation, '--failed', '-1073430496')).toMatchObject({
      status: 'failed',
      code: '0xC004C020',
      delta: 0,
    });
    await settle(run, activation, '--failed', '0xC004C020');
    expect(await numbers(run)).toEqual({ used: 0, pending: 0, allowed: 5, remaining: 5 });
  });

  test('another outcome needs a reason; then it is a correction with the signed difference', async () => {
    const { run } = await withKeys(5);
    const activation = await activated(run, ...PC);
    const id = String(activation['activationId']);
    const error = await failure(run, ['activations', 'settle', id, '--failed', '0xC004C003'], 2);
    expect(error.message).toContain('recorded as succeeded');
    expect(await numbers(run)).toMatchObject({ used: 1 });
    await settle(run, activation, '--failed', '0xC004C003', '--reason', 'the user misread it');
    expect(await numbers(run)).toMatchObject({ used: 0 });
    await settle(run, activation, '--succeeded', '--reason', 'it did work');
    expect(await numbers(run)).toMatchObject({ used: 1, pending: 0 });
    const shown = await answer(run, ['activations', 'show', id]);
    const events = shown['events'] as Json[];
    expect(events.map(({ type, delta }) => [type, delta])).toEqual([
      ['reserved', 1],
      ['succeeded', 0],
      ['correction', -1],
      ['correction', 1],
    ]);
    expect(shown).toMatchObject({ status: 'succeeded', reason: 'it did work' });
    await expectSound(run);
  });

  test('a correction may end above the allowance: it happened', async () => {
    const { run } = await withKeys(1);
    const first = await activate(run, ...PC);
    await settle(run, first, '--failed', '0xC004C003');
    await activated(run, '--hardware', hardwareFile('pc-18'));
    await settle(run, first, '--succeeded', '--reason', 'Windows tried again by itself');
    expect(await numbers(run)).toEqual({ used: 2, pending: 0, allowed: 1, remaining: -1 });
    const [usage] = await answer<Json[]>(run, ['usage', PRODUCT]);
    expect(usage).toMatchObject({ overUse: 1 });
    const [row] = await answer<Json[]>(run, ['list']);
    expect(row).toMatchObject({ state: 'over-used' });
    expect((await ok(run, ['usage'])).stdout).toContain('1 too many');
  });

  test('what one key was used too often does not hide what is left of another', async () => {
    const { run } = await withKeys(1, 5);
    const keys = await answer<Json[]>(run, ['key', PRODUCT, '--list']);
    const small = String(keys.find(({ allowed }) => allowed === 1)?.['last5']);
    await ok(run, adjust('--key', small, '--used', '4', '--reason', 'counted anew'));
    expect((await ok(run, ['usage'])).stdout).toContain('  2 (3 too many)  ');
  });

  test.each([
    [['--succeeded', '--failed', '0xC004C020'], 2],
    [[], 2],
    [['--failed', 'hello'], 2],
  ])('%j is no outcome', async (how, exitCode) => {
    const { run } = await withKeys(5);
    const { activationId } = await activate(run, ...PC);
    await failure(run, ['activations', 'settle', String(activationId), ...how], exitCode);
    expect(await numbers(run)).toMatchObject({ pending: 1 });
  });

  test('of two ways to say it, both are named', async () => {
    const { run } = inProcess();
    const settling = ['activations', 'settle', 'a-1', '--succeeded'];
    expect((await failure(run, [...settling, '--failed', '0xC004C020'], 2)).message).toBe(
      '--succeeded and --failed exclude each other.',
    );
    expect((await failure(run, [...settling, 'result.txt'], 2)).message).toBe(
      '--succeeded and a file exclude each other.',
    );
  });

  test('another code than the recorded one is not dropped without a word', async () => {
    const { run } = await withKeys(5);
    const activation = await activate(run, ...PC);
    await settle(run, activation, '--failed', '0xC004C008');
    const again = ['activations', 'settle', String(activation['activationId']), '--failed', '0xc004c009'];
    const done = await ok(run, again);
    expect(done.stdout).toContain('failed (0xC004C008)');
    expect(done.stderr).toMatch(/^warning: .* failed with 0xC004C008 already, .*0xC004C009.* add --reason/);
    expect((await ok(run, [...again, '--reason', 'misread', '-q'])).stderr).toBe('');
    const [row] = await answer<Json[]>(run, ['activations', 'list']);
    expect(row).toMatchObject({ status: 'failed', code: '0xC004C009', reason: 'misread', delta: 0 });
    await expectSound(run);
  });

  test('an activation that is not there: exit 3', async () => {
    const { run } = await withKeys(5);
    await failure(run, ['activations', 'settle', 'a-none', '--succeeded'], 3);
    await failure(run, ['activations', 'show', 'a-none'], 3);
  });
});

describe('adjusting (T5)', () => {
  test('to a number read elsewhere, either way round, with the reason in the ledger', async () => {
    const { run } = await withKeys(20);
    await activated(run, ...PC);
    expect(await answer(run, adjust('--used', '7', '--reason', 'VAMT'))).toEqual({
      productId: PRODUCT,
      keyLast5: LAST5(0),
      usedBefore: 1,
      usedAfter: 7,
      allowed: 20,
      remaining: 13,
    });
    expect(await answer(run, adjust('--remaining', '4', '--reason', 'portal'))).toMatchObject({
      usedBefore: 7,
      usedAfter: 16,
      remaining: 4,
    });
    await expectSound(run);
  });

  test('may end above the allowance, and activating is then refused', async () => {
    const { run } = await withKeys(2);
    await answer(run, adjust('--used', '5', '--reason', 'VAMT'));
    expect(await numbers(run)).toEqual({ used: 5, pending: 0, allowed: 2, remaining: -3 });
    const error = await failure(run, ['activate', PRODUCT, '--via', 'manual', '--yes', ...PC], 5);
    expect(error.message).toContain('5 of 2 used');
  });

  test('is refused while something is pending, and lists it', async () => {
    const { run } = await withKeys(5);
    const { activationId } = await activate(run, ...PC);
    const error = await failure(run, adjust('--used', '3', '--reason', 'VAMT'), 2);
    expect(error.details['pending']).toEqual([activationId]);
    expect(error.hint).toContain(`activations settle ${activationId}`);
  });

  test('an allowance alone follows the hint of the warning, although the activation is pending', async () => {
    const { run } = await withKeys(null);
    const done = await ok(run, ['activate', PRODUCT, '--via', 'manual', '--yes', ...PC]);
    const hint = /Set it with: mpn-benefits (.+) <n> --reason <text>/.exec(done.stderr)?.[1] ?? '';
    const because = ['--reason', 'portal'];
    expect(await answer(run, [...hint.split(' '), '50', ...because])).toEqual({
      productId: PRODUCT,
      keyLast5: LAST5(0),
      usedBefore: 1,
      usedAfter: 1,
      allowed: 50,
      remaining: 49,
    });
    expect(await numbers(run)).toEqual({ used: 1, pending: 1, allowed: 50, remaining: 49 });
    await failure(run, adjust('--used', '13', '--allowed', '50', ...because), 2);
    await expectSound(run);
  });

  test('needs something to set, and one count only', async () => {
    const { run } = inProcess();
    expect((await failure(run, adjust('--reason', 'portal'), 2)).message).toContain('--allowed <n> alone');
    expect((await failure(run, adjust('--used', '1', '--remaining', '1'), 2)).message).toBe(
      '--used and --remaining exclude each other.',
    );
  });

  test('--remaining needs an allowance', async () => {
    const { run } = await withKeys(null);
    const error = await failure(run, adjust('--remaining', '3', '--reason', 'VAMT'), 2);
    expect(error.hint).toContain('--allowed');
    expect(
      await answer(run, adjust('--remaining', '3', '--allowed', '10', '--reason', 'VAMT')),
    ).toMatchObject({
      usedAfter: 7,
      allowed: 10,
      remaining: 3,
    });
  });

  test('several keys need --key; id and last five both name one', async () => {
    const { run } = await withKeys(5, 5);
    const error = await failure(run, adjust('--used', '3', '--reason', 'VAMT'), 3);
    expect(error.code).toBe('AMBIGUOUS');
    expect(error.hint).toContain(LAST5(0));
    expect(error.hint).toContain(LAST5(1));
    const byLast5 = await answer(
      run,
      adjust('--used', '3', '--key', `…${LAST5(1).toLowerCase()}`, '--reason', 'VAMT'),
    );
    expect(byLast5).toMatchObject({ keyLast5: LAST5(1), usedAfter: 3 });
    const keys = await answer<Json[]>(run, ['key', PRODUCT, '--list']);
    const byId = await answer(
      run,
      adjust('--used', '1', '--key', String(keys[0]?.['id']), '--reason', 'VAMT'),
    );
    expect(byId['keyLast5']).toBe(keys[0]?.['last5']);
    await failure(run, adjust('--used', '3', '--key', 'ZZZZZ', '--reason', 'VAMT'), 3);
  });

  test.each([
    [['--used', '3']],
    [['--reason', 'VAMT']],
    [['--used', '3', '--remaining', '2', '--reason', 'VAMT']],
    [['--used', '3', '--reason', ' ']],
    [['--used', '-1', '--reason', 'VAMT']],
    [['--used', '1.5', '--reason', 'VAMT']],
    [['--remaining', '9', '--reason', 'VAMT']],
  ])('%j: exit 2, nothing recorded', async (more) => {
    const { run } = await withKeys(5);
    const before = await eventsOf(run);
    expect((await run(adjust(...more))).code).toBe(2);
    expect(await eventsOf(run)).toBe(before);
  });
});

describe('the allowance of a key', () => {
  const key = async (run: Runner): Promise<Json> =>
    (await answer<Json[]>(run, ['key', PRODUCT, '--list']))[0] ?? {};
  const granted = (quantity: string) => ({
    stdin: grid([['Microsoft Office Professional Plus 2019', 'MAPS - Core', quantity, dayFromNow(90)]]),
  });

  test('explicit: given with the key, and no import replaces it', async () => {
    const { run } = await withKeys(3);
    await ok(run, ['import', '-'], granted('10 activations'));
    expect(await key(run)).toMatchObject({ allowed: 3, allowedBasis: 'explicit' });
    await answer(run, adjust('--used', '0', '--allowed', '8', '--reason', 'VAMT'));
    expect(await key(run)).toMatchObject({ allowed: 8, allowedBasis: 'explicit' });
  });

  test('granted: of the only counted key, and follows later imports', async () => {
    const { run } = await withKeys(null);
    expect(await key(run)).toMatchObject({ allowed: null, allowedBasis: null });
    await ok(run, ['import', '-'], granted('10 activations'));
    expect(await key(run)).toMatchObject({ allowed: 10, allowedBasis: 'grant' });
    await ok(run, ['import', '-'], granted('15 activations'));
    expect(await key(run)).toMatchObject({ allowed: 15, allowedBasis: 'grant' });
    await ok(run, ['import', 'key', PRODUCT, '--type', 'mak'], { stdin: `${madeUpKey(9)}\n` });
    expect(await key(run)).toMatchObject({ allowed: null, allowedBasis: null });
  });

  test('licences are no allowance', async () => {
    const { run } = await withKeys(null);
    await ok(run, ['import', '-'], granted('10 licenses'));
    expect(await key(run)).toMatchObject({ allowed: null });
  });

  test('unknown: counts, never refuses, remaining is null, and it is said how to set it', async () => {
    const { run } = await withKeys(null);
    const done = await run(['activate', PRODUCT, '--via', 'manual', '--yes', ...PC]);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain(
      `activations adjust ${PRODUCT} --key ${LAST5(0)} --allowed <n> --reason <text>`,
    );
    expect(done.stdout).toContain('1 used by this ledger, how many are allowed is unknown');
    expect(await numbers(run)).toEqual({ used: 1, pending: 1, allowed: null, remaining: null });
  });
});

describe('a key that two products share', () => {
  test('is one pool: shown on each, named in sharedWith, counted once', async () => {
    const { run } = await withKeys(5);
    await ok(run, ['import', 'key', 'visio-pro-2019', '--type', 'mak'], { stdin: `${madeUpKey(0)}\n` });
    await activated(run, ...PC);
    expect(
      await answer(run, ['activate', 'visio-pro-2019', '--via', 'manual', '--yes', '--machine', 'pc-18']),
    ).toMatchObject({
      used: 2,
      remaining: 3,
    });
    const [office] = await answer<Json[]>(run, ['usage', PRODUCT]);
    const [visio] = await answer<Json[]>(run, ['usage', 'visio-pro-2019']);
    expect(office).toMatchObject({ used: 2, sharedWith: ['visio-pro-2019'], machines: 2 });
    expect(visio).toMatchObject({ used: 2, sharedWith: [PRODUCT] });
    const report = await expectSound(run);
    const chains = report['chains'] as Json[];
    expect(chains.filter(({ keyLast5 }) => keyLast5 === LAST5(0))).toHaveLength(1);
    const activations = await answer<Json[]>(run, ['activations', 'list']);
    expect(activations.reduce((sum, { delta }) => sum + Number(delta), 0)).toBe(2);
    // Adjusting by either name meets the same pool.
    await settle(run, activations[0] ?? {});
    await answer(run, ['activations', 'adjust', 'visio-pro-2019', '--used', '4', '--reason', 'VAMT']);
    expect(await numbers(run)).toMatchObject({ used: 4, remaining: 1 });
  });
});

describe('the id of an activation', () => {
  test('is taken in capitals, and by a beginning that only it has', async () => {
    const { run } = await withKeys(5);
    const { activationId } = await activate(run, ...PC);
    const id = String(activationId);
    for (const typed of [id.toUpperCase(), id.slice(0, -1), id.slice(0, 4).toUpperCase()]) {
      expect(await answer(run, ['activations', 'show', typed])).toMatchObject({ activationId });
    }
    expect(await answer(run, ['activations', 'settle', id.slice(0, 6), '--succeeded'])).toMatchObject({
      activationId,
      status: 'succeeded',
    });
  });

  test('of which several have the beginning: exit 3, and which they are', async () => {
    const { run } = await withKeys(null);
    for (const machine of ['a', 'b']) await activate(run, '--machine', machine);
    const ids = (await answer<Json[]>(run, ['activations', 'list'])).map((row) => row['activationId']);
    const error = await failure(run, ['activations', 'settle', 'a-', '--succeeded'], 3);
    expect(error).toMatchObject({ code: 'AMBIGUOUS', details: { candidates: ids } });
    for (const odd of ['a-%', 'a-_', '%', '']) await failure(run, ['activations', 'show', odd], 3);
    expect(await numbers(run)).toMatchObject({ pending: 2 });
  });
});

describe('the list', () => {
  test('has ids that can be typed again, however narrow the terminal', async () => {
    const { run } = await withKeys(null);
    await activated(run, '--machine', 'a-machine-with-a-long-name.corp.example');
    const [row] = await answer<Json[]>(run, ['activations', 'list']);
    for (const columns of [80, 40, 10]) {
      const stdout = new Recorder(columns);
      await run(['activations', 'list'], { stdout });
      expect(stdout.text).toContain(String(row?.['activationId']));
    }
  });

  test('newest first, by product and machine, and cut by --limit', async () => {
    const { run } = await withKeys(null);
    for (const machine of ['a', 'b', 'c']) await activated(run, '--machine', machine);
    const machines = async (...more: string[]): Promise<unknown[]> =>
      (await answer<Json[]>(run, ['activations', 'list', ...more])).map((row) => row['machine']);
    expect(await machines()).toEqual(['c', 'b', 'a']);
    expect(await machines('--limit', '2')).toEqual(['c', 'b']);
    expect(await machines('--machine', 'B')).toEqual(['b']);
    expect(await machines('--product', PRODUCT, '--limit', '1')).toEqual(['c']);
    expect(await machines('--product', 'visio-pro-2019')).toEqual([]);
    expect(await machines('--machine', 'none')).toEqual([]);
    const [newest] = await answer<Json[]>(run, ['activations', 'list', '--limit', '1']);
    const shown = await ok(run, ['activations', 'show', String(newest?.['activationId'])]);
    expect(shown.stdout).toContain('this machine is new here');
  });

  test('1,000 activations: complete without --limit, in order', async () => {
    const { home, run } = await withKeys(null);
    await reserveMany(home, 1_000);
    const all = await answer<Json[]>(run, ['activations', 'list']);
    expect(all).toHaveLength(1_000);
    expect(await answer<Json[]>(run, ['activations', 'list', '--limit', '10'])).toEqual(all.slice(0, 10));
    const lines = (await ok(run, ['activations', 'list', '--limit', '999', '-o', 'jsonl'])).stdout.trimEnd();
    expect(lines.split('\n')).toHaveLength(999);
    expect(await numbers(run)).toMatchObject({ used: 1_000, pending: 1_000 });
    await expectSound(run);
  });
});
