import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { constants as os } from 'node:os';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../helpers/cli.ts';
import { DRIVER, driverEnvironment } from './driver-environment.ts';

/** Where files for children are made, and where the driver keeps its pipes (in `pipes`). */
let temporary: string;
let told: string;
let pipes: string;
beforeEach(() => {
  temporary = temporaryFolder();
  told = temporaryFolder();
  pipes = join(told, 'pipes');
});

const environment = (extra?: Record<string, string>) => driverEnvironment(temporary, told, extra);
const command = (script: string, ...args: readonly string[]) => [
  DRIVER,
  '{"env":["OFFICE=office"]}',
  'sh',
  '-c',
  script,
  'sh',
  ...args,
];

function sh(script: string, extra: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command(script), {
    env: environment(extra),
    encoding: 'utf8',
    maxBuffer: 20_000_000,
  });
  return { code: status, out: stdout, err: stderr };
}

const BY_NAME = 'echo "$OFFICE" >/dev/stdout; echo "$OFFICE" >/dev/stderr; echo more | tee /dev/stdout';
const MASKED = { code: 0, out: '[redacted]\nmore\nmore\n', err: '[redacted]\n' };

describe('the output of a program is a pipe', () => {
  test('that it can open by name', () => {
    expect(sh(BY_NAME)).toEqual(MASKED);
    expect(sh('test -p /dev/stdout && test -p /dev/stderr').code).toBe(0);
  });

  test('on which it waits when it is full', () => {
    const { out } = sh('cat /proc/self/fdinfo/1');
    const flags = Number.parseInt(/flags:\s+(\d+)/.exec(out)?.[1] ?? '', 8);
    expect(flags & 0o4000).toBe(0);
    expect(flags & 0o3).toBe(1);
  });

  test('of its own: no other descriptor of ours comes with it', () => {
    const script = 'for each in /proc/self/fd/*; do readlink "$each"; done';
    expect(sh(script).out.match(/run-/g)).toHaveLength(2);
  });

  test('whose readers may take their time', async () => {
    const child = spawn(process.execPath, command('yes 0123456 | head -c 4000000; echo end >&2'), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let size = 0;
    for await (const chunk of child.stdout) {
      size += chunk.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(size).toBe(4_000_000);
  });

  test.each([
    ['ends it by SIGPIPE', 'exec yes "$OFFICE"', 128 + os.signals.SIGPIPE],
    ['tells it, and its end is ours', "trap '' PIPE; while echo more; do :; done 2>/dev/null; exit 5", 5],
  ])('that breaks when nobody reads any more, which %s', async (_, script, code) => {
    const child = spawn(process.execPath, command(script), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'exit')).toEqual([code, null]);
  });

  test('for each of many that run at the same time', async () => {
    const all = Array.from({ length: 6 }, async (_, number) => {
      const script =
        'echo "out $1"; echo "err $1" >/dev/stderr; sleep 0.1; echo "end $1" >/dev/stdout; exit "$1"';
      const child = spawn(process.execPath, command(script, String(number)), { env: environment() });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk) => (out += String(chunk)));
      child.stderr.on('data', (chunk) => (err += String(chunk)));
      const [code] = await once(child, 'close');
      return [code, out, err];
    });
    expect(await Promise.all(all)).toEqual(
      all.map((_, number) => [number, `out ${number}\nend ${number}\n`, `err ${number}\n`]),
    );
    expect(readdirSync(temporary)).toEqual([]);
    await supplied();
  }, 60_000);
});

/** They are made while nobody waits for them, and nothing else is there then. */
const supplied = () =>
  vi.waitFor(() => {
    const names = readdirSync(pipes);
    expect(names.length).toBeGreaterThanOrEqual(2);
    expect(names.filter((name) => !/^pipe-\d+$/.test(name))).toEqual([]);
  }, 10_000);

describe('the pipes of the next program', () => {
  test('wait in a folder of their owner, and nothing else is left', async () => {
    sh('true');
    await supplied();
    const modes = [pipes, join(pipes, 'pipe-0'), join(pipes, 'pipe-1')].map(
      (path) => lstatSync(path).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('are made for many at once, and again when they are used up', async () => {
    sh('true');
    await supplied();
    const before = readdirSync(pipes).length;
    sh('true');
    expect(readdirSync(pipes)).toHaveLength(before - 2);
    for (let left = before - 2; left > 0; left -= 2) sh('true');
    await supplied();
    expect(readdirSync(pipes)).toHaveLength(before);
  });

  test('are those that it gets', async () => {
    sh('true');
    await supplied();
    const waiting = String(lstatSync(join(pipes, 'pipe-0')).ino);
    expect(sh('stat -L -c %i /dev/stdout').out.trim()).toBe(waiting);
  });

  test('are not made where somebody else may hold them, and those that wait there are not taken', async () => {
    sh('true');
    await supplied();
    chmodSync(pipes, 0o755);
    const waiting = lstatSync(join(pipes, 'pipe-0')).ino;
    expect(sh(BY_NAME)).toEqual(MASKED);
    expect(lstatSync(join(pipes, 'pipe-0')).ino).toBe(waiting);
    expect(readdirSync(temporary)).toEqual([]);
  });

  const elsewhere = (): string => join(temporary, 'elsewhere');

  test.each([
    ['a file', (path: string) => writeFileSync(path, 'planted')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string) => symlinkSync(elsewhere(), path)],
    ['a pipe for others', (path: string) => void spawnSync('mkfifo', ['-m', '666', path])],
  ])('%s in their place is no pipe of ours', async (_, plant) => {
    mkdirSync(pipes, { mode: 0o700 });
    writeFileSync(elsewhere(), 'not to be written to');
    plant(join(pipes, 'pipe-0'));
    expect(sh(BY_NAME)).toEqual(MASKED);
    expect(readFileSync(elsewhere(), 'utf8')).toBe('not to be written to');
    await supplied();
  });

  test('are not taken if somebody reads there, who would get what is not masked yet', async () => {
    sh('true');
    await supplied();
    const reader = openSync(join(pipes, 'pipe-0'), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const waiting = String(fstatSync(reader).ino);
      const { code, out } = sh('stat -L -c %i /dev/stdout');
      expect([code, out]).toEqual([0, expect.stringMatching(/^\d+\n$/)]);
      expect(out.trim()).not.toBe(waiting);
    } finally {
      closeSync(reader);
    }
  });

  test('are all that is left, also after processes that were killed', async () => {
    const [old = '', young = ''] = ['run-old', 'run-young'].map((name) => join(pipes, name));
    for (const folder of [old, young]) {
      mkdirSync(folder, { mode: 0o700, recursive: true });
      spawnSync('mkfifo', [join(folder, 'stdout')]);
    }
    chmodSync(pipes, 0o700);
    utimesSync(old, 1, 1);
    sh('true');
    expect(readdirSync(pipes)).not.toContain('run-old');
    // Somebody may be about to open it.
    expect(existsSync(young)).toBe(true);
  });
});

describe('where no pipe can be made', () => {
  const plain = { code: 0, out: '[redacted]\n', err: '[redacted]\n' };
  const script = 'echo "$OFFICE"; echo "$OFFICE" >&2';

  test('in our folder, it is made in the temporary one', () => {
    writeFileSync(pipes, 'no folder');
    expect(sh(BY_NAME)).toEqual(MASKED);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('at all, the output is masked as ever', () => {
    writeFileSync(pipes, 'no folder');
    expect(sh(script, { TMPDIR: join(told, 'nowhere') })).toEqual(plain);
  });

  test('as there is no mkfifo, the output is masked as ever', () => {
    const PATH = join(told, 'bin');
    mkdirSync(PATH);
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      if (existsSync(join(folder, 'sh')) && !existsSync(join(PATH, 'sh')))
        symlinkSync(join(folder, 'sh'), join(PATH, 'sh'));
    }
    expect(sh(script, { PATH })).toEqual(plain);
    expect(readdirSync(pipes)).toEqual([]);
    rmSync(PATH, { recursive: true });
  });
});
