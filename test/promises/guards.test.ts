import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
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

/** They show the other side of a promise: with the guard taken out, they pass all the same. */
const OTHER_SIDES: Readonly<Record<string, string>> = {
  'says licensed: success': 'where Windows confirms it, success is told',
  'goes to the origin that the environment names for it': 'the one origin gets the token',
};

/** The names of the tests in a file; those of a table with their `$field` or `%s`. */
function testsIn(path: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [name] = node.arguments;
      let callee: ts.Node = node.expression;
      while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
      if (callee.getText() === 'test' && name !== undefined && ts.isStringLiteralLike(name))
        names.push(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true));
  return names;
}

test('every test of this folder has a guard that is taken out, or shows the other side of a promise', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => /(?<!guards)\.test\.ts$/.test(name));
  const without = files.flatMap((file) => {
    const guarded = GUARDS.filter(({ promise }) => `${promise}.test.ts` === file);
    const names = testsIn(`test/promises/${file}`);
    expect([file, names.length > 0]).toEqual([file, true]);
    return names.filter((name) => !guarded.some((guard) => name.startsWith(guard.test)));
  });
  expect(without.sort()).toEqual(Object.keys(OTHER_SIDES).sort());
});

test('every file of this folder has a guard that is taken out', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.test.ts'));
  const proved = new Set(GUARDS.map(({ promise }) => `${promise}.test.ts`));
  expect(files.filter((name) => !proved.has(name))).toEqual(['guards.test.ts']);
});
