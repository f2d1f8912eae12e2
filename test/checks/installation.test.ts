import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runChecks } from '../../src/checks/check.ts';
import { installationChecks } from '../../src/checks/installation.ts';
import { findPlaces } from '../../src/settings/places.ts';
import { findProfile } from '../../src/settings/profiles.ts';
import { temporaryFolder } from '../helpers/cli.ts';

async function finding(id: string, home: string) {
  const places = findPlaces(home);
  const checks = installationChecks({
    places,
    profile: findProfile(places, 'default'),
    nodeVersion: '24.0.0',
    platform: 'linux',
    vaultKey: async () => ({ result: 'ok', evidence: '' }),
  });
  return (await runChecks(checks.filter((check) => check.id === id)))[0];
}

test('the command that closes a folder to others is one for a shell, whatever the folder is called', async () => {
  const home = join(temporaryFolder(), "o'brien");
  mkdirSync(home);
  writeFileSync(join(home, 'config.json'), '{}');
  chmodSync(join(home, 'config.json'), 0o644);
  expect(await finding('folders', home)).toMatchObject({
    result: 'fail',
    fix: expect.stringMatching(/^chmod -R go-rwx '.*\/o'\\''brien\/config\.json'$/),
  });
});

test.each([
  [0o700, 'ok', null],
  // Others see that there is a folder of profiles, and no more.
  [0o755, 'ok', null],
  [0o775, 'fail', 'chmod go-w'],
  [0o777, 'fail', 'chmod go-w'],
])('a home with the rights %o: %s', async (mode, result, fix) => {
  const home = join(temporaryFolder(), 'home');
  mkdirSync(home);
  chmodSync(home, mode);
  expect(await finding('folders', home)).toMatchObject({
    result,
    fix: fix === null ? null : `${fix} '${home}'`,
  });
});

test('without a home of its own it is our folders among those of the platform', async () => {
  const root = temporaryFolder();
  vi.stubEnv('XDG_CONFIG_HOME', join(root, 'config'));
  vi.stubEnv('XDG_DATA_HOME', join(root, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(root, 'cache'));
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const kind of ['config', 'data', 'cache']) {
    const folder = join(root, kind, 'mpn-benefits');
    mkdirSync(folder, { recursive: true });
    chmodSync(join(root, kind), 0o777);
    expect(await finding('folders', '')).toMatchObject({ result: 'ok' });
    chmodSync(folder, 0o777);
    expect(await finding('folders', '')).toMatchObject({ evidence: `Others can write in: ${folder}` });
    chmodSync(folder, 0o700);
  }
});

test('a folder in which nothing can be written is a finding', async () => {
  // Also for root, who may write wherever the system lets anybody.
  expect(await finding('folders', '/proc/self/nothing')).toMatchObject({
    result: 'fail',
    evidence: expect.stringContaining('cannot write in /proc/self'),
    fix: expect.stringContaining('MPN_BENEFITS_HOME'),
  });
});

test('where a link leads decides on which disk the database will be', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'elsewhere'));
  const link = join(folder, 'link');
  symlinkSync(join(folder, 'elsewhere'), link);
  expect(await finding('disk', join(link, 'home'))).toMatchObject({ evidence: link });
});
