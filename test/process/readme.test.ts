import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../helpers/cli.ts';
import { check, examplesOf, shellIn } from '../helpers/console-blocks.ts';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

test('the examples of the README, one after the other, print what it shows', () => {
  const folder = temporaryFolder();
  const shell = shellIn(folder);
  writeFileSync(join(folder, 'key.txt'), 'BCDFG-HJKMP-QRTVW-XY234-6789B\n');
  cpSync(new URL('../../fixtures/hardware', import.meta.url), join(folder, 'fixtures/hardware'), {
    recursive: true,
  });
  const examples = examplesOf(README);
  expect(examples.length).toBeGreaterThan(8);
  for (const example of examples) check(example, shell, folder);
});

test('the README says in its first screen what the program cannot do, and names both commands', () => {
  const [firstScreen = ''] = README.split('## First steps');
  expect(firstScreen).toContain('Microsoft has no public interface');
  expect(firstScreen).toContain('npm ci && npm start -- list --profile sandbox');
  expect(firstScreen).toContain('npm ci && npm run test:prepare && npm test');
});

test('every page the README points to is there', () => {
  for (const [, target = ''] of README.matchAll(/\]\(([^)#:]+)\)/g)) {
    expect(() => readFileSync(new URL(`../../${target}`, import.meta.url)), target).not.toThrow(/ENOENT/);
  }
});
