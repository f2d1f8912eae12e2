import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';
import { newHome } from '../helpers/warm.ts';
import { filesIn, ok, type Runner } from './support.ts';

/** Commands that a help screen names, found by reading it: a new command is pinned without touching this file. */
function commandsIn(help: string): string[] {
  const listed = help.split('\nCommands:\n')[1] ?? '';
  return [...listed.matchAll(/^ {2}([a-z-]+)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
}

async function allScreens(run: Runner): Promise<Map<string, string>> {
  const screens = new Map<string, string>();
  const visit = async (path: readonly string[]): Promise<void> => {
    const help = (await ok(run, [...path, '--help'])).stdout;
    screens.set(['mpn-benefits', ...path].join(' '), help);
    await Promise.all(commandsIn(help).map((name) => visit([...path, name])));
  };
  await visit([]);
  return screens;
}

describe('help', { timeout: 180_000 }, () => {
  test('every screen is as it was when somebody last looked at it', async () => {
    const { home, run } = newHome();
    const screens = await allScreens(run);
    for (const name of [
      'import',
      'import key',
      'list',
      'show',
      'key',
      'run',
      'offer set',
      'profile remove',
      'config path',
    ]) {
      expect([...screens.keys()]).toContain(`mpn-benefits ${name}`);
    }
    for (const [name, screen] of screens) {
      await expect(screen).toMatchFileSnapshot(`help/${name.replaceAll(' ', '-')}.txt`);
    }
    expect(filesIn(home)).toEqual([]);
  });

  test('the program alone begins with what a first-time user needs', async () => {
    const { run } = newHome();
    const { stdout } = await ok(run, []);
    await expect(stdout).toMatchFileSnapshot('help/first-steps.txt');
    expect(stdout).toContain('mpn-benefits list -p sandbox');
  });

  test('help is an answer: the same by every way, on stdout', async () => {
    const { run } = newHome();
    const [option, short, command] = await Promise.all([
      ok(run, ['list', '--help']),
      ok(run, ['list', '-h']),
      ok(run, ['help', 'list']),
    ]);
    expect(short.stdout).toBe(option.stdout);
    expect(command.stdout).toBe(option.stdout);
    expect([option, short, command].map(({ stderr }) => stderr)).toEqual(['', '', '']);
    expect((await ok(run, ['profile'])).stdout).toBe((await ok(run, ['profile', '--help'])).stdout);
  });

  test('the version is that of the package', async () => {
    const { run } = newHome();
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const option of ['--version', '-V']) expect((await ok(run, [option])).stdout).toBe(`${version}\n`);
  });
});

const QUIET = [[], ['--help'], ['--version'], ['help', 'key'], ['key', '--help'], ['lst']];

describe('help and version open nothing', () => {
  test.each(QUIET.map((args) => ({ args })))('no keychain and no network: $args', async ({ args }) => {
    const folder = temporaryFolder();
    const socket = join(folder, 'bus');
    let asked = 0;
    const bus = createServer((connection) => {
      asked += 1;
      connection.destroy();
    });
    await new Promise<void>((resolve) => bus.listen(socket, resolve));
    try {
      const { run } = newHome();
      const env = {
        DBUS_SESSION_BUS_ADDRESS: `unix:path=${socket}`,
        XDG_RUNTIME_DIR: folder,
        MPN_BENEFITS_VAULT_KEY: undefined,
      };
      expect((await run(args, { env })).code).toBe(args[0] === 'lst' ? 2 : 0);
      expect(asked).toBe(0);
    } finally {
      await new Promise((resolve) => bus.close(resolve));
    }
  });

  const strace =
    spawnSync('strace', ['-V']).status === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
  test.skipIf(!requires('strace', strace)).each(QUIET.map((args) => ({ args })))(
    'no file of ours is looked for: $args',
    ({ args }) => {
      const home = temporaryFolder();
      mkdirSync(join(home, 'profiles'));
      const log = join(temporaryFolder(), 'calls');
      const traced = [
        '-f',
        '-qq',
        '-e',
        'trace=%file,%network',
        '-o',
        log,
        process.execPath,
        PROGRAM,
        ...args,
      ];
      try {
        execFileSync('strace', traced, {
          env: cleanEnvironment(home, { HOME: '/nowhere' }),
          stdio: 'ignore',
        });
      } catch (error) {
        if (args[0] !== 'lst') throw error;
      }
      const calls = readFileSync(log, 'utf8').split('\n');
      expect(calls.length).toBeGreaterThan(10);
      expect(calls.filter((call) => call.includes(home))).toEqual([]);
      expect(calls.filter((call) => /\bconnect\(|AF_INET|keyring|\.node"/.test(call))).toEqual([]);
    },
  );
});
