import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { cleanEnvironment, PROGRAM, runProgram, temporaryFolder, VAULT_KEY } from '../helpers/cli.ts';
import {
  accessLog,
  expectNoKey,
  keyHome,
  OFFICE,
  OFFICE_KEY,
  SERVER,
  SERVER_KEY_2,
  spellings,
} from './key-world.ts';
import { ok, type Runner, write } from './support.ts';

async function told(run: Runner, args: readonly string[], expression: string): Promise<string> {
  const file = join(temporaryFolder(), 'told');
  await ok(run, [...args, '--', 'sh', '-c', `printf '%s' "${expression}" > "$0"`, file]);
  return readFileSync(file, 'utf8');
}

/** A program in `run` that is up, told by the file that it makes. */
async function started(
  home: string,
  args: readonly string[],
  script: string,
  env: Record<string, string> = {},
): Promise<{ readonly child: ChildProcess; readonly ready: string; readonly output: () => string }> {
  const ready = join(temporaryFolder(), 'ready');
  const child = spawn(process.execPath, [PROGRAM, 'run', ...args, '--', 'sh', '-c', script, ready], {
    env: cleanEnvironment(home, env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  while (!existsSync(ready)) {
    if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { child, ready, output: () => output };
}

describe('what the program gets', () => {
  test('several variables; a key that two of them want is taken out once', async () => {
    const { home, run } = await keyHome();
    const args = [
      'run',
      '--env',
      `A=${OFFICE}`,
      '--env',
      `B=${OFFICE}`,
      '--env',
      `C=${SERVER}`,
      '--purpose',
      'image',
    ];
    expect(await told(run, args, '$A $B $C')).toBe(`${OFFICE_KEY} ${OFFICE_KEY} ${SERVER_KEY_2}`);
    expect(
      accessLog(home).map(({ way, target, purpose, productId }) => [way, target, purpose, productId]),
    ).toEqual([
      ['injected', 'A, B', 'image', OFFICE],
      ['injected', 'C', 'image', SERVER],
    ]);
  });

  test('a file of lines that name products, beside others that are values', async () => {
    const { home, run } = await keyHome();
    const file = write(
      home,
      'deploy.env',
      `# keys\nOFFICE_KEY=mpn-benefits://${OFFICE}\nexport LANGUAGE_CODE='sv $X'\n`,
    );
    expect(await told(run, ['run', '--env-file', file], '$OFFICE_KEY $LANGUAGE_CODE')).toBe(
      `${OFFICE_KEY} sv $X`,
    );
    expect(readFileSync(file, 'utf8')).not.toContain(OFFICE_KEY);
  });

  test('its own environment without what opens our doors', async () => {
    const { run } = await keyHome();
    const env = {
      MPN_BENEFITS_TOKEN: 'a-token',
      MPN_BENEFITS_DATABASE_URL: 'postgres://u:p@h/d',
      KEPT: 'yes',
    };
    const { stdout } = await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'env'], { env });
    expect(stdout).toContain('KEPT=yes');
    expect(stdout).toContain('K=[redacted]');
    for (const secret of [
      'MPN_BENEFITS_VAULT_KEY',
      'MPN_BENEFITS_TOKEN',
      'MPN_BENEFITS_DATABASE_URL',
      VAULT_KEY,
    ]) {
      expect(stdout).not.toContain(secret);
    }
  });

  test('arguments as they are, also those that look like options of ours', async () => {
    const { run } = await keyHome();
    const args = ['--env', 'x', '-o', 'json', '--', '', '*', '$HOME'];
    const { stdout } = await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'printf', '<%s>', ...args]);
    expect(stdout).toBe(args.map((each) => `<${each}>`).join(''));
  });

  test('no key in its arguments or ours, as every user can see them', async () => {
    const { home } = await keyHome();
    const script = 'cat /proc/$PPID/cmdline /proc/$$/cmdline > "$0.lines"; mv "$0.lines" "$0"';
    const both = ['--env', `K=${OFFICE}`, '--file', `F=${OFFICE}`];
    const { child, ready } = await started(home, both, script);
    await once(child, 'exit');
    const lines = readFileSync(ready, 'latin1');
    expect(lines).toContain(`K=${OFFICE}`);
    expectNoKey(lines);
    expect(lines).not.toContain(VAULT_KEY);
  });
});

describe('a file for the program', () => {
  test('holds the key alone, is owner-only in an owner-only folder, and is gone afterwards', async () => {
    const { run } = await keyHome();
    const temporary = temporaryFolder();
    const script = 'stat -c "%a" "$F" "$(dirname "$F")"; echo "$F"; wc -c < "$F"; cmp -s "$F" - && echo same';
    const { stdout } = await ok(run, ['run', '--file', `F=${OFFICE}`, '--', 'sh', '-c', script], {
      stdin: OFFICE_KEY,
      env: { TMPDIR: temporary },
    });
    const [file, folder, path = '', size, same] = stdout.trim().split('\n');
    expect([file, folder, size?.trim(), same]).toEqual(['600', '700', String(OFFICE_KEY.length), 'same']);
    expect(path.startsWith(temporary)).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test('has a path that is good in every folder, also where TMPDIR has none', async () => {
    const { run } = await keyHome();
    const args = ['run', '--file', `F=${OFFICE}`, '--', 'sh', '-c', 'cd / && cat "$F"'];
    const cwd = temporaryFolder();
    expect((await ok(run, args, { cwd, env: { TMPDIR: '.' } })).stdout).toBe('[redacted]');
    expect(readdirSync(cwd)).toEqual([]);
  });

  test.each([
    ['that fails', 'exit 9', 9],
    ['that kills itself', 'kill -KILL $$', 137],
    ['that is not there', null, 127],
  ])('is gone after a program %s', async (_, script, code) => {
    const { run } = await keyHome();
    const temporary = temporaryFolder();
    const command = script === null ? ['/nonexistent/program'] : ['sh', '-c', script];
    const done = await run(['run', '--file', `F=${OFFICE}`, '--', ...command], {
      env: { TMPDIR: temporary },
    });
    expect(done.code).toBe(code);
    expect(readdirSync(temporary)).toEqual([]);
    expectNoKey(done.stdout + done.stderr);
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'is gone after %s to us, which the program gets',
    async (signal) => {
      const { home } = await keyHome();
      const TMPDIR = temporaryFolder();
      const script = `trap 'echo got it; exit 7' ${signal.slice(3)}; : > "$0"; while :; do sleep 0.05; done`;
      const { child, output } = await started(home, ['--file', `F=${OFFICE}`], script, { TMPDIR });
      expect(readdirSync(TMPDIR)).toHaveLength(1);
      child.kill(signal);
      expect(await once(child, 'exit')).toEqual([7, null]);
      expect(output()).toContain('got it');
      expect(readdirSync(TMPDIR)).toEqual([]);
    },
  );

  test('is not there for a program that cannot be found: nothing is revealed', async () => {
    const { home, run } = await keyHome();
    const done = await run(['run', '--env', `K=${OFFICE}`, '--', 'no-such-program']);
    expect([done.code, done.stdout, done.stderr]).toEqual([
      127,
      '',
      expect.stringMatching(/^error: There is no command no-such-program\.\nhint: .*PATH/),
    ]);
    expect(accessLog(home)).toEqual([]);
    const json = await run(['run', '-o', 'json', '--env', `K=${OFFICE}`, '--', 'no-such-program']);
    expect([json.code, JSON.parse(json.stderr)]).toMatchObject([127, { error: { code: 'NOT_FOUND' } }]);
  });

  test('cannot be made: nothing is revealed', async () => {
    const { home, run } = await keyHome();
    const env = { TMPDIR: join(home, 'not-there') };
    const done = await run(['run', '--file', `F=${OFFICE}`, '--', 'true'], { env });
    expect([done.code, done.stderr]).toEqual([6, expect.stringContaining('TMPDIR')]);
    expect(accessLog(home)).toEqual([]);
  });
});

describe('the end of the program is ours', () => {
  test.each([
    ['exit 0', 0],
    ['exit 1', 1],
    ['exit 42', 42],
    ['exit 255', 255],
    ['kill -TERM $$', 143],
    ['kill -KILL $$', 137],
  ])('%s', async (script, code) => {
    const { run } = await keyHome();
    expect((await run(['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', script])).code).toBe(code);
  });

  test('a file that is no program: 126', async () => {
    const { home, run } = await keyHome();
    const file = write(home, 'text', 'not a program');
    expect((await run(['run', '--env', `K=${OFFICE}`, '--', file])).code).toBe(126);
    expect(accessLog(home)).toEqual([]);
  });

  test('its input and output are ours', async () => {
    const { run } = await keyHome();
    const script = 'tr a-z A-Z; echo there >&2';
    const done = await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', script], { stdin: 'here' });
    expect([done.stdout, done.stderr]).toEqual(['HERE', 'there\n']);
  });

  test('it can open its output by name, into a file and into a pipe', async () => {
    const { home, run } = await keyHome();
    const script = 'echo "$K"; echo "warning $K" >/dev/stderr; echo more | tee /dev/stdout';
    const args = ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', script];
    const done = await ok(run, args);
    expect([done.stdout, done.stderr]).toEqual(['[redacted]\nmore\nmore\n', 'warning [redacted]\n']);
    const piped = await runProgram(home, args);
    expect([piped.stdout, piped.stderr]).toEqual([done.stdout, done.stderr]);
    await vi.waitFor(() => expect(readdirSync(join(home, 'pipes'))).toContain('pipe-7'), 10_000);
  });

  test('and when nobody reads any more, which ends it', async () => {
    const { home } = await keyHome();
    const child = spawn(process.execPath, [PROGRAM, 'run', '--env', `K=${OFFICE}`, '--', 'yes'], {
      env: cleanEnvironment(home),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk) => (said += String(chunk)));
    await once(child.stdout, 'data');
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([128 + constants.signals.SIGPIPE, null]);
    expect(said).toBe('');
  });
});

describe('what the program prints into a pipe is masked', () => {
  test('on both streams, in every spelling', async () => {
    const { run } = await keyHome();
    const texts = spellings(OFFICE_KEY).map((each) => `<${each}>`);
    const script = 'printf "%s\\n" "$@"; printf "%s\\n" "$@" >&2';
    const done = await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', script, 'sh', ...texts]);
    const masked = texts.map(() => '<[redacted]>\n').join('');
    expect([done.stdout, done.stderr]).toEqual([masked, masked]);
  });

  test.each([
    ['with hyphens', '$K'],
    ['without', '$(printf %s "$K" | tr -d -)'],
  ])('byte by byte, %s', async (_, expression) => {
    const { run } = await keyHome();
    const byByte =
      'process.argv[1].split("").reduce((p, c) => p.then(() => new Promise((r) => process.stdout.write(c, () => setTimeout(r, 2)))), Promise.resolve())';
    const script = `text="before ${expression} after"; exec "$0" -e "$1" "$text"`;
    const done = await ok(run, [
      'run',
      '--env',
      `K=${OFFICE}`,
      '--',
      'sh',
      '-c',
      script,
      process.execPath,
      byByte,
    ]);
    expect(done.stdout).toBe('before [redacted] after');
  });

  test('and everything else passes as it is: bytes, sizes, beginnings of a key', async () => {
    const { home } = await keyHome();
    const bytes = Buffer.concat([
      Buffer.from(Array.from({ length: 70_000 }, (_, at) => (at * 31) % 256)),
      Buffer.from(OFFICE_KEY.slice(0, -1)),
    ]);
    const file = write(home, 'bytes', bytes);
    const child = spawn(process.execPath, [PROGRAM, 'run', '--env', `K=${OFFICE}`, '--', 'cat', file], {
      env: cleanEnvironment(home),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdout) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
  });
});

test('a key of its own kind is masked as it is written and without its separators', async () => {
  const { run } = await keyHome();
  await ok(run, ['import', 'key', 'Contoso Activator', '--type', 'static', '--yes'], {
    stdin: 'Ab-7f-Straße-xyzQ\n',
  });
  const script = 'echo "$K"; printf %s "$K" | tr -d -; printf "\\n%s" "$K" | tr a-z A-Z';
  const args = ['run', '--env', 'K=Contoso Activator', '--', 'sh', '-c', script];
  expect((await ok(run, args)).stdout).toBe('[redacted]\n[redacted]\n[redacted]');
});

describe('refused before anything is revealed', () => {
  test('a key that has to be asked for, with the command that asks', async () => {
    const { home, run } = await keyHome();
    await ok(run, ['import', 'key', 'Contoso Activator', '--type', 'custom', '--yes'], {
      stdin: 'Ab-7f-xyzQ\n',
    });
    const done = await run(['run', '--env', 'K=Contoso Activator', '--', 'true'], {
      env: { MPN_BENEFITS_OUTPUT: 'json' },
    });
    expect(done.code).toBe(3);
    expect(done.error().hint).toContain('mpn-benefits key activator-contoso --key');
    expect(accessLog(home)).toEqual([]);
  });

  test.each([
    ['no --', ['run', '--env', `K=${OFFICE}`, 'true'], 2],
    ['no command', ['run', '--env', `K=${OFFICE}`, '--'], 2],
    ['no variable', ['run', '--', 'true'], 2],
    ['a -- of the program alone', ['run', '--env', `K=${OFFICE}`, 'echo', '--', 'true'], 2],
    ['a variable without a product', ['run', '--env', 'K', '--', 'true'], 2],
    ['a name that is none', ['run', '--env', `1K=${OFFICE}`, '--', 'true'], 2],
    ['a name that steers programs', ['run', '--env', `PATH=${OFFICE}`, '--', 'true'], 2],
    ['a name of our own', ['run', '--file', `MPN_BENEFITS_VAULT_KEY=${OFFICE}`, '--', 'true'], 2],
    ['a name given twice', ['run', '--env', `K=${OFFICE}`, '--file', `K=${SERVER}`, '--', 'true'], 2],
    [
      'a product that is not there',
      ['run', '--env', `K=${OFFICE}`, '--env', 'L=no such thing', '--', 'true'],
      3,
    ],
  ])('%s', async (_, args, code) => {
    const { home, run } = await keyHome();
    const done = await run(args, { env: { MPN_BENEFITS_OUTPUT: 'json' } });
    expect([done.code, done.stdout]).toEqual([code, '']);
    expect(accessLog(home)).toEqual([]);
  });

  test('an --env-file that is not there is exit 2, and one with NODE_OPTIONS runs nothing in our process', async () => {
    const { home, run } = await keyHome();
    const missing = await run(['run', '--env-file', join(home, 'nowhere.env'), '--', 'true']);
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toContain('there is no such file');

    const proof = join(home, 'ran');
    writeFileSync(join(home, 'evil.cjs'), `require('node:fs').writeFileSync(${JSON.stringify(proof)}, '')`);
    const file = join(home, 'evil.env');
    writeFileSync(file, `NODE_OPTIONS=--require=${join(home, 'evil.cjs')}\nK=mpn-benefits://${OFFICE}\n`);
    // As it is installed: by its own first line, with node on the path.
    const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
    const env = { ...cleanEnvironment(home), PATH: path };
    const direct = spawnSync(PROGRAM, ['run', '--env-file', file, '--', 'true'], { env, cwd: home });
    expect(direct.status).toBe(0);
    expect(existsSync(proof)).toBe(false);
  });

  test('an --env-file that is no text: exit 8; one of Windows PowerShell is read', async () => {
    const { home, run } = await keyHome();
    const line = `K=mpn-benefits://${OFFICE}\n`;
    const latin = write(home, 'latin.env', Buffer.from(`${line}PLACE=Malm\xf6\n`, 'latin1'));
    const done = await run(['run', '--env-file', latin, '--', 'true']);
    expect([done.code, done.stderr]).toEqual([8, expect.stringContaining('Save it as UTF-8')]);
    expect(accessLog(home)).toEqual([]);
    const utf16 = write(home, 'utf16.env', Buffer.from(`\uFEFF${line}PLACE=Malmö\n`, 'utf16le'));
    expect(await told(run, ['run', '--env-file', utf16], '$K $PLACE')).toBe(`${OFFICE_KEY} Malmö`);
  });

  test('an empty name of a command is told as such', async () => {
    const { run } = await keyHome();
    const done = await run(['run', '--env', `K=${OFFICE}`, '--', '']);
    expect([done.code, done.stderr]).toEqual([
      127,
      expect.stringMatching(/^error: The name of the command is empty\./),
    ]);
  });

  test('a broken line of an --env-file, by file and line and without its value', async () => {
    const { home, run } = await keyHome();
    const file = write(home, 'broken.env', `A=mpn-benefits://${OFFICE}\nB="hunter2\n`);
    const done = await run(['run', '--env-file', file, '--', 'true']);
    expect(done.code).toBe(8);
    expect(done.stderr).toContain(`${file}, line 2`);
    expect(done.stderr).not.toContain('hunter2');
  });
});

test('the help says that a terminal is not masked', async () => {
  const { run } = await keyHome();
  expect((await ok(run, ['help', 'run'])).stdout).toContain('A terminal is handed to the program as it is');
});
