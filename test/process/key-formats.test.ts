import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import {
  parseFileCommands,
  readLoggingCommand,
  readWorkflowCommand,
} from '../provisioning/pipeline/readers.ts';
import {
  accessLog,
  expectNoKey,
  keyHome,
  LAST,
  OFFICE,
  OFFICE_KEY,
  SERVER,
  SERVER_KEY,
} from './key-world.ts';
import { failure, ok, write } from './support.ts';

const BARE = OFFICE_KEY.replaceAll('-', '');

describe('--format github', () => {
  const github = (home: string) => ({
    GITHUB_ACTIONS: 'true',
    GITHUB_ENV: write(home, 'github-env', 'EARLIER=1'),
    GITHUB_OUTPUT: write(home, 'github-output', ''),
  });

  test('hides the key in the log first, in both spellings, and sets the variable in the runner’s file', async () => {
    const { home, run } = await keyHome();
    const env = github(home);
    const { stdout, stderr } = await ok(run, ['key', OFFICE, '--format', 'github', '--name', 'OFFICE_KEY'], {
      env,
    });
    const lines = stdout.trimEnd().split('\n').map(readWorkflowCommand);
    expect(lines).toEqual([
      { command: 'add-mask', text: OFFICE_KEY },
      { command: 'add-mask', text: BARE },
    ]);
    expect(stderr).toBe('');
    expect(parseFileCommands(readFileSync(env.GITHUB_ENV, 'utf8'))).toEqual([
      ['EARLIER', '1'],
      ['OFFICE_KEY', OFFICE_KEY],
    ]);
    expect(readFileSync(env.GITHUB_OUTPUT, 'utf8')).toBe('');
    expect(accessLog(home)[0]).toMatchObject({ way: 'shown', target: 'github OFFICE_KEY' });
  });

  test('an output of the step goes into the other file', async () => {
    const { home, run } = await keyHome();
    const env = github(home);
    await ok(run, ['key', OFFICE, '--format', 'github', '--to', 'output', '--name', 'office-key'], { env });
    expect(parseFileCommands(readFileSync(env.GITHUB_OUTPUT, 'utf8'))).toEqual([['office-key', OFFICE_KEY]]);
    expect(readFileSync(env.GITHUB_ENV, 'utf8')).toBe('EARLIER=1');
  });

  test('the file is not written before the masks are out', async () => {
    const { home, run } = await keyHome();
    const env = github(home);
    const script = '"$0" "$@" >/dev/full';
    const { status } = spawnSync(
      'sh',
      ['-c', script, process.execPath, PROGRAM, 'key', OFFICE, '--format', 'github'],
      {
        env: { ...cleanEnvironment(home), ...env },
      },
    );
    expect(status).toBe(6);
    expect(readFileSync(env.GITHUB_ENV, 'utf8')).toBe('EARLIER=1');
    expect((await ok(run, ['key', '--history', '-o', 'json'])).stdout).toContain('github PRODUCT_KEY');
  });

  test('a link in the place of the runner’s file gets no key', async () => {
    const { home, run } = await keyHome();
    const target = write(home, 'target', 'theirs');
    symlinkSync(target, join(home, 'link'));
    const env = { GITHUB_ACTIONS: 'true', GITHUB_ENV: join(home, 'link') };
    const done = await run(['key', OFFICE, '--format', 'github'], { env });
    expect(done.code).toBe(6);
    expect(readFileSync(target, 'utf8')).toBe('theirs');
    expectNoKey(done.stdout + done.stderr);
    expect(accessLog(home)).toEqual([]);
  });

  test('a runner’s file that is not there is found before anything is revealed', async () => {
    const { home, run } = await keyHome();
    const env = { GITHUB_ACTIONS: 'true', GITHUB_ENV: join(home, 'nowhere') };
    expect((await failure(run, ['key', OFFICE, '--format', 'github'], 6, { env })).code).toBe(
      'STORAGE_UNAVAILABLE',
    );
    expect(accessLog(home)).toEqual([]);
  });
});

describe('--format azure-pipelines', () => {
  test.each([
    [[], {}],
    [['--to', 'output'], { isOutput: 'true' }],
  ])('%j: secrets first, then the secret variable', async (options, more) => {
    const { run } = await keyHome();
    const args = ['key', OFFICE, '--format', 'azure-pipelines', '--name', 'OfficeKey', ...options];
    const { stdout, stderr } = await ok(run, args, { env: { TF_BUILD: 'True' } });
    expect(stdout.trimEnd().split('\n').map(readLoggingCommand)).toEqual([
      { command: 'task.setsecret', properties: {}, message: OFFICE_KEY },
      { command: 'task.setsecret', properties: {}, message: BARE },
      {
        command: 'task.setvariable',
        properties: { variable: 'OfficeKey', issecret: 'true', ...more },
        message: OFFICE_KEY,
      },
    ]);
    expect(stderr).toBe('');
  });

  test('a name that the agent reserves is refused before anything is revealed', async () => {
    const { home, run } = await keyHome();
    await failure(run, ['key', OFFICE, '--format', 'azure-pipelines', '--name', 'secretKey'], 2);
    expect(accessLog(home)).toEqual([]);
  });
});

describe('--format env', () => {
  test.each(['sh', 'bash'])(
    '%s evaluates it, and a program that it starts has the variable',
    async (shell) => {
      const { run } = await keyHome();
      const { stdout } = await ok(run, ['key', OFFICE, '--format', 'env', '--name', 'OFFICE_KEY']);
      const script = 'eval "$1" && exec printenv OFFICE_KEY';
      expect(spawnSync(shell, ['-c', script, shell, stdout], { encoding: 'utf8' }).stdout).toBe(
        `${OFFICE_KEY}\n`,
      );
    },
  );

  test.each(['sh', 'bash'])('%s: no key can run a command', async (shell) => {
    const { home, run } = await keyHome();
    const evil = `it's $(touch ${home}/owned) \`touch ${home}/owned\` "\\; touch ${home}/owned`;
    await ok(run, ['import', 'key', OFFICE, '--type', 'custom'], { stdin: `${evil}\n` });
    const { stdout } = await ok(run, ['key', OFFICE, '--type', 'custom', '--format', 'env']);
    const done = spawnSync(shell, ['-c', 'eval "$1" && printf %s "$PRODUCT_KEY"', shell, stdout], {
      encoding: 'utf8',
    });
    expect(done.stdout.toUpperCase()).toBe(evil.toUpperCase());
    expect(() => statSync(join(home, 'owned'))).toThrow('ENOENT');
  });
});

describe('--format dotenv', () => {
  test('one line without quotes, with a warning, also into a file', async () => {
    const { home, run } = await keyHome();
    const shown = await ok(run, ['key', OFFICE, '--format', 'dotenv', '--name', 'OFFICE_KEY']);
    expect(shown.stdout).toBe(`OFFICE_KEY=${OFFICE_KEY}\n`);
    expect(shown.stderr).toMatch(/^warning: .*not masked/);
    const file = join(home, 'office.env');
    const written = await ok(run, ['key', OFFICE, '--format', 'dotenv', '--out-file', file]);
    expect(written.stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toBe(`PRODUCT_KEY=${OFFICE_KEY}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

describe('--format terraform', () => {
  const ask = (query: unknown) => ({ stdin: JSON.stringify(query) });

  test('a query on standard input, a flat object of strings as the answer', async () => {
    const { home, run } = await keyHome();
    const { stdout, stderr } = await ok(
      run,
      ['key', '--format', 'terraform', '--no-input'],
      ask({ product: OFFICE, purpose: 'terraform' }),
    );
    expect(JSON.parse(stdout)).toEqual({ key: OFFICE_KEY, last5: LAST.office, productId: OFFICE });
    expect(stderr).toBe('');
    expect(accessLog(home)[0]).toMatchObject({ purpose: 'terraform', way: 'shown' });
  });

  test('the query chooses key and type', async () => {
    const { run } = await keyHome();
    const { stdout } = await ok(
      run,
      ['key', '--format', 'terraform'],
      ask({ product: SERVER, key: LAST.server }),
    );
    expect(JSON.parse(stdout)).toMatchObject({ key: SERVER_KEY });
  });

  test.each([
    ['a field that is not known', { product: OFFICE, produkt: 'x' }, 2],
    ['no product', {}, 2],
    ['a product that is no string', { product: 7 }, 2],
    ['a product that is not there', { product: 'no such thing' }, 3],
    ['no object', [OFFICE], 8],
  ])('%s is an error, and reveals nothing', async (_, query, code) => {
    const { home, run } = await keyHome();
    await failure(run, ['key', '--format', 'terraform'], code, ask(query));
    expect(accessLog(home)).toEqual([]);
  });
});

describe('in a pipeline', () => {
  test.each([
    ['GitHub', { GITHUB_ACTIONS: 'true' }, '--format github'],
    ['Azure', { TF_BUILD: 'True' }, '--format azure-pipelines'],
    ['GitLab', { GITLAB_CI: 'true' }, 'mpn-benefits run'],
  ])('%s: a key that would stand in the log readable comes with a warning', async (_, env, advice) => {
    const { run } = await keyHome();
    for (const args of [[], ['--format', 'json'], ['--format', 'env']]) {
      const { stdout, stderr } = await ok(run, ['key', OFFICE, ...args], { env });
      expect(stdout).toContain(OFFICE_KEY);
      expect(stderr).toMatch(/^warning: The key is not hidden in the log of this job/);
      expect(stderr).toContain(advice);
      expectNoKey(stderr);
    }
  });

  test('not outside of one, not where a file takes the key, not for Terraform', async () => {
    const { home, run } = await keyHome();
    const env = { GITHUB_ACTIONS: 'true' };
    expect((await ok(run, ['key', OFFICE], { env: { CI: 'true' } })).stderr).toBe('');
    const file = join(home, 'k');
    expect((await ok(run, ['key', OFFICE, '--out-file', file], { env })).stderr).not.toContain('warning');
    const query = { env, stdin: JSON.stringify({ product: OFFICE }) };
    expect((await ok(run, ['key', '--format', 'terraform'], query)).stderr).toBe('');
  });

  test('a warning is in the object of a failure too, and never a key', async () => {
    const { home, run } = await keyHome();
    writeFileSync(join(home, 'taken'), '');
    const error = await failure(run, ['key', OFFICE, '--out-file', join(home, 'taken')], 2, {
      env: { CI: 'true' },
    });
    expectNoKey(JSON.stringify(error));
  });
});
