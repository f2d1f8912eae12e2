import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type KeychainEntry, keychain } from '../../src/credentials/keychain.ts';
import { vaultKeyPlace } from '../../src/credentials/vault-key-source.ts';
import { Secret } from '../../src/keys/secret.ts';
import { openVault, type VaultKeySource } from '../../src/vault/vault.ts';
import { newHome } from '../helpers/cli.ts';
import { keyringAvailable, type TestKeyring, withKeyring } from '../helpers/keyring.ts';
import { requires } from '../helpers/requires.ts';
import { failure, filesIn, fixture, ok, type Runner } from '../process/support.ts';

/** Every state of a keyring, for the library and for the program, is in test/keychain. */
const IMPORT = ['import', fixture('inventory.csv')];

/** A home whose vault key is in that keyring. */
function homeWith({ env }: TestKeyring): { home: string; run: Runner } {
  const { home, run } = newHome();
  const own = { ...env, HOME: home, MPN_BENEFITS_VAULT_KEY: undefined };
  return { home, run: (args, options = {}) => run(args, { ...options, env: { ...own, ...options.env } }) };
}

describe.skipIf(!requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable()))(
  'with a real keyring',
  () => {
    test('the vault key is there by default, and in no file', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        await ok(run, IMPORT);
        const [account = '', ...others] = await keyring.accounts();
        expect([account, others]).toEqual([expect.stringMatching(/^vault:/), []]);
        const key = (await keyring.secret(account)) ?? '';
        expect(key).toMatch(/^[A-Za-z0-9+/]{43}=$/);
        for (const file of filesIn(home)) {
          const bytes = readFileSync(join(home, file));
          for (const form of [Buffer.from(key), Buffer.from(key, 'base64')])
            expect([file, bytes.includes(form)]).toEqual([file, false]);
        }
      }));

    test('one that is locked is not taken for an empty one: nothing is stored, deleted or replaced', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await ok(run, IMPORT);
        const [account = ''] = await keyring.accounts();
        const key = await keyring.secret(account);
        await keyring.lock();
        expect((await failure(run, ['key', 'Windows 11 Pro'], 7)).code).toBe('KEYCHAIN_LOCKED');
        expect((await failure(run, ['import', fixture('keysexport-2018.xml')], 7)).code).toBe(
          'KEYCHAIN_LOCKED',
        );
        await keyring.restart('unlocked');
        expect(await keyring.accounts()).toEqual([account]);
        expect(await keyring.secret(account)).toBe(key);
      }));
  },
);

test('without a keychain nothing is stored: never in clear instead', async () => {
  const { home, run } = newHome();
  const env = {
    MPN_BENEFITS_VAULT_KEY: undefined,
    DBUS_SESSION_BUS_ADDRESS: undefined,
    XDG_RUNTIME_DIR: undefined,
  };
  expect((await failure(run, IMPORT, 7, { env })).code).toBe('KEYCHAIN_UNAVAILABLE');
  expect(await (await ok(run, ['key', '--list', '-o', 'json'])).json()).toEqual([]);
  for (const file of filesIn(home)) expect(file).not.toMatch(/key/);
});

test('nothing but the sandbox has its key in a file', () => {
  const options = {
    held: 'vault key' as const,
    platform: 'linux' as const,
    busAddress: undefined,
    runtimeDir: undefined,
  };
  expect(vaultKeyPlace({ file: undefined, environmentValue: undefined, keychain: options })).toBe('keychain');
});

describe('a fault of the keychain', () => {
  const VAULT = '2b0c5c0e-90a6-4a3e-9d8b-0d8b6d3a1f11';
  const source = (stored: () => Promise<Secret | null>) => {
    const calls: string[] = [];
    const made: VaultKeySource = {
      describe: () => 'a made-up keychain',
      read: stored,
      store: async () => void calls.push('store'),
    };
    return { made, calls };
  };
  const open = (check: string | null, made: VaultKeySource) =>
    openVault({ vaultId: VAULT, check }, made, {
      allowed: true,
      saveCheck: async () => expect.unreachable('no key was proven'),
      randomKey: () => new Uint8Array(32),
    });

  test('that has lost the key makes no new one', async () => {
    const { made, calls } = source(async () => null);
    await expect(open('of an earlier import', made)).rejects.toMatchObject({ code: 'VAULT_KEY_MISSING' });
    expect(calls).toEqual([]);
  });

  test('that gives another key replaces nothing', async () => {
    const { made, calls } = source(async () => new Secret(Buffer.alloc(32, 9).toString('base64')));
    await expect(open('of an earlier import', made)).rejects.toMatchObject({ code: 'VAULT_KEY_WRONG' });
    expect(calls).toEqual([]);
  });
});

describe('waiting', () => {
  afterEach(() => void vi.useRealTimers());

  test('for a keychain that never answers ends within five seconds, all calls together', async () => {
    vi.useFakeTimers();
    const never = <T>(): Promise<T> => new Promise<T>(() => {});
    const entry: KeychainEntry = { getPassword: never, setPassword: never, deletePassword: never };
    const port = keychain({
      held: 'vault key',
      platform: 'darwin',
      busAddress: undefined,
      runtimeDir: undefined,
      entry: () => entry,
    });
    const ends: string[] = [];
    const asking = (async () => {
      for (const ask of [
        () => port.read('vault:a'),
        () => port.store('vault:a', new Secret('made up')),
        () => port.remove('vault:a'),
      ]) {
        const error: unknown = await ask().catch((thrown: unknown) => thrown);
        ends.push(error instanceof Error && 'code' in error ? String(error.code) : 'no error');
      }
    })();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(ends).toEqual(Array(3).fill('KEYCHAIN_UNAVAILABLE'));
    await asking;
  });
});
