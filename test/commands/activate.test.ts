import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
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
  writeHardware,
} from '../process/activate-support.ts';
import { answer, dayFromNow, failure, grid, type Json, madeUpKey, ok } from '../process/support.ts';
import { inProcess } from './in-process.ts';

const PC = ['--hardware', hardwareFile('pc-17')];
const MANUAL = ['activate', PRODUCT, '--via', 'manual', '--yes'];

/** A home with made-up keys of one product, each with its allowance. */
async function withKeys(...allowances: readonly (number | null)[]) {
  const made = inProcess();
  await importKeys(made.run, allowances);
  return made;
}

describe('policies (T3)', () => {
  test('documented: a machine that was only reimaged costs nothing', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    expect(await activated(run, ...PC)).toMatchObject({ delta: 0, used: 1, policy: 'documented' });
  });

  test('every-activation: reimaging counts, once the offer says so', async () => {
    const { run } = inProcess();
    await ok(run, ['import', '-'], {
      stdin: grid([
        ['Microsoft Office Professional Plus 2019', 'Legacy Gold - Core', '10 activations', dayFromNow(90)],
      ]),
    });
    await importKeys(run, [5]);
    await activated(run, ...PC);
    await ok(run, ['offer', 'set', 'legacy-gold:core', '--policy', 'every-activation']);
    const again = await activated(run, ...PC);
    expect(again).toMatchObject({
      scenario: 'same-machine-unchanged',
      delta: 1,
      used: 2,
      policy: 'every-activation',
    });
    expect(again['reasons']).toContain(
      'policy every-activation: same machine, no significant hardware change counts 1',
    );
    await ok(run, ['offer', 'set', 'legacy-gold:core', '--policy', 'documented']);
    expect(await activated(run, ...PC)).toMatchObject({ delta: 0, used: 2 });
  });

  test('of offers that differ the stricter one holds', async () => {
    const { run } = inProcess();
    const rows = ['Legacy Gold - Core', 'MAPS - Core'].map(
      (source) =>
        ['Microsoft Office Professional Plus 2019', source, '10 activations', dayFromNow(90)] as const,
    );
    await ok(run, ['import', '-'], { stdin: grid(rows) });
    await importKeys(run, [5]);
    await ok(run, ['offer', 'set', 'legacy-gold:core', '--policy', 'every-activation']);
    await ok(run, ['offer', 'set', 'action-pack:core', '--policy', 'documented']);
    expect(await activate(run, ...PC)).toMatchObject({ policy: 'every-activation' });
  });

  test('without an offer the setting "policy" holds', async () => {
    const { run } = await withKeys(5);
    await ok(run, ['config', 'set', 'policy', 'every-activation']);
    await activated(run, ...PC);
    expect(await activated(run, ...PC)).toMatchObject({ delta: 1, used: 2, policy: 'every-activation' });
  });
});

describe('machines', () => {
  test('board and system UUID the same: the same machine under a new name, and the rename is recorded', async () => {
    const { home, run } = await withKeys(5);
    await activated(run, ...PC);
    const renamed = JSON.parse(await readText(hardwareFile('pc-17')));
    writeFileSync(join(home, 'renamed.json'), JSON.stringify({ ...renamed, machine: 'reception' }));
    const again = await activated(run, '--hardware', join(home, 'renamed.json'));
    expect(again).toMatchObject({ machine: 'reception', delta: 0, used: 1 });
    expect(again['reasons']).toContain('renamed: it was pc-17');
    const [machine] = await answer<Json[]>(run, ['machines', 'list']);
    expect(machine).toMatchObject({ name: 'reception', formerNames: ['pc-17'], activations: 2 });
    await expectSound(run);
  });

  test('known on one key is still new on another', async () => {
    const { run } = await withKeys(5, 5);
    await activated(run, ...PC, '--key', LAST5(0));
    expect(await activate(run, ...PC, '--key', LAST5(1))).toMatchObject({
      scenario: 'new-machine',
      delta: 1,
    });
  });

  test('the key that costs nothing for this machine is taken before one with more left', async () => {
    const { run } = await withKeys(2, 50);
    await activated(run, ...PC, '--key', LAST5(0));
    expect(await activate(run, ...PC)).toMatchObject({ keyLast5: LAST5(0), delta: 0 });
  });

  test('names compare without case and domain', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC, '--machine', 'PC-17.corp.example');
    expect(await activated(run, ...PC, '--machine', 'pc-17')).toMatchObject({ delta: 0 });
    expect(await answer<Json[]>(run, ['machines', 'list'])).toHaveLength(1);
  });

  test('a known name without hardware cannot be judged: exit 2, and how to go on', async () => {
    const { run } = await withKeys(5);
    const { activationId, keyLast5 } = await activated(run, ...PC);
    const error = await failure(run, [...MANUAL, '--machine', 'pc-17'], 2);
    // A script that repeats what went through is told so.
    expect(error.hint).toMatch(
      new RegExp(
        `^It is activated with the key …${keyLast5} already, since [-\\d]{10} \\(${activationId}\\)`,
      ),
    );
    expect(error.hint).toContain('--hardware');
    expect(error.hint).toContain('--assume');
    expect(await numbers(run)).toMatchObject({ used: 1, pending: 0 });
  });

  test('a new name needs no hardware', async () => {
    const { run } = await withKeys(5);
    expect(await activate(run, '--machine', 'pc-99')).toMatchObject({ scenario: 'new-machine', delta: 1 });
  });

  test('a virtual machine gets the same verdict, and the reason says that no rule is published', async () => {
    const { home, run } = await withKeys(5);
    const file = writeHardware(home, 'vm-1', {}, { virtual: true });
    await activated(run, '--hardware', file);
    const again = await activated(run, '--hardware', file);
    expect(again).toMatchObject({ delta: 0 });
    expect(again['reasons']).toContain('virtual: no published rule');
    const [machine] = await answer<Json[]>(run, ['machines', 'list']);
    expect(machine).toMatchObject({ virtual: true });
  });

  test('a retired machine keeps its history, gives nothing back, and is back with its hardware', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    const retired = await answer(run, ['machines', 'retire', 'pc-17', '--reason', 'scrapped']);
    expect(retired['retiredOn']).not.toBeNull();
    expect(await numbers(run)).toMatchObject({ used: 1, remaining: 4 });
    expect((await failure(run, ['machines', 'retire', 'pc-17', '--reason', 'again'], 2)).message).toContain(
      'is retired',
    );
    const back = await run([...MANUAL, ...PC]);
    expect(back.stderr).toContain('warning: This machine was retired; it is in use again.');
    const [machine] = await answer<Json[]>(run, ['machines', 'list']);
    expect(machine).toMatchObject({ name: 'pc-17', retiredOn: null, activations: 2 });
    expect(await numbers(run)).toMatchObject({ used: 1 });
    await expectSound(run);
  });

  test('the name of a retired machine is free for another one', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    await answer(run, ['machines', 'retire', 'pc-17', '--reason', 'scrapped']);
    expect(await activate(run, '--machine', 'pc-17')).toMatchObject({ scenario: 'new-machine', delta: 1 });
    expect(await answer<Json[]>(run, ['machines', 'list'])).toHaveLength(2);
  });

  test.each(['', '   ', 'x'.repeat(256)])('%j is no name of a machine', async (name) => {
    const { run } = await withKeys(5);
    expect((await failure(run, [...MANUAL, '--machine', name], 2)).message).toBe(
      'This is no name of a machine.',
    );
    expect(await numbers(run)).toMatchObject({ used: 0 });
  });

  test.each(['pc\u001b[2J', 'pc\t17', 'pc\n', '\u202epc', 'pc\u0085'])(
    'a typed name may not hold what cannot be seen: %j',
    async (name) => {
      const { run } = await withKeys(5);
      const error = await failure(run, [...MANUAL, '--machine', name], 2);
      expect([error.code, error.message]).toEqual([
        'USAGE',
        'The name of the machine holds characters that cannot be seen.',
      ]);
      expect(await numbers(run)).toMatchObject({ used: 0 });
    },
  );

  test('a hostile name in a file is stored as given and steers no screen', async () => {
    const { home, run } = await withKeys(5);
    const name = 'pc\u001b[2J\u202e\u0007\r\n=cmd|calc';
    const done = await run([...MANUAL, '--hardware', writeHardware(home, name)]);
    expect(done.code).toBe(0);
    const shown = [
      done,
      await run(['machines', 'list']),
      await run(['activations', 'list']),
      await run(['machines', 'show', name]),
    ];
    for (const { stdout, stderr } of shown) {
      expect(stdout + stderr).not.toMatch(/[\u001b\u0007\r\u202e]/);
    }
    const [machine] = await answer<Json[]>(run, ['machines', 'list']);
    expect(machine?.['name']).toBe(name);
    const csv = (await ok(run, ['machines', 'list', '-o', 'csv'])).stdout.split('\r\n');
    expect(csv).toHaveLength(3);
    await expectSound(run);
  });

  test('a formula as a name is no formula in CSV', async () => {
    const { run } = await withKeys(5);
    await activate(run, '--machine', '=HYPERLINK("x")');
    expect((await ok(run, ['activations', 'list', '-o', 'csv'])).stdout).toContain(`"'=HYPERLINK(""x"")"`);
  });
});

describe('what is pending', () => {
  test('is continued by the same command: the same activation, nothing counted again', async () => {
    const { run } = await withKeys(1);
    const first = await activate(run, ...PC);
    const again = await activate(run, ...PC);
    expect(again).toMatchObject({
      activationId: first['activationId'],
      delta: 0,
      used: 1,
      pending: 1,
      status: 'pending',
    });
    expect(again['reasons']).toContain('continues pending');
    expect(await answer<Json[]>(run, ['activations', 'list'])).toHaveLength(1);
  });

  test('another name of its machine is recorded, once', async () => {
    const { home, run } = await withKeys(5);
    const first = await activate(run, ...PC);
    const renamed = JSON.parse(await readText(hardwareFile('pc-17')));
    writeFileSync(join(home, 'renamed.json'), JSON.stringify({ ...renamed, machine: 'pc-99' }));
    const again = await activate(run, '--hardware', join(home, 'renamed.json'));
    expect(again).toMatchObject({ activationId: first['activationId'], machine: 'pc-99', delta: 0 });
    expect(again['reasons']).toContain('renamed: it was pc-17');
    const [machine] = await answer<Json[]>(run, ['machines', 'list']);
    expect(machine).toMatchObject({ name: 'pc-99', formerNames: ['pc-17'] });
    const once = await activate(run, '--hardware', join(home, 'renamed.json'));
    expect(String(once['reasons'])).not.toContain('renamed');
    expect(await answer<Json[]>(run, ['activations', 'list', '--machine', 'pc-99'])).toHaveLength(1);
    expect(await numbers(run)).toMatchObject({ used: 1, pending: 1 });
    await expectSound(run);
  });

  test('and that its machine is in use again', async () => {
    const { run } = await withKeys(5);
    await activate(run, ...PC);
    await ok(run, ['machines', 'retire', 'pc-17', '--reason', 'sold']);
    const back = await run([...MANUAL, ...PC]);
    expect(back.stderr).toContain('continues pending');
    expect(back.stderr).toContain('it is in use again');
    expect(await answer<Json[]>(run, ['machines', 'list'])).toMatchObject([{ retiredOn: null }]);
    await expectSound(run);
  });

  test('stays as it was begun, and what is not applied is told', async () => {
    const { run } = await withKeys(5);
    const { activationId } = await activate(run, ...PC);
    const because = ['--assume', 'unchanged', '--reason', 'asked the admin', '--purpose', 'training'];
    const script = ['--via', 'script', '--out-file', '-'];
    const done = await ok(run, ['activate', PRODUCT, '--yes', ...PC, ...script, ...because]);
    expect(done.stderr).toContain(
      `warning: Not applied: --assume unchanged, --reason, --purpose training. The pending activation ${activationId} is continued as it was begun.\n`,
    );
    expect(done.stderr).toContain(
      `warning: The ledger keeps that ${activationId} was begun with --via manual; --via script is not recorded.\n`,
    );
    const [row] = await answer<Json[]>(run, ['activations', 'list']);
    expect(row).toMatchObject({ assumed: false, reason: null, purpose: 'internal', via: 'manual' });
  });

  test('the same command again says nothing of the kind', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    const same = [...MANUAL, ...PC, '--assume', 'changed', '--reason', 'new board'];
    await ok(run, same);
    for (const args of [same, ['activate', PRODUCT, ...PC, '--dry-run']]) {
      const { stderr } = await ok(run, args);
      expect(stderr).toContain('continues pending');
      expect(stderr).not.toMatch(/Not applied|not recorded/);
    }
  });

  test('is reserved once more with --assume new', async () => {
    const { run } = await withKeys(5);
    const first = await activate(run, ...PC);
    const other = await activate(run, '--machine', 'pc-17', '--assume', 'new', '--reason', 'replaced');
    expect(other['activationId']).not.toBe(first['activationId']);
    expect(other).toMatchObject({ delta: 1, used: 2, pending: 2 });
  });

  test('is no history: after a failure the machine is new again', async () => {
    const { run } = await withKeys(5);
    await settle(run, await activate(run, ...PC), '--failed', '0xC004C003');
    expect(await activate(run, ...PC)).toMatchObject({ scenario: 'new-machine', delta: 1, used: 1 });
  });
});

describe('--assume', () => {
  test('needs a reason', async () => {
    const { run } = await withKeys(5);
    const error = await failure(run, [...MANUAL, '--machine', 'a', '--assume', 'new'], 2);
    expect(error.message).toBe('--assume needs a reason.');
  });

  test.each([
    ['unchanged', 'same-machine-unchanged', 0],
    ['changed', 'same-machine-changed', 1],
  ])('%s is taken at its word, and marked', async (assume, scenario, delta) => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    const done = await activate(run, '--machine', 'pc-17', '--assume', assume, '--reason', 'asked the admin');
    expect(done).toMatchObject({ scenario, delta, assumed: true });
    const [row] = await answer<Json[]>(run, ['activations', 'list', '--limit', '1']);
    expect(row).toMatchObject({ assumed: true, reason: 'asked the admin', scenario });
  });

  test('with a file: the machine is known by it, whatever its name, and the file is recorded', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    const because = ['--assume', 'unchanged', '--reason', 'asked the admin'];
    const done = await activate(run, '--machine', 'renamed', ...PC, ...because);
    expect(done).toMatchObject({ scenario: 'same-machine-unchanged', delta: 0, assumed: true });
    expect(done['reasons']).toContain('renamed: it was pc-17');
    const [, row] = await answer<Json[]>(run, ['activations', 'list', '--limit', '2']);
    const shown = await answer<Json>(run, ['activations', 'show', String(row?.['activationId'])]);
    expect(JSON.stringify(shown['events'])).toContain('"baseboardSerial"');
    await expectSound(run);
  });

  test('new on a known name begins a new machine and retires the old one as replaced', async () => {
    const { run } = await withKeys(5);
    await activated(run, ...PC);
    const done = await activate(
      run,
      '--machine',
      'pc-17',
      '--assume',
      'new',
      '--reason',
      'new device, old name',
    );
    expect(done).toMatchObject({ scenario: 'new-machine', delta: 1, used: 2, assumed: true });
    expect(done['reasons']).toContain('replaces the machine known as pc-17');
    const machines = await answer<Json[]>(run, ['machines', 'list']);
    expect(machines.map((machine) => machine['retiredOn'] === null)).toEqual(
      expect.arrayContaining([true, false]),
    );
    await expectSound(run);
  });
});

test('a machine that is only assumed to be known is told on stderr', async () => {
  const { run } = await withKeys(5);
  const because = ['--assume', 'unchanged', '--reason', 'older than this ledger'];
  const done = await ok(run, [...MANUAL, '--machine', 'never-seen', ...because]);
  expect(done.stderr).toMatch(/^warning: This ledger knows no activation of key .+ on never-seen: /m);
  expect(done.stderr).toContain('this ledger knows no activation of this key on this machine');
});

describe('purpose', () => {
  test.each(['demonstration', 'training'])('%s warns, needs a yes, and is recorded', async (purpose) => {
    const { run } = await withKeys(5);
    const asked = ['activate', PRODUCT, '--via', 'manual', ...PC, '--purpose', purpose];
    expect((await failure(run, asked, 2)).code).toBe('CONFIRMATION_REQUIRED');
    const done = await run([...asked, '--yes']);
    expect(done.code).toBe(0);
    expect(done.stderr).toContain(
      `Copies used for ${purpose} should not be activated at all, Microsoft says.`,
    );
    const [row] = await answer<Json[]>(run, ['activations', 'list']);
    expect(row).toMatchObject({ purpose });
  });
});

describe('confirmation', () => {
  test('what counts needs --yes where nobody can be asked; what costs nothing does not', async () => {
    const { run } = await withKeys(5);
    const bare = ['activate', PRODUCT, '--via', 'manual', ...PC];
    const error = await failure(run, bare, 2);
    expect(error.code).toBe('CONFIRMATION_REQUIRED');
    expect(`${error.message} ${error.hint}`).toContain('--yes');
    expect(await numbers(run)).toMatchObject({ used: 0 });
    await activated(run, ...PC);
    expect(await answer(run, bare)).toMatchObject({ delta: 0 });
  });

  test('a dry run says what it costs and changes nothing', async () => {
    const { run } = await withKeys(5);
    const before = await answer(run, ['activations', 'verify']);
    const planned = await answer(run, ['activate', PRODUCT, ...PC, '--dry-run']);
    expect(planned).toMatchObject({ activationId: null, status: 'planned', delta: 1, used: 1, remaining: 4 });
    expect(await answer(run, ['activations', 'verify'])).toEqual(before);
    expect(await answer(run, ['machines', 'list'])).toEqual([]);
  });

  test('at the limit, what is pending is named: it could be settled', async () => {
    const { run } = await withKeys(1);
    const { activationId } = await activate(run, ...PC);
    const { hint } = await failure(run, [...MANUAL, '--machine', 'pc-18'], 5);
    expect(hint).toContain(`Pending: ${activationId} on pc-17.`);
  });

  test('what is pending is looked for among the newest 200 of the product, and no further', async () => {
    const { home, run } = await withKeys(1, 500);
    const [full, other] = [LAST5(0), LAST5(1)];
    const { activationId } = await activate(run, '--machine', 'first', '--key', full);
    const refused = async () =>
      (await failure(run, [...MANUAL, '--machine', 'second', '--key', full], 5)).details;
    await reserveMany(home, 199);
    expect(await refused()).toMatchObject({ pending: [activationId] });
    await activate(run, '--machine', 'last', '--key', other);
    expect(await refused()).toMatchObject({ pending: [] });
  });

  test('a dry run at the limit is refused as the real one is', async () => {
    const { run } = await withKeys(0);
    expect((await failure(run, ['activate', PRODUCT, ...PC, '--dry-run'], 5)).code).toBe(
      'ACTIVATION_LIMIT_REACHED',
    );
  });
});

describe('an answer that cannot be written', () => {
  const full = () =>
    new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    });

  test.each([
    ['a file for standard output', ['--via', 'script', '--out-file', '-']],
    ['the record', ['--via', 'manual']],
  ])('%s: what was reserved is told, and the same command continues it', async (_, via) => {
    const { run } = await withKeys(5);
    const args = ['activate', PRODUCT, ...PC, '--yes', ...via];
    const done = await run([...args, '-o', 'json'], { stdout: full() });
    expect(done.code).toBe(6);
    const [reserved] = await answer<Json[]>(run, ['activations', 'list']);
    const { error } = JSON.parse(done.stderr.split('\n').find((line) => line.startsWith('{')) ?? '');
    expect(error.message).toContain(`The activation ${reserved?.['activationId']} is reserved and counted.`);
    expect(error.hint).toContain('The same command again continues it');
    expect(error.details).toMatchObject({
      systemCode: 'ENOSPC',
      activationId: reserved?.['activationId'],
      status: 'pending',
    });
    await ok(run, args);
    expect(await answer<Json[]>(run, ['activations', 'list'])).toHaveLength(1);
  });
});

describe('a refund that --yes gives up', () => {
  const REFUND =
    /^warning: The offer solutions-partner:core can be refunded until .+ given up with this key\.$/m;

  async function justBought() {
    const { run } = inProcess();
    const rows = grid([['Office Professional Plus 2019', 'Solutions Partner - Core', '10', dayFromNow(90)]]);
    await ok(run, ['import', '-'], { stdin: rows });
    await importKeys(run, [5]);
    await ok(run, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-3)]);
    return run;
  }

  test('is told by whatever takes the key out, once', async () => {
    const run = await justBought();
    const first = await ok(run, ['activate', PRODUCT, ...PC, '--via', 'script', '--out-file', '-', '--yes']);
    expect(first.stderr).toMatch(REFUND);
    // It is gone now, so there is nothing to tell.
    expect((await ok(run, ['key', PRODUCT, '--yes'])).stderr).not.toMatch(REFUND);
  });

  test('is told where the key is shown', async () => {
    const run = await justBought();
    const { stdout, stderr } = await ok(run, ['key', PRODUCT, '--yes']);
    expect(stdout).toBe(`${madeUpKey(0)}\n`);
    expect(stderr).toMatch(REFUND);
  });
});

describe('benefits that have ended (T11)', () => {
  const past = async (days: number) => {
    const made = inProcess();
    await ok(made.run, ['import', '-'], {
      stdin: grid([
        ['Microsoft Office Professional Plus 2019', 'MAPS - Core', '10 activations', dayFromNow(days)],
      ]),
    });
    await importKeys(made.run, [5]);
    return made;
  };

  test('all past activate-by: exit 2 without a reason, and with one it is recorded', async () => {
    const { run } = await past(-3);
    const error = await failure(run, [...MANUAL, ...PC], 2);
    expect(error.hint).toContain('--reason');
    expect(await numbers(run)).toMatchObject({ used: 0 });
    expect(await activate(run, ...PC, '--reason', 'extended by support')).toMatchObject({ delta: 1 });
    const [row] = await answer<Json[]>(run, ['activations', 'list']);
    expect(row).toMatchObject({ reason: 'extended by support' });
  });

  test('lapsed with its offer: the same', async () => {
    const { run } = await past(300);
    await ok(run, ['offer', 'set', 'action-pack:core', '--purchased', dayFromNow(-400)]);
    expect((await failure(run, [...MANUAL, ...PC], 2)).message).toContain(
      'passed its activate-by or lapse date',
    );
  });

  describe('by the end of their program, whatever the portal lists', () => {
    const ENDED =
      'warning: All entitlements to this product are of programs that have ended: the benefits of Microsoft Action Pack lasted until 2026-02-20 at the latest.';

    async function costs(day: string, ...sources: readonly string[]) {
      const { run } = inProcess({ now: () => new Date(`${day}T12:00:00Z`) });
      const name = 'Microsoft Office Professional Plus 2019';
      const rows = sources.map((source) => [name, source, '10 activations', '2027-06-30'] as const);
      await ok(run, ['import', '-'], { stdin: grid(rows) });
      await importKeys(run, [5]);
      return run([...MANUAL, '--machine', 'pc-17']);
    }

    test('a warning before it is counted, which changes nothing', async () => {
      const done = await costs('2026-02-22', 'MAPS - Core', 'MAPS - Core');
      expect(done).toMatchObject({ code: 0, stdout: expect.stringContaining('1 of 5') });
      expect(done.stderr.split('\n')).toContain(ENDED);
    });

    test.each([
      ['on the last possible day', '2026-02-20', ['MAPS - Core']],
      [
        'with an entitlement of a program that goes on',
        '2026-02-22',
        ['MAPS - Core', 'Solutions Partner - Core'],
      ],
      ['with one of no known program', '2026-02-22', ['MAPS - Core', '']],
      ['for a sample', '2026-02-22', ['MAPS - Core (sample)']],
    ])('no warning %s', async (_, day, sources) => {
      expect((await costs(day, ...sources)).stderr).not.toContain('have ended');
    });
  });

  test('until the day itself nothing is asked', async () => {
    const { run } = await past(0);
    expect(await activate(run, ...PC)).toMatchObject({ delta: 1 });
  });
});

describe('what is not counted', () => {
  test.each([
    ['a CAL (S7)', 'ws-cal-2019'],
    ['a server application', 'exchange-standard-2019'],
  ])('%s needs no activation: explained, exit 0, nothing recorded', async (_, product) => {
    const { run } = await withKeys(5);
    const done = await answer(run, ['activate', product, '--machine', 'srv-01']);
    expect(done).toMatchObject({ status: 'not-needed', activationId: null, delta: 0, used: 0 });
    expect(String(done['reasons'])).not.toBe('');
    expect(await answer(run, ['activations', 'list'])).toEqual([]);
    expect(await answer(run, ['machines', 'list'])).toEqual([]);
  });

  test('a static key', async () => {
    const { run } = inProcess();
    await ok(run, ['import', 'key', PRODUCT, '--type', 'static'], { stdin: `${madeUpKey(7)}\n` });
    const done = await answer(run, ['activate', PRODUCT, '--via', 'manual', '--yes', ...PC]);
    expect(done).toMatchObject({ status: 'not-needed', keyLast5: LAST5(7) });
    const [row] = await answer<Json[]>(run, ['usage', PRODUCT]);
    expect(row).toMatchObject({ used: 0 });
    expect(await answer(run, ['activations', 'list'])).toEqual([]);
  });
});

describe('the hardware file', () => {
  test('of another machine than is named: it is used, and told whose it is', async () => {
    const { run } = await withKeys(5);
    const told = async (machine: string) => (await run([...MANUAL, ...PC, '--machine', machine])).stderr;
    const warning = `warning: ${hardwareFile('pc-17')} is the hardware of pc-17, not of srv-50.\n`;
    expect(await told('srv-50')).toContain(warning);
    expect(await told('srv-51')).toContain('of pc-17, not of srv-51.');
    expect(await told('PC-17.corp.example')).not.toContain('is the hardware of');
    expect(await numbers(run)).toMatchObject({ used: 1 });
  });

  const readable: [string, (json: string) => Uint8Array][] = [
    ['UTF-8', (json) => Buffer.from(json)],
    ['UTF-8 with a byte order mark', (json) => Buffer.from(`\ufeff${json}`)],
    ['UTF-16, as the redirection of PowerShell writes it', (json) => Buffer.from(`\ufeff${json}`, 'utf16le')],
    ['UTF-16 the other way round', (json) => Buffer.from(`\ufeff${json}`, 'utf16le').swap16()],
  ];
  test.each(readable)('in %s', async (_, encode) => {
    const { home, run } = await withKeys(5);
    writeFileSync(join(home, 'hw.json'), encode(await readText(hardwareFile('pc-17'))));
    expect(await activate(run, '--hardware', join(home, 'hw.json'))).toMatchObject({ machine: 'pc-17' });
  });

  test.each([
    ['not there', undefined, 2],
    ['not JSON', 'hello', 8],
    ['of another kind', '{"schema":"other"}', 8],
    ['cut', '{"schema":"mpn-benefits/hardware/1","mach', 8],
  ])('%s: nothing is counted', async (_, content, exitCode) => {
    const { home, run } = await withKeys(5);
    if (content !== undefined) writeFileSync(join(home, 'hw.json'), content);
    await failure(run, [...MANUAL, '--hardware', join(home, 'hw.json')], exitCode);
    expect(await numbers(run)).toMatchObject({ used: 0 });
  });
});

async function readText(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  return readFile(file, 'utf8');
}
