import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { cleanEnvironment, PROGRAM, temporaryFolder } from '../helpers/cli.ts';
import { failure, fixture } from '../process/support.ts';

/** The moments in between, and every place for a link, are in test/faults/rights.test.ts. */
const IMPORT = ['import', fixture('inventory.csv')];

/** What somebody else could look into: path and mode. */
function openToOthers(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const stats = statSync(join(folder, name));
    const mode = stats.mode & 0o777;
    return mode === (stats.isDirectory() ? 0o700 : 0o600) ? [] : [`${name} ${mode.toString(8)}`];
  });
}

test('under umask 000 every file is its owner’s alone', () => {
  const folder = temporaryFolder();
  const home = join(folder, 'home');
  const careless = ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, PROGRAM];
  const run = (...args: readonly string[]): Buffer =>
    execFileSync('/bin/sh', [...careless, ...args], { env: cleanEnvironment(home), cwd: folder });
  run(...IMPORT);
  run('key', 'Windows 11 Pro', '--out-file', join(folder, 'key.txt'));
  run('config', 'set', 'output', 'json');
  run('show', 'office-proplus-2019', '-p', 'sandbox');
  expect(readdirSync(folder).sort()).toEqual(['home', 'key.txt']);
  expect(openToOthers(folder)).toEqual([]);
});

describe('a symbolic link in the place of ours is refused, its target left alone', () => {
  const refused = async (make: (home: string, target: string) => void, asFolder: boolean): Promise<void> => {
    const folder = temporaryFolder();
    const home = join(folder, 'home');
    const target = join(folder, 'target');
    mkdirSync(home, { mode: 0o700 });
    if (asFolder) mkdirSync(target);
    else writeFileSync(target, 'somebody else’s');
    make(home, target);
    for (const args of [['list'], IMPORT]) {
      const error = await failure(inProcessAt(home), args, 6);
      expect(error.message).toMatch(/symbolic link/);
    }
    expect(asFolder ? readdirSync(target) : readFileSync(target, 'utf8')).toEqual(
      asFolder ? [] : 'somebody else’s',
    );
  };

  test('a folder', () => refused((home, target) => symlinkSync(target, join(home, 'profiles')), true));

  test('a file', () =>
    refused((home, target) => {
      mkdirSync(join(home, 'profiles/default'), { recursive: true, mode: 0o700 });
      symlinkSync(target, join(home, 'profiles/default/benefits.db'));
    }, false));
});
