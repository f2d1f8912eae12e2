import { describe, expect, test } from 'vitest';
import { busSockets } from '../../src/credentials/dbus.ts';
import {
  type KeychainEntry,
  type KeychainOptions,
  keychain,
  keychainStatus,
} from '../../src/credentials/keychain.ts';
import { vaultKeySource } from '../../src/credentials/vault-key-source.ts';
import { Secret } from '../../src/keys/secret.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

/** A keychain of a system where only the library can be asked, over an entry of the test. */
function options(entry: Partial<KeychainEntry>, more: Partial<KeychainOptions> = {}): KeychainOptions {
  const nothing: KeychainEntry = {
    getPassword: async () => null,
    setPassword: async () => {},
    deletePassword: async () => false,
  };
  return {
    held: 'vault key',
    platform: 'darwin',
    busAddress: undefined,
    runtimeDir: undefined,
    entry: () => ({ ...nothing, ...entry }),
    ...more,
  };
}

describe('a keychain behind the library alone', () => {
  test('gives the item, or null for no item', async () => {
    expect(await keychain(options({})).read('vault:a')).toBeNull();
    expect((await keychain(options({ getPassword: async () => KEY })).read('vault:a'))?.reveal()).toBe(KEY);
  });

  test.each([
    ["Couldn't access platform storage: Secret Service: unlock prompt was dismissed", 'locked'],
    ["Couldn't access platform storage: User interaction is not allowed.", 'locked'],
    ["Couldn't access platform storage: User canceled the operation.", 'denied'],
    ["Couldn't access platform storage: A specified logon session does not exist.", 'denied'],
    ['Platform failure: The user name or passphrase you entered is not correct.', 'denied'],
    ["Couldn't access platform storage: something new", 'denied'],
    [
      'Platform failure: DBus error: The name org.freedesktop.secrets was not provided by any .service files',
      'no-service',
    ],
    [
      'Platform failure: DBus error: Failed to connect to socket /run/bus: No such file or directory',
      'no-bus',
    ],
    ['Platform failure: DBus error: Did not receive a reply. Possible causes include: …', 'timed-out'],
    ['Platform failure: no idea', 'failed'],
    ['', 'failed'],
  ])('takes %j for %s, never for an empty keychain', async (text, reason) => {
    const fail = () => Promise.reject(new Error(text));
    const code = reason === 'locked' ? 'KEYCHAIN_LOCKED' : 'KEYCHAIN_UNAVAILABLE';
    const problem = expect.objectContaining({ code, details: expect.objectContaining({ reason }) });
    const failing = options({ getPassword: fail, setPassword: fail, deletePassword: fail });
    await expect(keychain(failing).read('vault:a')).rejects.toThrow(problem);
    await expect(keychain(failing).store('vault:a', new Secret(KEY))).rejects.toThrow(problem);
    await expect(keychain(failing).remove('vault:a')).rejects.toThrow(problem);
    expect(await keychainStatus(failing)).toMatchObject({ state: reason });
  });

  test('does not repeat what an unknown error says: it may hold the item', async () => {
    const fail = () => Promise.reject(new Error(`bad encoding: ${KEY}`));
    const error: unknown = await keychain(options({ getPassword: fail }))
      .read('vault:a')
      .catch((thrown: unknown) => thrown);
    expect(JSON.stringify([String(error), error])).not.toContain(KEY);
  });

  test('that never answers is given up, and the patience holds for all calls together', async () => {
    const asked: string[] = [];
    const hanging = options(
      {
        getPassword: () => {
          asked.push('read');
          return new Promise<string | null>(() => {});
        },
      },
      { patience: 20 },
    );
    const port = keychain(hanging);
    const late = expect.objectContaining({ details: expect.objectContaining({ reason: 'timed-out' }) });
    await expect(port.read('vault:a')).rejects.toThrow(late);
    await expect(port.read('vault:a')).rejects.toThrow(late);
    expect(asked).toEqual(['read']);
  });
});

describe('a keychain on Linux', () => {
  test.each([
    ['no address and no runtime folder', undefined, undefined],
    ['empty ones', '', ''],
    ['a runtime folder without a bus', undefined, '/nonexistent'],
    ['an address that is no socket', 'garbage', undefined],
    ['a socket that is not there', 'unix:path=/nonexistent/bus', undefined],
    ['another transport', 'tcp:host=127.0.0.1,port=1', undefined],
  ])('with %s has no bus, and the library is not asked', async (_, busAddress, runtimeDir) => {
    const asked: string[] = [];
    const linux = options(
      {},
      {
        platform: 'linux',
        busAddress,
        runtimeDir,
        entry: (account) => {
          asked.push(account);
          throw new Error('the library was asked');
        },
      },
    );
    const problem = expect.objectContaining({ details: expect.objectContaining({ reason: 'no-bus' }) });
    await expect(keychain(linux).read('vault:a')).rejects.toThrow(problem);
    await expect(keychain(linux).store('vault:a', new Secret(KEY))).rejects.toThrow(problem);
    expect(await keychainStatus(linux)).toMatchObject({ state: 'no-bus' });
    expect(asked).toEqual([]);
  });

  test.each([
    ['unix:path=/run/user/1000/bus', ['/run/user/1000/bus']],
    ['unix:path=/run/user/1000/bus,guid=00ff', ['/run/user/1000/bus']],
    ['unix:abstract=/tmp/dbus-x,guid=00', ['\0/tmp/dbus-x']],
    ['unix:path=/tmp/with%20blank%3d', ['/tmp/with blank=']],
    ['unix:path=/tmp/%c3%a4', ['/tmp/ä']],
    ['tcp:host=x;unix:path=/a;unix:path=/b', ['/a', '/b']],
    ['unix:dir=/tmp', []],
    ['', []],
  ])('finds the sockets of %j', (address, sockets) => {
    expect(busSockets(address)).toEqual(sockets);
  });
});

describe('where a vault key is kept', () => {
  const places = { file: undefined, environmentValue: undefined, keychain: options({}) };

  test.each([
    ['the keychain', places, 'keychain'],
    ['the environment, if set', { ...places, environmentValue: KEY }, 'MPN_BENEFITS_VAULT_KEY'],
    [
      'the environment, even if set to nothing',
      { ...places, environmentValue: '' },
      'MPN_BENEFITS_VAULT_KEY',
    ],
    ['the sandbox’s own file', { ...places, file: '/home/vault.key' }, '/home/vault.key'],
    [
      'that file also beside a set variable',
      { ...places, file: '/home/vault.key', environmentValue: KEY },
      '/home',
    ],
  ])('is %s', async (_, given, described) => {
    const source = await vaultKeySource(given);
    expect(source.describe()).toContain(described);
    expect(source.describe()).not.toContain(KEY);
  });
});
