import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GUARDS } from './guards.ts';

const read = (path: string): string => readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

test.each(GUARDS)('$promise: the guard "$guard" stands where the table says', ({ edits }) => {
  for (const { file, text, without } of edits) {
    expect([text, read(file).split(text).length - 1]).toEqual([text, 1]);
    expect(without).not.toBe(text);
  }
});

test.each(GUARDS)('$promise: there is a test "$test"', ({ promise, test: name }) => {
  expect(read(`test/promises/${promise}.test.ts`)).toContain(name);
});

test('every file of this folder has a guard that is taken out', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const proved = new Set(GUARDS.map(({ promise }) => `${promise}.test.ts`));
  expect(files.filter((name) => !proved.has(name))).toEqual(['guards.test.ts']);
});
