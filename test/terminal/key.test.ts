import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder, VAULT_KEY } from '../helpers/cli.ts';
import { KEYS, open, type Pty } from '../helpers/pty.ts';
import { runProgram } from '../helpers/warm.ts';
import { accessLog, expectNoKey, OFFICE, OFFICE_KEY, storeKey } from '../process/key-world.ts';
import { answer, dayFromNow, grid, ok, type Runner } from '../process/support.ts';

const SLOW = 30_000;

interface World {
  readonly home: string;
  readonly run: Runner;
  readonly terminal: (args: readonly string[], env?: Record<string, string>) => Pty;
}

function world(): World {
  const home = temporaryFolder();
  return {
    home,
    run: (args, options) => runProgram(home, args, options),
    terminal: (args, env = {}) =>
      open(process.execPath, [PROGRAM, ...args], {
        env: { ...cleanEnvironment(home), ...env },
        cwd: home,
        cols: 220,
      }),
  };
}

/** Office, bought three days ago: the first look at its key ends the chance of a refund. */
async function justBought(): Promise<World> {
  const made = world();
  const rows = grid([['Office Professional Plus 2019', 'Solutions Partner - Core', '10', '12/31/2031']]);
  await ok(made.run, ['import', '-'], { stdin: rows });
  await storeKey(made.run, OFFICE, OFFICE_KEY, ['--type', 'mak']);
  await ok(made.run, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-3)]);
  return made;
}

describe('the refund is asked about on a terminal', { timeout: 120_000 }, () => {
  test('yes gives the key; from then on nobody is asked', async () => {
    const { home, terminal } = await justBought();
    const first = terminal(['key', OFFICE]);
    await first.waitFor(/can be refunded until [\s\S]*Take the key out\? \(y\/N\)/, SLOW);
    expect(accessLog(home)).toEqual([]);
    expectNoKey(first.raw());
    first.type('y');
    await first.waitFor(/\(y\/N\) y/, SLOW);
    first.type(KEYS.enter);
    expect((await first.exit).exitCode).toBe(0);
    expect(first.screen()).toContain(OFFICE_KEY);
    expect(accessLog(home)).toHaveLength(1);
    const second = terminal(['key', OFFICE]);
    expect((await second.exit).exitCode).toBe(0);
    expect(second.screen()).toBe(OFFICE_KEY);
    const third = terminal(['key', 'office']);
    expect((await third.exit).exitCode).toBe(0);
    expect(third.screen()).toMatch(new RegExp(`^Key …[0-9B-Z]{5} \\(mak\\) of .*Office.*:\n${OFFICE_KEY}$`));
  });

  test.each([
    ['Enter alone', KEYS.enter],
    ['Escape', KEYS.escape],
    ['Ctrl-C', KEYS.ctrlC],
  ])('%s reveals nothing: exit 130', async (_, key) => {
    const { home, terminal } = await justBought();
    const pty = terminal(['key', OFFICE]);
    await pty.waitFor(/\(y\/N\)/, SLOW);
    pty.type(key);
    expect((await pty.exit).exitCode).toBe(130);
    expectNoKey(pty.raw());
    expect(accessLog(home)).toEqual([]);
  });

  test('run asks before its program starts; --yes, CI and --no-input do not ask', async () => {
    const { home, run, terminal } = await justBought();
    const args = ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', 'echo started'];
    const pty = terminal(args);
    await pty.waitFor(/\(y\/N\)/, SLOW);
    expect(pty.screen()).not.toContain('started');
    pty.type(KEYS.escape);
    expect((await pty.exit).exitCode).toBe(130);
    for (const silent of [terminal(['--no-input', ...args]), terminal(args, { CI: 'true' })]) {
      expect((await silent.exit).exitCode).toBe(2);
      expect(silent.screen()).toContain('--yes');
      expect(silent.screen()).not.toContain('started');
    }
    expect(await answer(run, ['key', '--history'])).toEqual([]);
    const yes = terminal(['--yes', ...args]);
    expect((await yes.exit).exitCode).toBe(0);
    expect(yes.screen()).toContain('started');
    expect(accessLog(home)).toHaveLength(1);
  });
});

describe('a program in run on a terminal', { timeout: 120_000 }, () => {
  test('has the terminal itself, unmasked; its keys work, and Ctrl-C reaches it once', async () => {
    const { run, terminal } = world();
    await storeKey(run, OFFICE, OFFICE_KEY);
    const script =
      'for fd in 0 1 2; do test -t $fd && echo "terminal $fd"; done; echo "<$K>"; trap "echo stopped; exit 5" INT; while :; do sleep 0.1; done';
    const pty = terminal(['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', script]);
    const screen = await pty.waitFor(/<.*>/, SLOW);
    expect(screen).toContain('terminal 0\nterminal 1\nterminal 2');
    expect(screen).toContain(`<${OFFICE_KEY}>`);
    pty.type(KEYS.ctrlC);
    expect((await pty.exit).exitCode).toBe(5);
    expect(pty.screen().match(/stopped/g)).toHaveLength(1);
  });
});

describe('secrets are typed unseen', { timeout: 120_000 }, () => {
  const PASSPHRASE = 'correct horse battery staple';

  async function typeHidden(pty: Pty, question: RegExp, text: string): Promise<void> {
    await pty.waitFor(question, SLOW);
    pty.type(text);
    pty.type(KEYS.enter);
  }

  test('profile export asks twice, profile import once', async () => {
    const { home, run, terminal } = world();
    await storeKey(run, OFFICE, OFFICE_KEY);
    const out = terminal(['profile', 'export', 'x.mpn']);
    await out.waitFor(/Passphrase/, SLOW);
    out.type(`short${KEYS.enter}`);
    await out.waitFor(/at least 12 characters/, SLOW);
    out.type(KEYS.ctrlU);
    await typeHidden(out, /Passphrase/, PASSPHRASE);
    await typeHidden(out, /Passphrase, once more/, PASSPHRASE);
    expect((await out.exit).exitCode).toBe(0);
    expect(out.screen()).toContain('Exported the profile default with 1 key');
    const back = terminal(['profile', 'import', 'x.mpn', '-p', 'back']);
    await typeHidden(back, /Passphrase/, PASSPHRASE);
    expect((await back.exit).exitCode).toBe(0);
    for (const { raw } of [out, back]) expect(raw()).not.toContain('horse');
    expect((await ok(run, ['-p', 'back', 'key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    expectNoKey(readFileSync(join(home, 'x.mpn'), 'latin1'));
  });

  test('something else the second time: nothing is written or recorded', async () => {
    const { home, run, terminal } = world();
    await storeKey(run, OFFICE, OFFICE_KEY);
    const pty = terminal(['profile', 'export', 'x.mpn']);
    await typeHidden(pty, /Passphrase/, PASSPHRASE);
    await typeHidden(pty, /once more/, `${PASSPHRASE}s`);
    expect((await pty.exit).exitCode).toBe(2);
    expect(() => readFileSync(join(home, 'x.mpn'))).toThrow('ENOENT');
    expect(accessLog(home)).toEqual([]);
  });

  test('vault rotate asks for the new key of the environment', async () => {
    const { run, terminal } = world();
    await storeKey(run, OFFICE, OFFICE_KEY);
    const next = Buffer.alloc(32, 8).toString('base64');
    const pty = terminal(['vault', 'rotate']);
    await typeHidden(pty, /New vault key/, next);
    expect((await pty.exit).exitCode).toBe(0);
    for (const key of [next, VAULT_KEY]) expect(pty.raw()).not.toContain(key);
    const env = { MPN_BENEFITS_VAULT_KEY: next };
    expect((await ok(run, ['key', OFFICE], { env })).stdout).toBe(`${OFFICE_KEY}\n`);
  });
});
