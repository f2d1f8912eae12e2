import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run } from '../helpers/cli.ts';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { databaseOf } from '../process/key-world.ts';
import { answer, dayFromNow, failure, grid, type Json, ok, type Runner } from '../process/support.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const OTHER_VAULT_KEY = Buffer.alloc(32, 9).toString('base64');

let folder: string;
let service: TestService;
const home = (name: string): string => join(folder, name);
const cacheFile = (): string => join(home('local'), 'profiles', 'team', 'cache.db');

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-push-'));
  for (const name of ['service', 'local']) mkdirSync(home(name));
  service = await startService({
    home: home('service'),
    env: { MPN_BENEFITS_VAULT_KEY: OTHER_VAULT_KEY },
  });
  writeFileSync(
    home('grid.txt'),
    grid([['Windows Server 2019 Standard', 'MAPS - Core', '16 activations', dayFromNow(200)]]),
  );
  writeFileSync(home('keys.csv'), `Product,Key,Type\nWindows Server 2019 Standard,${KEY},mak\n`);
  await ok(local, ['profile', 'add', 'team', '--url', service.origin]);
  await ok(local, ['import', 'grid.txt', 'keys.csv']);
  await ok(local, ['activate', 'ws-standard-2019', '--machine', 'srv-1', '--via', 'manual', '--yes']);
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `-p` names the profile; the token goes to the service's own address. */
const local: Runner = (args, options = {}): Promise<Run> =>
  runProgram(home('local'), args, {
    ...options,
    cwd: folder,
    env: {
      ...clientEnvironment(service),
      MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 7).toString('base64'),
      MPN_BENEFITS_PROFILE: 'default',
      ...options.env,
    },
  });

describe('moving a profile in', () => {
  it('asks first, and sends nothing unless somebody said yes', async () => {
    await failure(local, ['profile', 'push', 'team'], 2);
    expect(await answer<Json[]>(local, ['list', '-p', 'team'])).toEqual([]);
  });

  it('is refused before a key counts as taken out if it is more than the service takes', async () => {
    await ok(local, ['profile', 'add', 'large']);
    await ok(local, ['import', 'grid.txt', 'keys.csv', '-p', 'large']);
    const database = new DatabaseSync(databaseOf(home('local'), 'large'));
    database.exec(
      `INSERT INTO ledger_event (chain, seq, text, hash, type, at) VALUES ('x', 1, printf('%.*c', 70000000, 'x'), 'x', 'x', 'x')`,
    );
    database.close();
    const refused = await failure(local, ['profile', 'push', 'team', '--yes', '-p', 'large'], 8);
    expect(refused).toMatchObject({
      code: 'INVALID_DATA',
      message: 'This is more than the service takes at once (67108864 bytes).',
      hint: expect.stringContaining('serve init -p <profile>'),
    });
    expect(await answer<Json[]>(local, ['key', '--history', '-p', 'large'])).toEqual([]);
  });

  it('brings entitlements, keys, counts and the very same ledger', async () => {
    // Where the cache would be written stands something else: what was moved was moved.
    rmSync(cacheFile(), { force: true });
    symlinkSync(home('nowhere'), cacheFile());
    const { stdout, stderr } = await ok(local, ['profile', 'push', 'team', '--yes', '-o', 'json']);
    rmSync(cacheFile());
    const pushed: Json = JSON.parse(stdout);
    expect(stderr).toMatch(/warning: The cache could not be written: .*symbolic link/);
    expect(pushed).toMatchObject({ remote: 'team', entitlements: 1, keys: 1 });
    const [here, there] = [
      await answer(local, ['activations', 'verify']),
      await answer(local, ['activations', 'verify', '-p', 'team']),
    ];
    expect(there).toMatchObject({
      ok: true,
      ledger: here['ledger'],
      events: here['events'],
      head: here['head'],
    });
    expect(pushed['head']).toBe(here['head']);
    for (const command of [
      ['list'],
      ['usage'],
      ['activations', 'list'],
      ['machines', 'list'],
      ['key', '--list'],
      ['import', 'list'],
    ]) {
      expect(await answer(local, [...command, '-p', 'team']), command.join(' ')).toEqual(
        await answer(local, command),
      );
    }
    const key = await ok(local, ['key', 'ws-standard-2019', '-p', 'team'], {
      env: { MPN_BENEFITS_VAULT_KEY: undefined },
    });
    expect(key.stdout).toBe(`${KEY}\n`);
  });

  it('left a line for each key in the access log', async () => {
    const [first] = (await answer<Json[]>(local, ['key', '--history', '-p', 'team'])).slice(-1);
    expect(first).toMatchObject({ way: 'moved', target: service.origin, last5: '6789B' });
  });

  it('is refused where something is already, and from a profile that is on a service', async () => {
    expect((await failure(local, ['profile', 'push', 'team', '--yes'], 2)).message).toContain('not empty');
    const env = { MPN_BENEFITS_PROFILE: undefined };
    for (const from of [['-p', 'team'], []]) {
      expect((await failure(local, ['profile', 'push', 'team', '--yes', ...from], 2, { env })).message).toBe(
        `What would be moved is on ${service.origin} already.`,
      );
    }
    expect((await failure(local, ['profile', 'push', 'sandbox', '--yes'], 2)).message).toContain(
      'this machine',
    );
  });
});
