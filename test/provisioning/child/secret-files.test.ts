import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSecretFiles } from '../../../src/provisioning/child/secret-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('one file for each variable, removed together, as often as anybody likes', () => {
  const files = createSecretFiles(
    folder,
    new Map([
      ['A', 'one'],
      ['B', 'two\n'],
    ]),
  );
  expect(Object.entries(files.paths).map(([name, path]) => [name, readFileSync(path, 'utf8')])).toEqual([
    ['A', 'one'],
    ['B', 'two\n'],
  ]);
  files.remove();
  files.remove();
  expect(readdirSync(folder)).toEqual([]);
});

test('two at once are not in each other’s way', () => {
  const [first, second] = [1, 2].map((number) => createSecretFiles(folder, new Map([['A', String(number)]])));
  first?.remove();
  expect(readFileSync(second?.paths['A'] ?? '', 'utf8')).toBe('2');
});

test('nothing to write, no folder', () => {
  expect(createSecretFiles(join(folder, 'none'), new Map()).paths).toEqual({});
});

test('a failure is exit 6 and leaves nothing', () => {
  const unavailable = expect.objectContaining({
    code: 'STORAGE_UNAVAILABLE',
    hint: expect.stringContaining('TMPDIR'),
  });
  expect(() => createSecretFiles(join(folder, 'none'), new Map([['A', 'one']]))).toThrow(unavailable);
  const names = new Map([
    ['A', 'one'],
    ['A/B', 'two'],
  ]);
  expect(() => createSecretFiles(folder, names)).toThrow(unavailable);
  expect(readdirSync(folder)).toEqual([]);
});
