import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VAULT_KEY } from '../helpers/cli.ts';
import {
  type KeyringState,
  keyringAvailable,
  startKeyring,
  type TestKeyring,
  withKeyring,
} from '../helpers/keyring.ts';
import { requires } from '../helpers/requires.ts';
import { newHome } from '../helpers/warm.ts';
import { accessLog, expectNoKey, meddle, OFFICE, OFFICE_KEY, storeKey } from '../process/key-world.ts';
import { answer, ok, type Runner } from '../process/support.ts';

const NEW_KEY = Buffer.alloc(32, 8).toString('base64');
const pass = { stdin: 'correct horse battery staple' };

/** A home, and the program in it with a keyring of its own in place of a key in the environment. */
function homeWith(keyring: TestKeyring): { readonly home: string; readonly run: Runner } {
  const { home, run } = newHome();
  return { home, run: inSession(run, keyring) };
}

function inSession(run: Runner, { env }: TestKeyring): Runner {
  const { DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR, XDG_DATA_HOME } = env;
  const session = {
    DBUS_SESSION_BUS_ADDRESS,
    XDG_RUNTIME_DIR,
    XDG_DATA_HOME,
    MPN_BENEFITS_VAULT_KEY: undefined,
  };
  return (args, options) => run(args, { ...options, env: { ...session, ...options?.env } });
}

const vaultIdOf = async (run: Runner): Promise<string> =>
  String((await answer(run, ['vault', 'status']))['vaultId']);

describe.skipIf(!requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable()))(
  'the program with a real keyring',
  { timeout: 120_000 },
  () => {
    test('import, key, run and status need no variable', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await storeKey(run, OFFICE, OFFICE_KEY);
        expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
        expect(
          (await ok(run, ['run', '--env', `K=${OFFICE}`, '--', 'sh', '-c', 'test -n "$K"'])).stderr,
        ).toBe('');
        const status = await answer(run, ['vault', 'status']);
        expect(status).toMatchObject({ place: 'keychain', key: 'right', sealed: 1 });
        expect(await keyring.accounts()).toEqual([`vault:${status['vaultId']}`]);
      }));

    const STATES: [KeyringState, string, string][] = [
      ['locked', 'KEYCHAIN_LOCKED', 'The keychain is locked'],
      ['no-service', 'KEYCHAIN_UNAVAILABLE', 'No keyring service answers'],
      ['no-bus', 'KEYCHAIN_UNAVAILABLE', 'no D-Bus session'],
      ['frozen', 'KEYCHAIN_UNAVAILABLE', 'did not answer in time'],
      ['frozen-bus', 'KEYCHAIN_UNAVAILABLE', 'did not answer in time'],
      ['no-default', 'KEYCHAIN_UNAVAILABLE', 'no default keyring'],
    ];
    test.each(STATES)(
      'key with a keyring that is %s ends by itself: exit 7, how to go on, no key',
      async (state, code, message) => {
        const good = await startKeyring('unlocked');
        const { home, run } = newHome();
        await storeKey(inSession(run, good), OFFICE, OFFICE_KEY).finally(() => good.stop());
        await withKeyring(state, {}, async (keyring) => {
          const began = performance.now();
          const done = await inSession(run, keyring)(['key', OFFICE, '--debug'], {
            env: { MPN_BENEFITS_OUTPUT: 'json' },
          });
          const took = performance.now() - began;
          expect([done.code, done.stdout]).toEqual([7, '']);
          const { error } = JSON.parse(
            done.stderr.split('\n').find((line) => line.startsWith('{"error"')) ?? '{}',
          );
          expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
          expect(error.hint).toContain('MPN_BENEFITS_VAULT_KEY');
          expectNoKey(done.stderr);
          expect(accessLog(home)).toEqual([]);
          // Everything that needs no vault goes on.
          const goesOn = performance.now();
          const { stdout } = await ok(inSession(run, keyring), ['key', '--list', '-o', 'json']);
          expect(JSON.parse(stdout)).toHaveLength(1);
          // The keychain may take five seconds; what a busy machine takes for the rest is seen by this command.
          expect(took - (performance.now() - goesOn)).toBeLessThan(5_000);
          const status = await answer(inSession(run, keyring), ['vault', 'status']);
          expect(status).toMatchObject({ key: 'unknown', problem: expect.stringContaining(message) });
        });
      },
    );

    test('rotate keeps a new key in the keyring and drops the old one', () =>
      withKeyring('unlocked', { 'vault:another': VAULT_KEY }, async (keyring) => {
        const { run } = homeWith(keyring);
        await storeKey(run, OFFICE, OFFICE_KEY);
        const before = await vaultIdOf(run);
        const old = await keyring.secret(`vault:${before}`);
        const { stdout, stderr } = await ok(run, ['vault', 'rotate']);
        expect(stdout).toBe('Sealed 1 record with a new vault key.\n');
        expect(stderr).toContain('Make a new export');
        const after = await vaultIdOf(run);
        expect(await keyring.accounts()).toEqual([`vault:${after}`, 'vault:another'].sort());
        expect(await keyring.secret(`vault:${after}`)).not.toBe(old);
        expect(await keyring.secret('vault:another')).toBe(VAULT_KEY);
        expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
      }));

    test('a rotate that fails takes its new key out of the keyring again', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { home, run } = homeWith(keyring);
        await storeKey(run, OFFICE, OFFICE_KEY);
        const before = await keyring.accounts();
        meddle(home, "UPDATE product_key SET sealed = x'00'");
        expect((await run(['vault', 'rotate'])).code).toBe(8);
        expect(await keyring.accounts()).toEqual(before);
        expect(await answer(run, ['vault', 'status'])).toMatchObject({ key: 'right', leftover: false });
      }));

    test('rotate --own-key takes the keys out of the keyring, adopt brings them back', () =>
      withKeyring('unlocked', {}, async (keyring) => {
        const { run } = homeWith(keyring);
        await storeKey(run, OFFICE, OFFICE_KEY);
        const { stderr } = await ok(run, ['vault', 'rotate', '--own-key'], { stdin: NEW_KEY });
        expect(stderr).toContain('kept nowhere');
        expect(await keyring.accounts()).toEqual([]);
        expect((await run(['key', OFFICE])).code).toBe(7);
        const env = { MPN_BENEFITS_VAULT_KEY: NEW_KEY };
        expect((await ok(run, ['key', OFFICE], { env })).stdout).toBe(`${OFFICE_KEY}\n`);

        const id = await vaultIdOf(run);
        const wrong = { MPN_BENEFITS_VAULT_KEY: VAULT_KEY };
        expect((await run(['vault', 'adopt'], { env: wrong })).code).toBe(7);
        expect(await keyring.accounts()).toEqual([]);
        expect(await answer(run, ['vault', 'adopt'], { env })).toMatchObject({ vaultId: id, stored: true });
        expect(await keyring.secret(`vault:${id}`)).toBe(NEW_KEY);
        expect(await answer(run, ['vault', 'adopt'], { env })).toMatchObject({ stored: false });
        expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
      }));

    test('adopt never overwrites another item', async () => {
      const { run } = newHome();
      await storeKey(run, OFFICE, OFFICE_KEY);
      const account = `vault:${await vaultIdOf(run)}`;
      await withKeyring('unlocked', { [account]: NEW_KEY }, async (keyring) => {
        const env = { MPN_BENEFITS_VAULT_KEY: VAULT_KEY };
        const done = await inSession(run, keyring)(['vault', 'adopt', '-o', 'json'], { env });
        expect([done.code, done.error().code]).toEqual([7, 'VAULT_KEY_WRONG']);
        expect(await keyring.secret(account)).toBe(NEW_KEY);
      });
    });

    test('an export survives the loss of the keyring', async () => {
      const { home, run } = newHome();
      const file = join(home, 'backup.mpn');
      await withKeyring('unlocked', {}, async (keyring) => {
        await storeKey(inSession(run, keyring), OFFICE, OFFICE_KEY);
        await ok(inSession(run, keyring), ['profile', 'export', file], pass);
      });
      await withKeyring('unlocked', {}, async (keyring) => {
        const there = homeWith(keyring);
        expect((await inSession(run, keyring)(['key', OFFICE])).code).toBe(7);
        await ok(there.run, ['profile', 'import', file], pass);
        expect((await ok(there.run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
        expect(await keyring.accounts()).toEqual([`vault:${await vaultIdOf(there.run)}`]);
        // A copy beside it has an item of its own.
        await ok(there.run, ['profile', 'import', file, '-p', 'copy'], pass);
        expect(await keyring.accounts()).toHaveLength(2);
        await ok(there.run, ['-p', 'copy', 'vault', 'rotate']);
        expect((await ok(there.run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
      });
    });

    test.each(['locked', 'no-service'] as const)(
      'an import with a keyring that is %s makes nothing',
      async (state) => {
        const { home, run } = newHome();
        const file = join(home, 'backup.mpn');
        await storeKey(run, OFFICE, OFFICE_KEY);
        await ok(run, ['profile', 'export', file], pass);
        await withKeyring(state, {}, async (keyring) => {
          const there = homeWith(keyring);
          const done = await there.run(['profile', 'import', file, '-o', 'json'], pass);
          expect([done.code, done.error().hint]).toEqual([7, expect.stringContaining('openssl')]);
          expect(readdirSync(there.home)).toEqual([]);
        });
      },
    );
  },
);
