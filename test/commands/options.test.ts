import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/command-line/parse.ts';
import { AppError } from '../../src/errors.ts';
import { ok, type Runner } from '../process/support.ts';
import { inProcess } from './in-process.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const PRODUCT = 'Windows Server 2025 Standard';

function usageErrorOf(args: readonly string[]): AppError {
  try {
    parseCommandLine(args, undefined);
  } catch (error) {
    if (error instanceof AppError && error.code === 'USAGE') return error;
    throw error;
  }
  throw new Error('that was understood');
}

async function keysOf(run: Runner): Promise<unknown> {
  return (await ok(run, ['key', '--list', '-o', 'json'])).json();
}

describe('an option of a group and of its subcommand', () => {
  test('a dry run of `import key` stores nothing', async () => {
    const { run } = inProcess();
    const { stdout } = await ok(run, ['import', 'key', PRODUCT, '--dry-run', '--yes'], { stdin: KEY });
    expect(stdout).toContain('nothing was stored');
    expect(await keysOf(run)).toEqual([]);
  });

  test.each([
    ['behind the name', ['import', 'key', PRODUCT, '--offer', 'isv-success', '--yes']],
    ['before it', ['import', '--offer', 'isv-success', 'key', PRODUCT, '--yes']],
  ])('--offer of `import key` counts %s', async (_, args) => {
    const { run } = inProcess();
    await ok(run, args, { stdin: KEY });
    const offers = (await ok(run, ['offer', 'list', '-o', 'json'])).json();
    expect(offers).toMatchObject([{ program: 'isv-success' }]);
  });

  test.each([
    ['import', 'undo', 'i1', '--dry-run'],
    ['import', '--dry-run', 'undo', 'i1'],
    ['import', 'key', PRODUCT, '--strict'],
    ['serve', '--sandbox', 'token', 'list'],
    ['serve', 'init', '--sandbox'],
  ])('what a subcommand does not have is refused: %s %s %s %s', async (...args) => {
    const { run } = inProcess();
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toContain('Unknown option');
  });
});

describe('options that would be overheard', () => {
  test.each([
    ['usage', '--lapsing', '30', '--html', 'usage.html'],
    ['key', '--list', '--history'],
    ['key', '--list', '--mark', 'blocked', '--key', '6789B', '--reason', 'leaked'],
    ['key', '--list', '--copy'],
    ['key', '--history', '--type', 'mak'],
    ['key', '--history', '--out-file', 'keys.txt'],
    ['key', '--mark', 'blocked', '--key', '6789B', '--reason', 'leaked', '--format', 'env'],
  ])('are refused: %s %s %s', async (...args) => {
    const { run } = inProcess();
    const { code, stderr } = await run(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: .+\nhint: See: mpn-benefits help (usage|key)\n$/);
  });
});

describe('values that say nothing', () => {
  test.each([['list'], ['import', 'list'], ['activations', 'list'], ['key', '--list'], ['key', '--history']])(
    'a list of no rows at all is refused, as it would look like an empty profile: %s %s',
    async (...args) => {
      const { run } = inProcess();
      const { code, stdout, stderr } = await run([...args, '--limit', '0']);
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('at least 1');
    },
  );

  test.each([
    ['key', PRODUCT, '--key', '6789B', '--mark', 'blocked'],
    ['machines', 'retire', 'srv-01'],
    ['activations', 'adjust', PRODUCT, '--used', '1'],
    ['activations', 'settle', 'a-1', '--succeeded'],
    ['activate', PRODUCT, '--assume', 'new'],
  ])('a blank reason is none: %s %s', async (...args) => {
    const { run } = inProcess();
    for (const blank of ['', ' \t ']) {
      const { code, stderr } = await run([...args, '--reason', blank]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/--reason .*a few words/);
    }
  });
});

describe('a name of several words without quotation marks', () => {
  test.each([
    ['list', 'windows', 'server'],
    ['show', 'office', '2019'],
    ['activate', 'office', '2019', '--dry-run'],
  ])('is told to get some: %s %s %s', (...args) => {
    const error = usageErrorOf(args);
    expect(error.message).toContain('Too many arguments');
    expect(error.hint).toBe(
      `A name of several words is put in quotation marks, as in "Office 2019". See: mpn-benefits help ${args[0]}`,
    );
  });

  test('another mistake is not told about them', () => {
    expect(usageErrorOf(['show']).hint).toBe('See: mpn-benefits help show');
  });
});

describe('- as the name of a file', () => {
  const SOLD = ['import', 'key', PRODUCT, '--type', 'mak', '--allowed', '5', '--yes'];

  test('is standard output for whatever writes one thing there anyway', async () => {
    const { run } = inProcess();
    await ok(run, SOLD, { stdin: KEY });
    expect((await ok(run, ['key', PRODUCT, '--out-file', '-'])).stdout).toBe(`${KEY}\n`);
    expect((await ok(run, ['usage', '--html', '-'])).stdout).toMatch(/^<!doctype html>/);
    expect((await ok(run, ['activations', 'export', '--out-file', '-'])).stdout).toContain(
      '"type\\":\\"revealed',
    );
    expect(existsSync('-')).toBe(false);
  });

  test('is refused where a file is made for good', async () => {
    const { run } = inProcess();
    await ok(run, SOLD, { stdin: KEY });
    const { code, stderr } = await run(['profile', 'export', '-', '--yes'], {
      stdin: 'a pass phrase of many words\n',
    });
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be written to standard output');
    expect(existsSync('-')).toBe(false);
  });
});

describe('the export of the ledger', () => {
  test.each([
    ['-o', 'json'],
    ['--output', 'csv'],
    ['--query', 'head'],
  ])('goes to standard output as it is, without %s %s', async (...how) => {
    const { run } = inProcess();
    const { code, stdout, stderr } = await run(['activations', 'export', ...how]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('--format csv');
  });

  test('tells in any format what it wrote to a file', async () => {
    const { home, run } = inProcess();
    const file = join(home, 'ledger.jsonl');
    const { stdout } = await ok(run, ['activations', 'export', '--out-file', file, '--query', 'head']);
    expect(JSON.parse(stdout)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('an empty list says why it is empty', () => {
  test('where others are, one that fits nothing sends to them', async () => {
    const { run } = inProcess();
    await ok(run, ['import', 'key', PRODUCT, '--type', 'mak', '--allowed', '5', '--yes'], { stdin: KEY });
    await ok(run, ['activate', PRODUCT, '--machine', 'srv-01', '--via', 'manual', '--yes']);
    expect((await ok(run, ['activations', 'list', '--machine', 'srv-02'])).stderr).toBe(
      'No activation fits. All there are: mpn-benefits activations list\n',
    );
    expect((await ok(run, ['key', 'office-proplus-2019', '--list'])).stderr).toBe(
      'No key fits. All there are: mpn-benefits key --list\n',
    );
    expect((await ok(run, ['key', 'office-proplus-2019', '--history'])).stderr).toBe(
      'No reveal fits. All there are: mpn-benefits key --history\n',
    );
  });

  test('a list of keys has those of a type', async () => {
    const { run } = inProcess();
    await ok(run, ['import', 'key', PRODUCT, '--type', 'mak', '--yes'], { stdin: KEY });
    expect((await ok(run, ['key', '--list', '--type', 'mak', '-o', 'json'])).json()).toHaveLength(1);
    expect((await ok(run, ['key', '--list', '--type', 'retail', '-o', 'json'])).json()).toEqual([]);
  });
});

describe('where commands work', () => {
  test('is said where no listed profile is the active one', async () => {
    const { run } = inProcess();
    expect((await ok(run, ['profile', 'list'])).stderr).toBe(
      'Commands work on the profile default, which appears at its first write.\n',
    );
    await ok(run, ['profile', 'add', 'default']);
    expect((await ok(run, ['profile', 'list'])).stderr).toBe('');
    const env = { MPN_BENEFITS_SERVICE_URL: 'https://team.example.com' };
    const elsewhere = await ok(run, ['profile', 'list', '-o', 'json'], { env });
    expect(elsewhere.json()).toMatchObject([{ active: false }, { active: false }]);
    expect(elsewhere.stderr).toContain('MPN_BENEFITS_SERVICE_URL');
  });
});

describe('a name of a file that is not there', () => {
  test('is told so, not taken for a text without a code', async () => {
    const { run } = inProcess();
    for (const more of [[], ['--answer', 'symptom=limit']]) {
      const { code, stderr } = await run(['troubleshoot', './nowhere.txt', ...more]);
      expect(code).toBe(3);
      expect(stderr).toMatch(/^error: There is no file \.\/nowhere\.txt, .+\nhint: .+\n$/);
    }
  });
});
