import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { COMPILED } from '../helpers/cli.ts';
import { keyringAvailable, type TestKeyring, withKeyring } from '../helpers/keyring.ts';
import { requires } from '../helpers/requires.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const VAULT_ID = '2b0c5c0e-90a6-4a3e-9d8b-0d8b6d3a1f11';
const ACCOUNT = `vault:${VAULT_ID}`;

let folder: string;
let record: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-vault-'));
  record = join(folder, 'record.json');
  writeFileSync(record, JSON.stringify({ vaultId: VAULT_ID, check: null }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the child to its own end. The limit is the harness's: a child that hangs is killed and rejected here. */
function child(env: Readonly<Record<string, string>>, ...args: string[]): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'child.ts');
    const limit = { env: { ...env, ...COMPILED }, timeout: 20_000, killSignal: 'SIGKILL' as const };
    execFile(process.execPath, [script, ...args], limit, (error, stdout, stderr) => {
      if (error !== null)
        return reject(new Error(`the child did not end by itself: ${error.message} ${stderr}`));
      expect(stderr).not.toContain(KEY);
      resolve(JSON.parse(stdout));
    });
  });
}

const check = (): string | null => JSON.parse(readFileSync(record, 'utf8')).check;

/** Nothing but the record itself may be left in the folder, and no item may have come or gone. */
async function expectUntouched(keyring: TestKeyring, accounts: string[]): Promise<void> {
  expect(readdirSync(folder)).toEqual(['record.json']);
  expect(await keyring.accounts()).toEqual(accounts);
}

describe.skipIf(!requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable()))(
  'the vault key in a real keyring',
  { timeout: 60_000 },
  () => {
    test('a first use makes a key, stores it under service and account, and proves it later', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const first = await child(keyring.env, 'open', record);
        expect(first).toEqual({ fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) });
        expect(check()).toMatch(/^[0-9a-f]{64}$/);
        expect(await keyring.accounts()).toEqual([ACCOUNT]);
        expect(await keyring.secret(ACCOUNT)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
        expect(await child(keyring.env, 'open', record)).toEqual(first);
        expect(readdirSync(folder)).toEqual(['record.json']);
      }));

    test('the bus is found by the runtime folder alone', () =>
      withKeyring('unlocked', { [ACCOUNT]: KEY }, async (keyring) => {
        const { DBUS_SESSION_BUS_ADDRESS: address = '', ...env } = keyring.env;
        const runtime = { ...env, XDG_RUNTIME_DIR: address.slice('unix:path='.length, -'/bus'.length) };
        expect(await child(runtime, 'status')).toMatchObject({ state: 'ok' });
        expect(await child(runtime, 'open', record)).toHaveProperty('fingerprint');
      }));

    test('two first uses at the same moment agree on one key', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const opened = await Promise.all([1, 2, 3].map(() => child(keyring.env, 'open', record)));
        expect(new Set(opened.map((one) => one['fingerprint'])).size).toBe(1);
        expect(opened[0]?.['fingerprint']).toMatch(/^[0-9a-f]{64}$/);
        expect(await keyring.accounts()).toEqual([ACCOUNT]);
      }));

    test('a key that an interrupted first use left behind is adopted', () =>
      withKeyring('unlocked', { [ACCOUNT]: KEY }, async (keyring) => {
        expect(await child(keyring.env, 'open', record)).toHaveProperty('fingerprint');
        expect(await keyring.secret(ACCOUNT)).toBe(KEY);
        expect(check()).not.toBeNull();
      }));

    test('a wrong key is refused and stays as it is', () =>
      withKeyring('unlocked', { [ACCOUNT]: KEY }, async (keyring) => {
        await child(keyring.env, 'open', record);
        const before = check();
        const foreign = { ...keyring.env, MPN_BENEFITS_VAULT_KEY: OTHER_KEY };
        expect(await child(foreign, 'open', record)).toMatchObject({ code: 'VAULT_KEY_WRONG', exitCode: 7 });
        expect(check()).toBe(before);
        expect(await keyring.secret(ACCOUNT)).toBe(KEY);
      }));

    test('a key that is gone is missing, and no new one takes its place', () =>
      withKeyring('unlocked', { [ACCOUNT]: KEY }, async (keyring) => {
        await child(keyring.env, 'open', record);
        expect(await child(keyring.env, 'remove', ACCOUNT)).toEqual({ removed: true });
        expect(await child(keyring.env, 'open', record)).toMatchObject({
          code: 'VAULT_KEY_MISSING',
          exitCode: 7,
        });
        await expectUntouched(keyring, []);
      }));

    test.each([
      ['with the item in it', { [ACCOUNT]: KEY }],
      ['with another item in it', { 'vault:another': OTHER_KEY }],
    ])('a keyring that is locked %s is locked, never empty', (_, items) =>
      withKeyring('locked', items, async (keyring) => {
        expect(await child(keyring.env, 'open', record)).toMatchObject({
          code: 'KEYCHAIN_LOCKED',
          exitCode: 7,
          reason: 'locked',
          hint: expect.stringContaining('openssl rand -base64 32'),
        });
        expect(await child(keyring.env, 'remove', ACCOUNT)).toMatchObject({ code: 'KEYCHAIN_LOCKED' });
        expect(check()).toBeNull();
        const proven = join(folder, 'proven.json');
        writeFileSync(proven, JSON.stringify({ vaultId: VAULT_ID, check: 'of an earlier import' }));
        expect(await child(keyring.env, 'open', proven)).toMatchObject({ code: 'KEYCHAIN_LOCKED' });
        rmSync(proven);
        await keyring.restart('unlocked');
        await expectUntouched(keyring, Object.keys(items));
        for (const [account, secret] of Object.entries(items))
          expect(await keyring.secret(account)).toBe(secret);
        expect(await child(keyring.env, 'open', record)).toHaveProperty('fingerprint');
      }),
    );

    test('a keyring locked between two commands is locked, and works again afterwards', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const first = await child(keyring.env, 'open', record);
        await keyring.lock();
        expect(await child(keyring.env, 'open', record)).toMatchObject({ code: 'KEYCHAIN_LOCKED' });
        await keyring.restart('unlocked');
        expect(await child(keyring.env, 'open', record)).toEqual(first);
      }));

    test('a session without a default keyring gets no key', () =>
      withKeyring('no-default', {}, async (keyring) => {
        expect(await child(keyring.env, 'open', record)).toMatchObject({
          code: 'KEYCHAIN_UNAVAILABLE',
          reason: 'no-default',
          hint: expect.stringMatching(/default.*MPN_BENEFITS_VAULT_KEY/),
        });
        expect(check()).toBeNull();
        expect(await child(keyring.env, 'status')).toMatchObject({ state: 'no-default' });
        writeFileSync(record, JSON.stringify({ vaultId: VAULT_ID, check: 'of an earlier import' }));
        expect(await child(keyring.env, 'open', record)).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
      }));

    test.each([
      ['no-bus', 'no-bus'],
      ['no-service', 'no-service'],
      ['frozen', 'timed-out'],
      ['frozen-bus', 'timed-out'],
    ] as const)('%s ends by itself with its own reason and creates nothing', (state, reason) =>
      withKeyring(state, {}, async (keyring) => {
        expect(await child(keyring.env, 'open', record)).toMatchObject({
          code: 'KEYCHAIN_UNAVAILABLE',
          exitCode: 7,
          reason,
          hint: expect.stringContaining('MPN_BENEFITS_VAULT_KEY'),
        });
        expect(await child(keyring.env, 'status')).toMatchObject({ state: reason });
        expect(check()).toBeNull();
        expect(readdirSync(folder)).toEqual(['record.json']);
      }),
    );

    test('a keyring that was frozen works once it goes on', () =>
      withKeyring('frozen', { [ACCOUNT]: KEY }, async (keyring) => {
        expect(await child(keyring.env, 'open', record)).toMatchObject({ reason: 'timed-out' });
        keyring.thaw();
        expect(await child(keyring.env, 'open', record)).toHaveProperty('fingerprint');
        expect(await keyring.secret(ACCOUNT)).toBe(KEY);
      }));

    test.each([
      ['locked', 'KEYCHAIN_LOCKED', 'locked'],
      ['frozen', 'KEYCHAIN_UNAVAILABLE', 'timed-out'],
      ['no-service', 'KEYCHAIN_UNAVAILABLE', 'no-service'],
    ] as const)('the library alone, %s meanwhile, ends by itself too', (state, code, reason) =>
      withKeyring(state, state === 'locked' ? { [ACCOUNT]: KEY } : {}, async (keyring) => {
        const env = { ...keyring.env, TEST_LIBRARY_ALONE: '1' };
        expect(await child(env, 'open', record)).toMatchObject({ code, reason });
        expect(check()).toBeNull();
      }),
    );

    test.each([
      ['unlocked', 'ok'],
      ['locked', 'locked'],
    ] as const)('the probe of a keyring that is %s says %s and leaves it as it was', (state, expected) =>
      withKeyring(state, { [ACCOUNT]: KEY }, async (keyring) => {
        expect(await child(keyring.env, 'status')).toEqual({ state: expected, detail: expect.any(String) });
        await keyring.restart('unlocked');
        await expectUntouched(keyring, [ACCOUNT]);
      }),
    );

    test('with the key in the environment no keyring is asked', () =>
      withKeyring('frozen-bus', {}, async (keyring) => {
        const env = { ...keyring.env, MPN_BENEFITS_VAULT_KEY: KEY };
        const first = await child(env, 'open', record);
        expect(first).toHaveProperty('fingerprint');
        expect(await child(env, 'open', record)).toEqual(first);
      }));
  },
);

describe('the vault key in a file', () => {
  test('processes at the same moment agree on one key', async () => {
    const records = [1, 2, 3].map((number) => join(folder, `record-${number}.json`));
    for (const path of records) writeFileSync(path, JSON.stringify({ vaultId: VAULT_ID, check: null }));
    const env = { PATH: '', TEST_KEY_FILE: join(folder, 'vault.key') };
    const opened = await Promise.all(records.map((path) => child(env, 'open', path)));
    expect(new Set(opened.map((one) => one['fingerprint'])).size).toBe(1);
    expect(opened[0]?.['fingerprint']).toMatch(/^[0-9a-f]{64}$/);
    expect(readdirSync(folder).filter((name) => name.startsWith('vault.key'))).toEqual(['vault.key']);
  }, 60_000);
});
