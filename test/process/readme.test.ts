import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cleanEnvironment, temporaryFolder } from '../helpers/cli.ts';
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

test('the line that installs the program of a clone puts it on the PATH, and leaves the clone as it is', () => {
  expect(README).toContain('\n```sh\nnpm install --global .\n```\n');
  const root = new URL('../../', import.meta.url);
  const prefix = temporaryFolder();
  const installed = (): number => statSync(new URL('node_modules/.package-lock.json', root)).mtimeMs;
  const before = installed();
  const options = ['--offline', '--no-audit', '--no-fund', '--prefix', prefix];
  execFileSync('npm', ['install', '--global', '.', ...options], { cwd: root, stdio: 'pipe' });
  expect(installed()).toBe(before);
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const env = cleanEnvironment(temporaryFolder(), { PATH: `${prefix}/bin:${process.env['PATH']}` });
  const run = (...args: string[]) =>
    spawnSync('mpn-benefits', args, { cwd: prefix, env, encoding: 'utf8' }).stdout;
  expect(run('--version')).toBe(`${version}\n`);
  expect(run('list', 'office', '-p', 'sandbox')).toContain('Microsoft Office Professional Plus 2019');
});

test('every page the README points to is there', () => {
  for (const [, target = ''] of README.matchAll(/\]\(([^)#:]+)\)/g)) {
    expect(() => readFileSync(new URL(`../../${target}`, import.meta.url)), target).not.toThrow(/ENOENT/);
  }
});
