import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, dayFromNow, failure, filesIn, type Json, ok, withinOneDay, write } from './support.ts';

const SANDBOX = ['-p', 'sandbox'];
/** As on a machine without keychain: nothing of the kind may be needed. */
const BARE = {
  env: {
    MPN_BENEFITS_VAULT_KEY: undefined,
    DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nowhere/bus',
    XDG_RUNTIME_DIR: '/nowhere',
  },
};

describe('the sandbox', () => {
  test('works with no keychain: list, show, key, import, doctor', async () => {
    const { run } = newHome();
    const rows = await answer<Json[]>(run, ['list', ...SANDBOX], BARE);
    expect(rows.length).toBeGreaterThan(20);
    for (const row of rows) expect(row['source']).toMatch(/\(sample\)$/);
    expect(new Set(rows.map(({ state }) => state))).toEqual(
      new Set(['available', 'in-use', 'used-up', 'expired']),
    );
    expect(await answer(run, ['show', 'office-proplus-2019', ...SANDBOX], BARE)).toMatchObject({
      productId: 'office-proplus-2019',
    });
    expect((await ok(run, ['key', 'office-proplus-2019', ...SANDBOX], BARE)).stdout).toMatch(
      /^([A-Z2-9]{5}-){4}[A-Z2-9]{5}\n$/,
    );
    await ok(run, ['import', '-', ...SANDBOX], {
      ...BARE,
      stdin: 'Product,Key\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789C\n',
    });
    expect((await run(['doctor', ...SANDBOX], BARE)).code).toBe(0);
  });

  test('its dates are relative to the day it was made', () =>
    withinOneDay(async () => {
      const { run } = newHome();
      expect(await answer<Json[]>(run, ['list', ...SANDBOX, '--expiring', '10'])).toMatchObject([
        { activateBy: dayFromNow(9) },
      ]);
      for (const offer of await answer<Json[]>(run, ['offer', 'list', ...SANDBOX])) {
        expect(offer['purchased']).toBe(dayFromNow(-250));
      }
    }));

  test('keeps what happens in it, until it is reset', async () => {
    const { home, run } = newHome();
    const key = (await ok(run, ['key', 'office-proplus-2019', ...SANDBOX])).stdout;
    const stored = readFileSync(join(home, 'profiles/sandbox/vault-key'));
    expect((await ok(run, ['key', 'office-proplus-2019', ...SANDBOX])).stdout).toBe(key);
    expect(await answer(run, ['key', '--history', ...SANDBOX])).toHaveLength(2);
    await ok(run, ['product', 'alias', 'Windows Server 2025 Datacenter', 'ws-standard-2019', ...SANDBOX]);

    const fresh = (await answer<Json[]>(newHome().run, ['list', ...SANDBOX])).map(({ id: _, ...row }) => row);
    expect((await answer<Json[]>(run, ['list', ...SANDBOX])).map(({ id: _, ...row }) => row)).not.toEqual(
      fresh,
    );
    await ok(run, ['profile', 'reset', 'sandbox']);
    expect((await answer<Json[]>(run, ['list', ...SANDBOX])).map(({ id: _, ...row }) => row)).toEqual(fresh);
    expect(await answer(run, ['key', '--history', ...SANDBOX])).toEqual([]);
    expect(readFileSync(join(home, 'profiles/sandbox/vault-key'))).not.toEqual(stored);
    expect((await ok(run, ['key', 'office-proplus-2019', ...SANDBOX])).stdout).not.toBe(key);
  });

  test('two and more first uses at once make one sandbox', async () => {
    const { home, run } = newHome();
    const lists = await Promise.all(Array.from({ length: 4 }, () => answer(run, ['list', ...SANDBOX], BARE)));
    for (const list of lists) expect(list).toEqual(lists[0]);
    expect(await answer(run, ['import', 'list', ...SANDBOX])).toHaveLength(1);
    await ok(run, ['key', 'office-proplus-2019', ...SANDBOX], BARE);
    expect(filesIn(join(home, 'profiles')).filter((file) => !/-(wal|shm)$/.test(file))).toEqual([
      'sandbox/benefits.db',
      'sandbox/vault-key',
    ]);
  });

  test('its vault key is a file for its owner alone', async () => {
    const { home, run } = newHome();
    await ok(run, ['list', ...SANDBOX]);
    expect(statSync(join(home, 'profiles/sandbox/vault-key')).mode & 0o777).toBe(0o600);
  });

  test('cannot be removed, not even with --yes', async () => {
    const { run } = newHome();
    await ok(run, ['list', ...SANDBOX]);
    expect(await failure(run, ['profile', 'remove', 'sandbox', '--yes'], 2)).toMatchObject({ code: 'USAGE' });
    expect(await answer<Json[]>(run, ['list', ...SANDBOX])).not.toEqual([]);
  });

  test('importing a key into it warns, by every way; importing anything else, or a known key, does not', async () => {
    const { home, run } = newHome();
    const warning = /^warning: The sandbox is for trying things out/m;
    const one = await ok(run, ['import', 'key', 'office-proplus-2019', ...SANDBOX], {
      stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789B',
    });
    expect(one.stderr).toMatch(warning);
    const csv = await ok(run, ['import', '-', ...SANDBOX], {
      stdin: 'Product,Key\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789C\n',
    });
    expect(csv.stderr).toMatch(warning);
    const portal = await ok(run, ['import', '-', ...SANDBOX], {
      stdin: 'Benefit Name\tQuantity\nContoso Tool\t3 licenses\n',
    });
    expect(portal.stderr).not.toMatch(warning);
    const keyless = await ok(run, ['import', '-', ...SANDBOX], {
      stdin: 'Product,Quantity\nContoso Two,3\n',
    });
    expect(keyless.stderr).not.toMatch(warning);
    const known = await ok(run, ['import', '-', ...SANDBOX], {
      stdin: 'Product,Key,Quantity\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789C,5\n',
    });
    expect(known.stderr).not.toMatch(warning);
    const good = write(home, 'good.csv', 'Product,Quantity\nContoso Three,3\n');
    const broken = write(home, 'broken.csv', 'Product,Key\nContoso,BCDFG-HJKMP-QRTVW-XY234-6789D\n"open,\n');
    const partial = await run(['import', good, broken, ...SANDBOX]);
    expect(partial.code).toBe(8);
    expect(partial.stderr).not.toMatch(warning);
  });

  test('using it leaves the other profiles alone', async () => {
    const { run } = newHome();
    await ok(run, ['import', '-'], { stdin: 'Benefit Name\tQuantity\nContoso Tool\t3 licenses\n' });
    const before = await answer(run, ['list']);
    await ok(run, ['list', ...SANDBOX]);
    await ok(run, ['profile', 'reset', 'sandbox']);
    expect(await answer(run, ['list'])).toEqual(before);
  });
});

describe('profiles', () => {
  test('are separate, chosen by flag, environment and setting in this order', async () => {
    const { run } = newHome();
    for (const name of ['one', 'two', 'three']) {
      await ok(run, ['profile', 'add', name]);
      await ok(run, ['import', '-', '-p', name], {
        stdin: `Benefit Name\tQuantity\nContoso ${name}\t3 licenses\n`,
      });
    }
    const named = async (args: string[], env = {}): Promise<unknown> =>
      (await answer<Json[]>(run, ['list', ...args], { env }))[0]?.['name'];
    await ok(run, ['profile', 'use', 'one']);
    expect(await named([])).toBe('Contoso one');
    expect(await named([], { MPN_BENEFITS_PROFILE: 'two' })).toBe('Contoso two');
    expect(await named(['-p', 'three'], { MPN_BENEFITS_PROFILE: 'two' })).toBe('Contoso three');
    expect(await answer<Json[]>(run, ['profile', 'list'])).toMatchObject([
      { name: 'one', active: true },
      { name: 'sandbox', active: false },
      { name: 'three', active: false },
      { name: 'two', active: false },
    ]);
    expect(await answer(run, ['config', 'get', 'profile'])).toEqual({
      key: 'profile',
      value: 'one',
      source: 'config',
    });
    // The vault key of these tests is in the environment, so nothing is said of a keychain.
    expect((await ok(run, ['profile', 'remove', 'one', '--yes'])).stderr).toBe('');
    expect(await named([])).toBeUndefined();
    expect(await answer(run, ['config', 'get', 'profile'])).toEqual({
      key: 'profile',
      value: 'default',
      source: 'default',
    });
  });
});
