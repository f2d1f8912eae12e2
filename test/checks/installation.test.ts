import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
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
