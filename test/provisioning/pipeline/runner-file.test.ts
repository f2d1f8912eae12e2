import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { appendToRunnerFile, runnerFilePath } from '../../../src/provisioning/pipeline/runner-file.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("the runner's file", () => {
  test('is named by its environment', () => {
    const env = { GITHUB_ENV: '/run/env', GITHUB_OUTPUT: '/run/output' };
    expect(runnerFilePath(env, 'env')).toBe('/run/env');
    expect(runnerFilePath(env, 'output')).toBe('/run/output');
  });
  test.each(['env', 'output'] as const)('missing away from a runner (%s): exit 2', (to) => {
    expect(() => runnerFilePath({}, to)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => runnerFilePath({ GITHUB_ENV: '', GITHUB_OUTPUT: '' }, to)).toThrow(/GITHUB_/);
  });
  test.each([
    ['', 'A=1\n', 'A=1\n'],
    ['B=2\n', 'A=1\n', 'B=2\nA=1\n'],
    ['B=2', 'A=1\n', 'B=2\nA=1\n'],
  ])('with %j in it gets %j at its end, on a line of its own', (before, text, after) => {
    const path = join(folder, 'env');
    writeFileSync(path, before);
    appendToRunnerFile(path, text);
    expect(readFileSync(path, 'utf8')).toBe(after);
  });
  test('is not made: the runner makes it', () => {
    expect(() => appendToRunnerFile(join(folder, 'none'), 'A=1\n')).toThrow(
      expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }),
    );
  });
  test('is no link, folder or pipe', () => {
    writeFileSync(join(folder, 'target'), '');
    symlinkSync(join(folder, 'target'), join(folder, 'link'));
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const name of ['link', 'folder', 'pipe']) {
      expect(() => appendToRunnerFile(join(folder, name), 'A=1\n'), name).toThrow(
        expect.objectContaining({ code: 'STORAGE_UNAVAILABLE' }),
      );
    }
    expect(readFileSync(join(folder, 'target'), 'utf8')).toBe('');
  });
});
