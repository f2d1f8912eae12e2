import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, type RunOptions, temporaryFolder } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';
import { newHome } from '../helpers/warm.ts';
import { failure, fixture, ok, picture, type Runner } from '../process/support.ts';

/** A careless shell: whatever a program leaves open is open to everybody. */
const CARELESS = ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, PROGRAM];

function carelessly(home: string, args: readonly string[], stdin = ''): void {
  execFileSync('/bin/sh', [...CARELESS, ...args], { env: cleanEnvironment(home), cwd: home, input: stdin });
}

/** What is open to others below a folder: path and mode. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => ({
      name,
      mode: statSync(join(folder, name)).mode & 0o777,
      isFolder: statSync(join(folder, name)).isDirectory(),
    }))
    .filter(({ mode, isFolder }) => mode !== (isFolder ? 0o700 : 0o600))
    .map(({ name, mode }) => `${name} ${mode.toString(8)}`);
}

describe('files are their owner’s alone, whatever the umask', () => {
  test('everything that any command creates: 0600 in folders 0700', () => {
    const folder = temporaryFolder();
    // A home that does not exist yet is ours to make.
    const home = join(folder, 'deep/home');
    mkdirSync(join(folder, 'deep'), { mode: 0o700 });
    const run = (args: readonly string[], stdin = ''): void => {
      execFileSync('/bin/sh', [...CARELESS, ...args], {
        env: cleanEnvironment(home),
        cwd: folder,
        input: stdin,
      });
    };
    run(['import', fixture('inventory.csv'), fixture('keysexport-2018.xml')]);
    run(['import', 'key', 'office-proplus-2019'], 'BCDFG-HJKMP-QRTVW-XY234-6789B');
    run(['key', 'Windows 11 Pro', '--out-file', join(home, 'key.txt')]);
    run(['list', '-p', 'sandbox']);
    run(['key', 'office-proplus-2019', '-p', 'sandbox']);
    run(['config', 'set', 'output', 'json']);
    run(['config', 'unset', 'output']);
    run(['profile', 'add', 'second']);
    expect(readdirSync(join(home, 'profiles')).sort()).toEqual(['default', 'sandbox', 'second']);
    expect(openToOthers(folder)).toEqual([]);
  });

  test('also in the middle of an import, with a transaction open, and after it was killed', async () => {
    const home = temporaryFolder();
    const child = spawn('/bin/sh', [...CARELESS, 'import', '-'], {
      env: cleanEnvironment(home),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const ended = once(child, 'exit');
    const database = join(home, 'profiles/default/benefits.db');
    const log = `${database}-wal`;
    // The reader waits for the rest, so the process stays in the middle for as long as we look.
    const rows = Array.from({ length: 20_000 }, (_, row) => `Contoso ${row},,${row}\n`);
    child.stdin.on('error', () => {});
    child.stdin.write(`Product,Key,Quantity\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789B,\n${rows.join('')}`);
    while (!existsSync(log)) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(openToOthers(home)).toEqual([]);
    child.kill('SIGKILL');
    await ended;
    expect(openToOthers(home)).toEqual([]);
    carelessly(home, ['import', fixture('inventory.csv')]);
    expect(openToOthers(home)).toEqual([]);
  });

  const strace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
  test.skipIf(!requires('strace', strace))(
    'from their first byte: no file is created open and closed afterwards',
    () => {
      const log = join(temporaryFolder(), 'calls');
      const trace = [
        '-f',
        '-qq',
        '-s',
        '300',
        '-e',
        'trace=open,openat,creat,mkdir,mkdirat,chmod,fchmod,fchmodat',
        '-o',
        log,
      ];
      const program = [process.execPath, PROGRAM];
      for (const args of [
        ['import', fixture('inventory.csv')],
        ['config', 'set', 'output', 'json'],
        ['list', '-p', 'sandbox'],
        ['profile', 'add', 'second'],
      ]) {
        const home = join(temporaryFolder(), 'home');
        execFileSync(
          '/bin/sh',
          ['-c', 'umask 000; exec "$@"', 'sh', 'strace', ...trace, ...program, ...args],
          {
            env: cleanEnvironment(home),
            stdio: 'ignore',
          },
        );
        const ours = readFileSync(log, 'utf8')
          .split('\n')
          .filter((call) => call.includes(home));
        const made = ours.filter((call) => /O_CREAT|mkdir|creat\(/.test(call) && !call.includes(' = -1 '));
        expect(made.length).toBeGreaterThan(0);
        // Opening what is there already passes a mode too, without a meaning: the first call for each path decides.
        const modes = new Map<string, string>();
        for (const call of made) {
          const [, path = call, mode = ''] = /"([^"]+)".*, 0?(\d{3,4})\) = /.exec(call) ?? [];
          if (!modes.has(path)) modes.set(path, mode);
        }
        expect([...modes].filter(([, mode]) => !['600', '700'].includes(mode))).toEqual([]);
        expect(ours.filter((call) => call.includes('chmod') && !call.includes(', 0600)'))).toEqual([]);
      }
    },
  );
});

const WRITING = ['import', fixture('keysexport-2018.xml')];

/** Moves something away and puts a link to it in its place. */
function replaceByLink(path: string, folder: string): string {
  const target = join(folder, 'elsewhere');
  renameSync(path, target);
  symlinkSync(target, path);
  return target;
}

describe('a symbolic link in the place of our own file or folder is refused', () => {
  const PLACES = ['', 'profiles', 'profiles/default', 'profiles/default/benefits.db', 'config.json'];
  const COMMANDS: readonly (readonly string[])[] = [
    ['list'],
    WRITING,
    ['config', 'set', 'output', 'json'],
    ['profile', 'add', 'third'],
  ];

  const settled = async (): Promise<{ home: string; outside: string; run: Runner }> => {
    const outside = temporaryFolder();
    const home = join(outside, 'home');
    mkdirSync(home, { mode: 0o700 });
    const { run: anywhere } = newHome();
    const run: Runner = (args, options: RunOptions = {}) =>
      anywhere(args, { ...options, env: { MPN_BENEFITS_HOME: home, ...options.env } });
    await ok(run, ['import', fixture('inventory.csv')]);
    await ok(run, ['config', 'set', 'locale', 'en-GB']);
    return { home, outside, run };
  };

  test.each(PLACES)('"%s" of the home: exit 6, its target untouched', async (place) => {
    const { home, outside, run } = await settled();
    const target = replaceByLink(join(home, place), outside);
    const before = statSync(target).isDirectory() ? picture(target) : readFileSync(target, 'base64');
    const touching = COMMANDS.filter(([name]) => {
      if (place === 'config.json') return true;
      return place === '' || place === 'profiles' || name === 'list' || name === 'import';
    }).filter(([name]) => place === '' || place === 'config.json' || name !== 'config');
    for (const args of touching) {
      const error = await failure(run, args, 6);
      expect(error.code).toBe('STORAGE_UNAVAILABLE');
      expect(error.message).toMatch(/symbolic link/);
    }
    expect(statSync(target).isDirectory() ? picture(target) : readFileSync(target, 'base64')).toEqual(before);
  });

  test.each(['-wal', '-shm', '-journal'])('the database’s %s: exit 6, its target untouched', async (side) => {
    const { home, outside, run } = await settled();
    const target = join(outside, 'elsewhere');
    writeFileSync(target, 'somebody else’s');
    symlinkSync(target, join(home, `profiles/default/benefits.db${side}`));
    for (const args of [['list'], WRITING])
      expect((await failure(run, args, 6)).message).toMatch(/symbolic link/);
    expect(readFileSync(target, 'utf8')).toBe('somebody else’s');
  });

  test('a link that leads nowhere is refused too, and nothing appears at its end', async () => {
    for (const place of ['profiles', 'profiles/default', 'profiles/default/benefits.db', 'config.json']) {
      const { home, run } = newHome();
      const nowhere = join(temporaryFolder(), 'nowhere');
      mkdirSync(join(home, place, '..'), { recursive: true, mode: 0o700 });
      symlinkSync(nowhere, join(home, place));
      for (const args of [['list'], WRITING])
        expect((await failure(run, args, 6)).code).toBe('STORAGE_UNAVAILABLE');
      expect(existsSync(nowhere)).toBe(false);
    }
  });

  test('the sandbox’s vault key, and the file of --out-file', async () => {
    const { home, run } = newHome();
    const target = join(temporaryFolder(), 'target');
    writeFileSync(target, 'somebody else’s');
    mkdirSync(join(home, 'profiles/sandbox'), { recursive: true, mode: 0o700 });
    symlinkSync(target, join(home, 'profiles/sandbox/vault-key'));
    expect((await run(['key', 'office-proplus-2019', '-p', 'sandbox'])).code).not.toBe(0);
    await ok(run, ['import', fixture('inventory.csv')]);
    symlinkSync(target, join(home, 'key.txt'));
    for (const more of [[], ['--yes']]) {
      const done = await run(['key', 'Windows 11 Pro', '--out-file', join(home, 'key.txt'), ...more]);
      if (done.code === 0) expect(lstatSync(join(home, 'key.txt')).isSymbolicLink()).toBe(false);
      expect(readFileSync(target, 'utf8')).toBe('somebody else’s');
    }
  });
});
