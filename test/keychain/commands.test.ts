import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { keyringAvailable, type TestKeyring, withKeyring } from '../helpers/keyring.ts';
import { requires } from '../helpers/requires.ts';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, filesIn, fixture, ok, picture, type Runner } from '../process/support.ts';

const EXPORT = ['import', fixture('keysexport-2018.xml')];
const PORTAL = ['import', fixture('portal-grid.tsv')];
const KEY = 'BCDFN-HJKMP-QRTVW-XY234-67899';

/** A home whose vault key is in that keyring. */
function homeWith(keyring: TestKeyring): { home: string; run: Runner } {
  const { home, run } = newHome();
  const env = { ...keyring.env, HOME: home, MPN_BENEFITS_VAULT_KEY: undefined };
  return { home, run: (args, options = {}) => run(args, { ...options, env: { ...env, ...options.env } }) };
}

/** Neither a row nor a trace of the keys that could not be sealed. */
async function expectNothingStored(home: string, run: Runner): Promise<void> {
  expect(await answer(run, ['list'])).toEqual([]);
  expect(await answer(run, ['key', '--list'])).toEqual([]);
  expect(await answer(run, ['import', 'list'])).toEqual([]);
  for (const [file, bytes] of Object.entries(picture(home))) {
    const text = Buffer.from(bytes, 'base64').toString('latin1');
    for (const key of [KEY, KEY.replaceAll('-', '')])
      expect([file, text.includes(key)]).toEqual([file, false]);
  }
}

describe.skipIf(!requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable()))(
  'the program and a real keyring',
  () => {
    test('a first import stores one item, and a second process uses it', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await ok(run, EXPORT);
        const accounts = await keyring.accounts();
        expect(accounts).toEqual([expect.stringMatching(/^vault:[0-9a-f-]{36}$/)]);
        expect((await ok(run, ['key', 'Office LTSC Professional Plus', '--key', '67899'])).stdout).toBe(
          `${KEY}\n`,
        );
        await ok(run, ['import', fixture('keysexport-2012.xml')]);
        expect(await keyring.accounts()).toEqual(accounts);
      }));

    test('two first imports at once make one item, and both can be read', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await Promise.all([ok(run, EXPORT), ok(run, ['import', fixture('keysexport-2012.xml')])]);
        expect(await keyring.accounts()).toHaveLength(1);
        await ok(run, ['key', 'Office LTSC Professional Plus', '--key', '67899']);
        await ok(run, ['key', 'Windows 8 Pro', '--key', '67894']);
      }));

    test('a dry run makes no item', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        await ok(run, [...EXPORT, '--dry-run']);
        expect(await keyring.accounts()).toEqual([]);
        expect(filesIn(home)).toEqual([]);
      }));

    test('locked: exit 7, nothing stored, no plaintext; unlocked again it goes on', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        await keyring.lock();
        expect(await failure(run, EXPORT, 7)).toMatchObject({ code: 'KEYCHAIN_LOCKED' });
        await expectNothingStored(home, run);
        await keyring.restart('unlocked');
        await ok(run, EXPORT);
        await keyring.lock();
        const before = await answer(run, ['key', '--history']);
        expect(
          await failure(run, ['key', 'Office LTSC Professional Plus', '--key', '67899'], 7),
        ).toMatchObject({
          code: 'KEYCHAIN_LOCKED',
        });
        expect(await answer(run, ['key', '--history'])).toEqual(before);
      }));

    test('frozen: the program ends by itself with exit 7, and what needs no key works', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        keyring.freeze();
        expect((await failure(run, EXPORT, 7)).code).toMatch(/^KEYCHAIN_/);
        await expectNothingStored(home, run);
        await ok(run, PORTAL);
        await ok(run, ['show', 'Windows Server 2022 Datacenter']);
        await ok(run, ['--help']);
        await ok(run, ['import', 'undo', 'i1']);
        await ok(run, ['offer', 'set', 'action-pack', '--purchased', '2024-01-01']);
        await ok(run, ['config', 'set', 'output', 'json']);
        expect((await run(['key', 'Windows 11 Pro'])).code).toBe(3);
        keyring.thaw();
        expect(await keyring.accounts()).toEqual([]);
      }));

    test('a key that was imported before is not asked for either, by what only lists', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await ok(run, EXPORT);
        keyring.freeze();
        for (const args of [
          ['list', '--with-key'],
          ['show', 'Office LTSC Professional Plus'],
          ['key', '--list'],
          ['key', '--history'],
          ['key', 'Office LTSC Professional Plus', '--key', '67899', '--mark', 'retired', '--reason', 'old'],
          PORTAL,
        ]) {
          await ok(run, args);
        }
        keyring.thaw();
      }));

    test('no bus: exit 7 with what to do in a pipeline', () =>
      withKeyring('no-bus', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        const error = await failure(run, EXPORT, 7);
        expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
        expect(error.hint).toContain('MPN_BENEFITS_VAULT_KEY');
        await expectNothingStored(home, run);
        const env = { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 1).toString('base64') };
        await ok(run, EXPORT, { env });
      }));

    test('no keyring on the bus: exit 7', () =>
      withKeyring('no-service', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        expect(await failure(run, EXPORT, 7)).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
        await expectNothingStored(home, run);
      }));

    test('the item is gone, or is another key: exit 7 and nothing is made in its place', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await ok(run, EXPORT);
        const wrong = { env: { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') } };
        const reveal = ['key', 'Office LTSC Professional Plus', '--key', '67899'];
        expect(await failure(run, reveal, 7, wrong)).toMatchObject({ code: 'VAULT_KEY_WRONG' });
        expect(await failure(run, ['import', fixture('inventory.csv')], 7, wrong)).toMatchObject({
          code: 'VAULT_KEY_WRONG',
        });
        await withKeyring('unlocked', {}, async (other) => {
          const env = other.env;
          expect(await failure(run, reveal, 7, { env })).toMatchObject({ code: 'VAULT_KEY_MISSING' });
          expect(await failure(run, ['import', fixture('inventory.csv')], 7, { env })).toMatchObject({
            code: 'VAULT_KEY_MISSING',
          });
          expect(await other.accounts()).toEqual([]);
        });
        expect(await answer(run, ['import', 'list'])).toHaveLength(1);
        await ok(run, reveal);
      }));

    test('the sandbox asks no keychain at all', () =>
      withKeyring('frozen', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        await ok(run, ['key', 'office-proplus-2019', '-p', 'sandbox']);
        expect(existsSync(join(home, 'profiles/sandbox/vault-key'))).toBe(true);
        keyring.thaw();
        expect(await keyring.accounts()).toEqual([]);
      }));
  },
);
