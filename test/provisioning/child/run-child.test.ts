import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { KEYS as KEYSTROKES, open } from '../../helpers/pty.ts';
import { DRIVER, driverEnvironment } from './driver-environment.ts';

const OFFICE = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const SQL = 'GFDCB-PMKJH-WVTRQ-432YX-B9876';

/** The only folder that the driver may make files in, and one for what children want to tell us past the mask. */
let temporary: string;
let told: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));
  told = mkdtempSync(join(tmpdir(), 'mpn-benefits-told-'));
});
afterEach(() => {
  rmSync(temporary, { recursive: true, force: true });
  rmSync(told, { recursive: true, force: true, maxRetries: 3 });
});

interface Variables {
  readonly env?: readonly string[];
  readonly file?: readonly string[];
  readonly envFiles?: readonly { readonly file: string; readonly text: string }[];
}

const environment = (extra?: Record<string, string>) => driverEnvironment(temporary, told, extra);

const OFFICE_IN_ENV: Variables = { env: ['OFFICE=office'] };

function command(variables: Variables, ...words: readonly string[]): readonly string[] {
  return [DRIVER, JSON.stringify(variables), ...words];
}

function run(variables: Variables, words: readonly string[], options: { input?: string; env?: object } = {}) {
  const result = spawnSync(process.execPath, command(variables, ...words), {
    env: { ...environment(), ...options.env },
    input: options.input ?? '',
    maxBuffer: 10_000_000,
  });
  return {
    code: result.status,
    out: result.stdout.toString('latin1'),
    err: result.stderr.toString('latin1'),
  };
}

const sh = (variables: Variables, script: string, options = {}) =>
  run(variables, ['sh', '-c', script], options);
const tell = (name: string): string => readFileSync(join(told, name), 'utf8');

describe('a child gets the keys it is to have', () => {
  test('in variables, and what it prints of them is hidden', () => {
    const script = 'printf %s "$OFFICE" > "$TOLD/key"; echo "out $OFFICE $SQL"; echo "err $SQL" >&2';
    expect(sh({ env: ['OFFICE=office', 'SQL=sql'] }, script)).toEqual({
      code: 0,
      out: 'out [redacted] [redacted]\n',
      err: 'err [redacted]\n',
    });
    expect(tell('key')).toBe(OFFICE);
  });

  test('also in another spelling, and byte by byte', () => {
    const script =
      'k=$(echo "$OFFICE" | tr -d - | tr A-Z a-z); for c in $(echo "$k" | fold -w 7); do printf %s "$c"; sleep 0.02; done';
    expect(sh(OFFICE_IN_ENV, script)).toEqual({ code: 0, out: '[redacted]', err: '' });
  });

  test('in owner-only files of an owner-only folder, gone afterwards', () => {
    const script = [
      'stat -c %a "$SQL" "$(dirname "$SQL")" > "$TOLD/modes"',
      'cp "$SQL" "$TOLD/sql"; cp "$OFFICE" "$TOLD/office"; echo "$SQL"',
    ].join('\n');
    const { code, out } = sh({ file: ['SQL=sql', 'OFFICE=office'] }, script);
    expect(code).toBe(0);
    expect(out.startsWith(`${temporary}/mpn-benefits-`)).toBe(true);
    expect(tell('modes')).toBe('600\n700\n');
    expect([tell('sql'), tell('office')]).toEqual([SQL, OFFICE]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('from an --env-file, with its plain lines', () => {
    const envFiles = [{ file: '.env', text: 'OFFICE=mpn-benefits://office\nPLAIN="$HOME `x`"\n' }];
    expect(sh({ envFiles }, 'echo "$OFFICE $PLAIN"').out).toBe('[redacted] $HOME `x`\n');
  });

  test('without our vault key, token and database', () => {
    const env = { MPN_BENEFITS_VAULT_KEY: 'V', MPN_BENEFITS_TOKEN: 'T', MPN_BENEFITS_DATABASE_URL: 'D' };
    expect(sh(OFFICE_IN_ENV, 'env | grep -c ^MPN_BENEFITS_', { env }).out).toBe('0\n');
  });

  test('and not in an argument, ours or its own', () => {
    const script = 'cat /proc/$$/cmdline /proc/$PPID/cmdline > "$TOLD/arguments"';
    sh({ env: ['OFFICE=office'], file: ['SQL=sql'] }, script);
    expect(tell('arguments')).toContain('driver.ts');
    for (const key of [OFFICE, SQL]) expect(tell('arguments')).not.toContain(key);
  });
});

describe('a child runs as if we were not there', () => {
  test('arguments are not read by any shell', () => {
    const words = ['printf', '%s\n', '$HOME', '*', 'a b', '"\'', '', '--', '-c'];
    expect(run(OFFICE_IN_ENV, words).out).toBe(`${words.slice(2).join('\n')}\n`);
  });
  test('it is called by the name it was given', () => {
    writeFileSync(join(told, 'named'), '#!/bin/sh\necho "$0"\n', { mode: 0o755 });
    const env = { PATH: `${told}:${process.env['PATH']}` };
    expect(run(OFFICE_IN_ENV, ['named'], { env }).out).toBe(`${told}/named\n`);
    expect(run(OFFICE_IN_ENV, ['sh', '-c', 'tr "\\0" "\\n" < /proc/$$/cmdline | head -n 1']).out).toBe(
      'sh\n',
    );
  });
  test('it reads our standard input', () => {
    expect(sh(OFFICE_IN_ENV, 'tr a-z A-Z', { input: 'hello' }).out).toBe('HELLO');
  });
  test('its output is bytes, however many', () => {
    const { out } = run(OFFICE_IN_ENV, [
      process.execPath,
      '-e',
      'const b = Buffer.alloc(3_000_000, Buffer.from([0, 255, 195, 40, 66, 67])); process.stdout.write(b)',
    ]);
    const expected = Buffer.alloc(3_000_000, Buffer.from([0, 255, 195, 40, 66, 67]));
    const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(hash(Buffer.from(out, 'latin1'))).toBe(hash(expected));
  });
  test('what it leaves running is heard to its end, unless it is given another output', () => {
    expect(sh(OFFICE_IN_ENV, '(sleep 0.2; echo late) & exit 3')).toMatchObject({ code: 3, out: 'late\n' });
    const elsewhere =
      '(until [ -e "$TOLD/go" ] || [ ! -d "$TOLD" ]; do sleep 0.05; done) >/dev/null 2>&1 & exit 3';
    expect(sh(OFFICE_IN_ENV, elsewhere).code).toBe(3);
    writeFileSync(join(told, 'go'), '');
  });
  test.each([0, 42, 255])('exit code %i passes through', (code) => {
    expect(sh(OFFICE_IN_ENV, `exit ${code}`).code).toBe(code);
  });
  test.each(['TERM', 'KILL'])('death by SIG%s is 128 and its number', (signal) => {
    const number = Object.entries(constants.signals).find(([name]) => name === `SIG${signal}`)?.[1] ?? 0;
    expect(sh(OFFICE_IN_ENV, `kill -${signal} $$`).code).toBe(128 + number);
  });
  test('126 and 127 as in a shell, and files are gone too', () => {
    const broken = join(told, 'broken');
    writeFileSync(broken, '#!/nowhere/interpreter\n');
    chmodSync(broken, 0o755);
    const files = { file: ['OFFICE=office'] };
    expect(run(files, [broken])).toEqual({
      code: 127,
      out: '',
      err: 'The command could not be started: ENOENT.\n',
    });
    expect(run(files, ['no-such-command']).code).toBe(127);
    expect(run(files, ['/etc/passwd']).code).toBe(126);
    expect(readdirSync(temporary)).toEqual([]);
  });
  test('a key that no environment can hold is not quoted', () => {
    const { code, err } = run({ env: ['KEY=SECRET\0SECRET'] }, ['true']);
    expect(code).toBe(126);
    expect(err).toBe('The command could not be started: ERR_INVALID_ARG_VALUE.\n');
  });
  test('a reader that has had enough ends it', async () => {
    const child = spawn(process.execPath, command(OFFICE_IN_ENV, 'sh', '-c', 'yes "$OFFICE"'), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [first] = await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(String(first).split('\n')[0]).toBe('[redacted]');
    const [code] = await once(child, 'exit');
    expect(code).toBe(128 + constants.signals.SIGPIPE);
  });
  test('output that cannot be written is an error', () => {
    const full = openSync('/dev/full', 'w');
    const result = spawnSync(process.execPath, command(OFFICE_IN_ENV, 'echo', 'hello'), {
      env: environment(),
      stdio: ['ignore', full, 'pipe'],
    });
    expect(result.status).toBe(99);
    expect(result.stderr.toString()).toContain('The output of the command cannot be written: ENOSPC.');
  });
});

describe('signals', () => {
  /** Starts a child that says when it is ready, and waits for that. */
  async function waiting(script: string): Promise<ChildProcess> {
    const loop = 'echo ready; while [ -d "$TOLD" ]; do sleep 0.05; done';
    const words = ['sh', '-c', `printf %s "$OFFICE" > "$TOLD/path"; ${script}; ${loop}`];
    const child = spawn(process.execPath, command({ file: ['OFFICE=office'] }, ...words), {
      env: environment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const)(
    '%s reaches the child, whose end is ours',
    async (signal) => {
      const child = await waiting(`trap 'echo caught > "$TOLD/caught"; exit 7' ${signal.slice(3)}`);
      expect(readdirSync(temporary)).toHaveLength(1);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([7, null]);
      expect(tell('caught')).toBe('caught\n');
      expect(readdirSync(temporary)).toEqual([]);
    },
  );

  test.each(['SIGTERM', 'SIGALRM', 'SIGXCPU', 'SIGPWR', 'SIGABRT'] as const)(
    'a child that dies of %s leaves no file either',
    async (signal) => {
      const child = await waiting(':');
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([128 + constants.signals[signal], null]);
      expect(readdirSync(temporary)).toEqual([]);
    },
  );

  test('a child that goes on, goes on', async () => {
    const child = await waiting(`trap 'echo again > "$TOLD/caught"' TERM`);
    child.kill('SIGTERM');
    while (!readdirSync(told).includes('caught')) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(child.exitCode).toBe(null);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});

describe('on a terminal', () => {
  const onTerminal = (script: string) =>
    open(process.execPath, command(OFFICE_IN_ENV, 'sh', '-c', script), { env: environment() });

  test('the child has it, unmasked', async () => {
    const pty = onTerminal('test -t 0 && test -t 1 && test -t 2 && echo "terminal $OFFICE"');
    expect(await pty.waitFor(/terminal/)).toContain(`terminal ${OFFICE}`);
    expect((await pty.exit).exitCode).toBe(0);
  });

  test('Ctrl-C reaches it once', async () => {
    const pty = onTerminal(
      `trap 'echo caught >> "$TOLD/caught"; stop=$((stop+1))' INT; echo ready
       while [ -z "$stop" ]; do sleep 0.05; done; sleep 0.3; echo "stopped $stop"; exit 3`,
    );
    await pty.waitFor(/ready/);
    pty.type(KEYSTROKES.ctrlC);
    expect((await pty.exit).exitCode).toBe(3);
    expect(pty.screen()).toContain('stopped 1');
    expect(tell('caught')).toBe('caught\n');
  });

  test('output that is no terminal is masked all the same', async () => {
    const pty = open(
      'sh',
      [
        '-c',
        '"$@" > "$TOLD/out"',
        'sh',
        process.execPath,
        ...command(OFFICE_IN_ENV, 'sh', '-c', 'echo "$OFFICE"; echo "$OFFICE" >&2'),
      ],
      {
        env: environment(),
      },
    );
    expect((await pty.exit).exitCode).toBe(0);
    expect(tell('out')).toBe('[redacted]\n');
    expect(pty.screen()).toContain(OFFICE);
  });
});
