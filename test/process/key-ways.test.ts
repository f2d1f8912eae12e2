import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram } from '../helpers/cli.ts';
import { requires } from '../helpers/requires.ts';
import { accessLog, expectNoKey, keyHome, LAST, OFFICE, OFFICE_KEY, SERVER, spellings } from './key-world.ts';
import { answer, filesIn, ok, type Runner } from './support.ts';

const has = (command: string): boolean => spawnSync('which', [command]).status === 0;

describe('an output that nobody reads', () => {
  test.each([
    ['a pipe whose reader has gone', '{ sleep 0.2; "$@"; echo $? >&2; } | true'],
    ['a full disk', '"$@" >/dev/full'],
  ])('%s: a failure, and an entry in the log', async (name, script) => {
    const { home } = await keyHome();
    const command = ['sh', process.execPath, PROGRAM, 'key', OFFICE];
    const done = spawnSync('sh', ['-c', script, ...command], {
      env: cleanEnvironment(home),
      encoding: 'utf8',
    });
    const code = name.includes('pipe') ? Number(done.stderr.trim().split('\n').at(-1)) : done.status;
    expect(code).toBe(6);
    expectNoKey(done.stdout + done.stderr);
    expect(accessLog(home)).toHaveLength(1);
  });
});

describe('many processes at once', () => {
  test('100 of them all get the key, and leave 100 entries in one sound chain', async () => {
    const { home } = await keyHome();
    const run: Runner = (args) => runProgram(home, args);
    const seen: string[] = [];
    let left = 100;
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const purpose = `run ${left}`;
        const done = await run(['key', OFFICE, '--purpose', purpose]);
        expect([done.code, done.stderr]).toEqual([0, '']);
        expect(done.stdout).toBe(`${OFFICE_KEY}\n`);
        seen.push(purpose);
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    const log = accessLog(home);
    expect(log.map(({ purpose }) => purpose).sort()).toEqual(seen.sort());
    expect(log.map(({ seq }) => seq)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
  }, 180_000);
});

describe('--copy without a clipboard', () => {
  test.each([
    ['no screen', {}, 'no desktop is connected'],
    ['no program', { DISPLAY: ':99', PATH: '/nonexistent' }, 'No program for the clipboard'],
  ])('%s: exit 6 before anything is revealed', async (_, env, message) => {
    const { home, run } = await keyHome();
    const done = await run(['key', OFFICE, '--copy'], { env: { ...env, MPN_BENEFITS_OUTPUT: 'json' } });
    expect([done.code, done.stdout]).toEqual([6, '']);
    expect(done.error()).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining(message) });
    expect(accessLog(home)).toEqual([]);
  });

  test('a screen that does not answer: exit 6, and the key is nowhere', async () => {
    if (!has('xclip')) return expect(requires('xclip', false)).toBe(false);
    const { run } = await keyHome();
    const done = await run(['key', OFFICE, '--copy'], { env: { DISPLAY: ':4711' } });
    expect([done.code, done.stdout]).toEqual([6, '']);
    expectNoKey(done.stderr);
  });
});

const screens = ['Xvfb', 'xclip', 'xsel'].every(has);
describe.skipIf(!requires('Xvfb with xclip and xsel', screens))('--copy on a real X11 screen', () => {
  let server: ChildProcess;
  let display: string;
  beforeAll(async () => {
    const options = ['-displayfd', '3', '-screen', '0', '64x64x8', '-nolisten', 'tcp', '-noreset'];
    server = spawn('Xvfb', options, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
    const pipe = server.stdio[3];
    if (pipe === null || pipe === undefined) throw new Error('no pipe to Xvfb');
    const [number] = await once(pipe, 'data');
    display = `:${String(number).trim()}`;
  });
  afterAll(() => {
    server.kill();
  });

  test('the key is on the clipboard and nowhere else; only its last five are printed', async () => {
    const { home, run } = await keyHome();
    const before = filesIn(home);
    const { stdout, stderr } = await ok(run, ['key', OFFICE, '--copy', '--debug'], {
      env: { DISPLAY: display },
    });
    expect(stdout).toBe(`…${LAST.office}\n`);
    expect(stderr).toContain('cleared in 45 seconds');
    expectNoKey(stdout + stderr);
    const pasted = execFileSync('xclip', ['-selection', 'clipboard', '-out'], {
      env: { ...cleanEnvironment(home), DISPLAY: display },
      encoding: 'utf8',
    });
    expect(pasted).toBe(OFFICE_KEY);
    expect(accessLog(home)[0]).toMatchObject({
      way: 'copied',
      target: expect.stringMatching(/^x(sel|clip)$/),
    });
    // xsel keeps a log of its own.
    const after = filesIn(home).filter((file) => !file.endsWith('xsel.log'));
    expect(after).toEqual(before);
  });
});

describe('what fails leaves no key anywhere', () => {
  test('files, stderr, debug output: the key is found only where it was asked for', async () => {
    const { home, run } = await keyHome();
    const heard: [command: string, text: string][] = [];
    const quiet = async (args: string[], env: Record<string, string | undefined> = {}): Promise<void> => {
      const done = await run([...args, '--debug'], { env });
      expect(done.code, args.join(' ')).not.toBe(0);
      heard.push([args.join(' '), done.stdout + done.stderr]);
    };
    await quiet(['key', OFFICE, '--min-remaining', '99']);
    await quiet(['key', OFFICE, '--key', OFFICE_KEY]);
    await quiet(['key', OFFICE_KEY]);
    await quiet(['show', OFFICE_KEY]);
    await quiet(['key', OFFICE, '--copy']);
    await quiet(['key', OFFICE, '--out-file', '/proc/none/key']);
    await quiet(['key', OFFICE, '--format', 'github'], { GITHUB_ENV: '/nonexistent' });
    await quiet(['key', OFFICE], { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') });
    await quiet(['key', OFFICE], { MPN_BENEFITS_VAULT_KEY: 'short' });
    await quiet(['run', '--env', `K=${OFFICE}`, '--', '/nonexistent/program']);
    await quiet(['run', '--file', `K=${OFFICE}`, '--', 'true'], { TMPDIR: '/nonexistent' });
    await quiet(['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', 'echo "$K"; echo "$K" >&2; exit 3']);
    await ok(run, ['key', SERVER, '--out-file', join(home, 'asked-for')]);
    expect(heard.filter(([, text]) => spellings(OFFICE_KEY).some((each) => text.includes(each)))).toEqual([]);
    for (const file of filesIn(home)) {
      if (file !== 'asked-for') expectNoKey(readFileSync(join(home, file), 'latin1'));
    }
  });
});
