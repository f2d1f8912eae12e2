import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES } from '../../src/command-line/names.ts';
import { type Run, type RunOptions, runProgram, temporaryFolder } from '../helpers/cli.ts';

/** Runs of a user who has a home and no settings for Node. */
function user(env: RunOptions['env'] = {}) {
  const home = temporaryFolder();
  const run = (...args: readonly string[]): Promise<Run> =>
    runProgram(home, args, { env: { NODE_COMPILE_CACHE: undefined, ...env } });
  return { home, run };
}

const LIST = ['list', '-p', 'sandbox'] as const;

/** The file in which the command's compiled code is kept. */
function keptFor(folder: string, command: string): string {
  const [build = '', ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  return join(folder, build, `${command}.bin`);
}

const plain = ({ code, stdout, stderr }: Run): object => ({ code, stdout, stderr });

describe('what a command compiled is kept for its next run', () => {
  test('the first two leave a note, the next ones what they compiled, and all say the same', async () => {
    const { home, run } = user();
    const first = await run(...LIST);
    expect(first.code).toBe(0);
    const sizes: number[] = [];
    for (let again = 0; again < 5; again += 1) {
      sizes.push(statSync(keptFor(join(home, 'compiled'), 'list')).size);
      expect(plain(await run(...LIST))).toEqual(plain(first));
    }
    const [note = 0, files = 0, ...later] = sizes;
    expect(note).toBeLessThan(1_000);
    expect(files).toBeLessThan(2_000);
    for (const size of later) expect(size).toBeGreaterThan(50_000);
    const file = keptFor(join(home, 'compiled'), 'list');
    const before = statSync(file);
    await run(...LIST);
    expect(statSync(file).mtimeMs).toBe(before.mtimeMs);
    expect(before.mode & 0o777).toBe(0o600);
  });

  test('another format adds what it loads', async () => {
    const { home, run } = user();
    for (let again = 0; again < 4; again += 1) await run(...LIST);
    const file = keptFor(join(home, 'compiled'), 'list');
    const before = statSync(file).size;
    const yaml = await run(...LIST, '-o', 'yaml');
    expect(statSync(file).size).toBeGreaterThan(before);
    expect(plain(await run(...LIST, '-o', 'yaml'))).toEqual(plain(yaml));
  });

  test('a part of it lost: it is not used, and made anew', async () => {
    const { home, run } = user();
    const said = plain(await run(...LIST));
    for (let again = 0; again < 3; again += 1) await run(...LIST);
    const file = keptFor(join(home, 'compiled'), 'list');
    const whole = statSync(file).size;
    writeFileSync(file, readFileSync(file).fill(0, 8_192, 12_288));
    for (let again = 0; again < 3; again += 1) expect(plain(await run(...LIST))).toEqual(said);
    expect(statSync(file).size).toBeGreaterThan(whole / 2);
  });

  test('what only the first runs needed is not kept with what every run needs', async () => {
    const { home, run } = user();
    for (let again = 0; again < 2; again += 1) await run(...LIST, '-o', 'yaml');
    const noted = readFileSync(keptFor(join(home, 'compiled'), 'list'), 'latin1');
    expect(noted).toContain('chunks/yaml.cjs');
    for (let again = 0; again < 3; again += 1) await run(...LIST);
    const file = keptFor(join(home, 'compiled'), 'list');
    expect(readFileSync(file, 'latin1')).not.toContain('chunks/yaml.cjs');
    expect(statSync(file).size).toBeGreaterThan(50_000);
  });

  test('many at once do not disturb each other', async () => {
    const { home, run } = user();
    const said = plain(await run(...LIST));
    for (const each of await Promise.all(Array.from({ length: 8 }, () => run(...LIST))))
      expect(plain(each)).toEqual(said);
    expect(plain(await run(...LIST))).toEqual(said);
    const folder = join(keptFor(join(home, 'compiled'), 'list'), '..');
    expect(readdirSync(folder)).toEqual(['list.bin']);
  });

  test('a child gets no part of it, and dynamic imports of Node work as before', async () => {
    const { run } = user();
    for (let again = 0; again < 3; again += 1) {
      const child = await run(
        'run',
        '-p',
        'sandbox',
        '--env',
        'K=office-2019',
        '--',
        'sh',
        '-c',
        'echo "$K"',
      );
      expect(child).toMatchObject({ code: 0, stderr: '' });
    }
  });
});

describe('nothing is kept', () => {
  test.each([
    ['help', ['--help'], 0],
    ['help of a command', ['list', '--help'], 0],
    ['help, the command', ['help', 'list'], 0],
    ['the version', ['--version'], 0],
    ['a wrong command', ['lst'], 2],
    ['a wrong option', ['list', '--wrong'], 2],
    ['a failure', ['show', 'nothing-of-this-name', '-p', 'sandbox'], 3],
  ])('%s', async (_, args, exit) => {
    const { home, run } = user();
    expect((await run(...args)).code).toBe(exit);
    expect(existsSync(join(home, 'compiled'))).toBe(false);
  });

  test("where Node's own cache is turned off", async () => {
    const { home, run } = user({ NODE_DISABLE_COMPILE_CACHE: '1' });
    await run(...LIST);
    expect(readdirSync(home)).toEqual(['profiles']);
  });

  test.skipIf(!existsSync('/proc/self'))('below a folder in which nothing can be made', async () => {
    const { run } = user({ MPN_BENEFITS_HOME: '/proc/nothing' });
    expect(await run('list')).toMatchObject({ code: 0, signal: null });
  });

  test('where it cannot be: the command does not mind', async () => {
    const { home, run } = user();
    writeFileSync(join(home, 'compiled'), '');
    expect(await run(...LIST)).toMatchObject({ code: 0, stderr: '' });
    const others = user();
    await others.run(...LIST);
    chmodSync(join(keptFor(join(others.home, 'compiled'), 'list'), '..'), 0o777);
    for (let again = 0; again < 2; again += 1)
      expect(await others.run(...LIST)).toMatchObject({ code: 0, stderr: '' });
    expect(statSync(keptFor(join(others.home, 'compiled'), 'list')).size).toBeLessThan(1_000);
  });
});

test("it is kept where Node's own is, if that is said; else in the platform's folder for such things", async () => {
  const cache = temporaryFolder();
  const { home, run } = user({ NODE_COMPILE_CACHE: cache });
  await run(...LIST);
  expect(existsSync(keptFor(join(cache, 'mpn-benefits'), 'list'))).toBe(true);
  expect(readdirSync(home)).toEqual(['profiles']);

  const platform = temporaryFolder();
  const own = user({ MPN_BENEFITS_HOME: undefined, XDG_CACHE_HOME: platform });
  await own.run(...LIST);
  if (process.platform === 'linux')
    expect(existsSync(keptFor(join(platform, 'mpn-benefits/compiled'), 'list'))).toBe(true);
});

test('the commands it knows are those of the help', async () => {
  const { stdout } = await user().run('--help');
  const listed = [...stdout.matchAll(/^ {2}([a-z]+)(?: |$)/gm)].map(([, name]) => name);
  expect(listed.filter((name) => name !== 'help')).toEqual([...COMMAND_NAMES]);
});
