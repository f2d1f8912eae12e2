import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, filesIn, fixture, grid, type Json, ok } from '../process/support.ts';

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program behind another one, with stdout to a file or pipe. */
async function behind(
  wrapper: readonly string[],
  home: string,
  args: readonly string[],
  { stdin = '', stdout = 'pipe' as 'pipe' | number } = {},
): Promise<Ended> {
  const [command = '', ...rest] = [...wrapper, process.execPath, PROGRAM, ...args];
  const child = spawn(command, rest, {
    env: cleanEnvironment(home),
    cwd: '/',
    stdio: ['pipe', stdout, 'pipe'],
  });
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    texts.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    texts.err += chunk;
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
  const [code] = await once(child, 'close');
  return { code, stdout: texts.out, stderr: texts.err };
}

/** Root ignores the rights of files unless it gives that power away. */
const ORDINARY =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : [];

const errorOf = ({ stderr }: Ended): Json => JSON.parse(stderr).error;

/** Hundreds of kilobytes: more than any of the small disks below takes. */
const LARGE = grid(
  Array.from({ length: 8000 }, (_, at) => [
    `Contoso ${at} ${'x'.repeat(60)}`,
    'MAPS - Core',
    '1 licenses',
    'Jan 1, 2040',
  ]),
);

describe('a home that cannot be written', () => {
  test('read-only from the start: writing is exit 6, reading an empty profile works', async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o500);
    for (const args of [
      ['import', fixture('keysexport-2018.xml')],
      ['profile', 'add', 'second'],
      ['config', 'set', 'output', 'json'],
      ['list', '-p', 'sandbox'],
    ]) {
      const done = await behind(ORDINARY, home, [...args, '-o', 'json']);
      expect([args, done.code, done.stdout]).toEqual([args, 6, '']);
      expect(errorOf(done)).toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        message: expect.stringContaining('access is denied'),
      });
    }
    expect(await behind(ORDINARY, home, ['list', '-o', 'json'])).toEqual({
      code: 0,
      stdout: '[]\n',
      stderr: '',
    });
    expect(filesIn(home)).toEqual([]);
  });

  test('read-only later: nothing is lost, nothing half-stored', async () => {
    const { home, run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    const before = await answer(run, ['list']);
    const folder = join(home, 'profiles/default');
    for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o400);
    chmodSync(folder, 0o500);
    const done = await behind(ORDINARY, home, ['import', fixture('keysexport-2018.xml'), '-o', 'json']);
    expect([done.code, done.stdout]).toEqual([6, '']);
    expect(errorOf(done)).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    chmodSync(folder, 0o700);
    for (const file of readdirSync(folder)) chmodSync(join(folder, file), 0o600);
    expect(await answer(run, ['list'])).toEqual(before);
  });

  test('no rights to look into it', async () => {
    const { home, run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    chmodSync(join(home, 'profiles'), 0o000);
    const done = await behind(ORDINARY, home, ['list', '-o', 'json']);
    chmodSync(join(home, 'profiles'), 0o700);
    expect([done.code, done.stdout]).toEqual([6, '']);
    expect(errorOf(done)).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test('a home, or a part of it, that is a file: exit 6, and the file is untouched', async () => {
    const { run } = newHome();
    for (const place of ['', 'profiles', 'profiles/default']) {
      const folder = temporaryFolder();
      const home = join(folder, 'home');
      mkdirSync(join(home, place, '..'), { recursive: true, mode: 0o700 });
      writeFileSync(join(home, place), 'a file');
      const env = { MPN_BENEFITS_HOME: home };
      expect(await failure(run, ['import', fixture('portal-grid.tsv')], 6, { env })).toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
      });
      expect(await failure(run, ['import', fixture('keysexport-2018.xml')], 6, { env })).toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
      });
      expect(readFileSync(join(home, place), 'utf8')).toBe('a file');
    }
  });
});

/** Ways in which a disk is too small: a limit on the size of files always, a small disk of its own where it may be made. */
interface SmallDisk {
  readonly name: string;
  readonly wrapper: readonly string[];
  readonly makeHome: () => string;
}

function mounted(options: string): string {
  const folder = temporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
  onTestFinished(() => void spawnSync('umount', ['-l', folder]));
  return folder;
}

const mayMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

const SMALL_DISKS: readonly SmallDisk[] = [
  {
    name: 'a limit on the size of files',
    wrapper: ['/bin/sh', '-c', 'ulimit -f 1000; exec "$@"', 'sh'],
    makeHome: temporaryFolder,
  },
  ...(mayMount ? [{ name: 'a full disk', wrapper: [], makeHome: () => mounted('size=900k,mode=700') }] : []),
];

describe.each(SMALL_DISKS)('$name', ({ wrapper, makeHome }) => {
  test('an import that does not fit is exit 6, stores nothing of it, and what was there stays', async () => {
    const home = makeHome();
    const { run } = newHome();
    const env = { MPN_BENEFITS_HOME: home };
    expect((await behind(wrapper, home, ['import', fixture('inventory.csv')])).code).toBe(0);
    const before = await answer(run, ['list'], { env });
    const done = await behind(wrapper, home, ['import', '-', '-o', 'json'], { stdin: LARGE });
    expect([done.code, done.stdout]).toEqual([6, '']);
    expect(errorOf(done)).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(home),
    });
    expect(await answer(run, ['list'], { env })).toEqual(before);
    expect((await behind(wrapper, home, ['import', fixture('keysexport-2018.xml')])).code).toBe(0);
  });

  test('a first import that does not fit leaves no data behind', async () => {
    const home = makeHome();
    const done = await behind(wrapper, home, ['import', '-', '-o', 'json'], { stdin: LARGE });
    expect(done.code).toBe(6);
    expect(await answer(newHome().run, ['list'], { env: { MPN_BENEFITS_HOME: home } })).toEqual([]);
  });
});

describe('output that cannot be written', () => {
  test('is exit 6 for a list and for a key', async () => {
    const { home, run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    for (const args of [
      ['list'],
      ['list', '-o', 'json'],
      ['show', 'Windows 11 Pro'],
      ['key', 'Windows 11 Pro'],
    ]) {
      const full = openSync('/dev/full', 'w');
      const done = await behind([], home, args, { stdout: full });
      expect([args, done.code]).toEqual([args, 6]);
      expect(done.stderr).toContain('The output cannot be written');
    }
  });
});
