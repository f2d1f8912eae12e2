import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';

/** Where the program itself is. */
const ROOT = join(import.meta.dirname, '../..');

const strace = spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Every file and socket that a run of Node asks the system for, found or not. */
function askedFor(args: readonly string[]): { readonly code: number | null; readonly calls: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-help-'));
  const home = join(folder, 'home');
  mkdirSync(join(home, 'profiles'), { recursive: true });
  const log = join(folder, 'calls');
  const env = cleanEnvironment(home, {
    MPN_BENEFITS_VAULT_KEY: undefined,
    NODE_COMPILE_CACHE: undefined,
    DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(home, 'bus')}`,
    XDG_RUNTIME_DIR: home,
  });
  const trace = ['-f', '-qq', '-s', '400', '-e', 'trace=%file,%network', '-o', log];
  const { status } = spawnSync('strace', [...trace, process.execPath, ...args], { env, stdio: 'ignore' });
  const calls = readFileSync(log, 'utf8').split('\n');
  rmSync(folder, { recursive: true });
  return { code: status, calls };
}

/** What calls name: paths, without the numbers of processes; and the families of sockets. */
function named(calls: readonly string[]): Set<string> {
  const what = calls.flatMap((call) => {
    if (call.includes('execve(')) return [];
    const socket = /\b(?:socket|connect|bind|sendto)\(.*?(AF_\w+)/.exec(call)?.[1];
    if (socket !== undefined) return [socket];
    return [...call.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, path = '']) => path);
  });
  return new Set(what.map((path) => path.replace(/\/proc\/\d+/, '/proc/self')));
}

describe.skipIf(!requires('strace', strace))('help and version', () => {
  /** What Node asks for by itself. */
  let bare: ReadonlySet<string>;
  beforeAll(() => {
    bare = named(askedFor(['-e', '0']).calls);
  });

  test.each([
    { args: [], exit: 0 },
    { args: ['--help'], exit: 0 },
    { args: ['--version'], exit: 0 },
    { args: ['list', '--help'], exit: 0 },
    { args: ['help', 'list'], exit: 0 },
    { args: ['lst'], exit: 2 },
  ])('$args: no keychain, no network, no file but the program’s own', ({ args, exit }) => {
    const { code, calls } = askedFor([PROGRAM, ...args]);
    expect(code).toBe(exit);
    const more = [...named(calls)].filter((path) => !bare.has(path));
    expect(more.some((path) => path.startsWith(join(ROOT, 'dist/')))).toBe(true);
    expect(more.filter((path) => !isOurs(path) && !isOfTheMachine(path))).toEqual([]);
  });
});

/** The program, and the folders that Node goes through to find it and a package.json above it. */
function isOurs(path: string): boolean {
  const folder = path.replace(/\/package\.json$/, '');
  return (
    ['bin', 'dist'].some((own) => `${path}/`.startsWith(join(ROOT, own, '/'))) ||
    `${ROOT}/`.startsWith(`${folder}/`)
  );
}

/** How many processors there are, what time it is, and whether the output goes nowhere. */
function isOfTheMachine(path: string): boolean {
  return (
    path === '/dev/null' ||
    path.startsWith('/sys/devices/system/cpu/') ||
    path.startsWith('/usr/share/zoneinfo/')
  );
}
