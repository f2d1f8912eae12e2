import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Run, runProgram } from '../helpers/cli.ts';
import { keyringAvailable, withKeyring } from '../helpers/keyring.ts';
import { requires } from '../helpers/requires.ts';
import { clientEnvironment, startService } from '../helpers/service.ts';
import { failure, ok, type Runner } from '../process/support.ts';

const available = requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable());
const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const PRODUCT = 'office-proplus-2019';

describe.skipIf(!available)('a service whose vault key is in the keychain', () => {
  it('makes it, seals and opens with it, and finds a new one without a restart', async () => {
    await withKeyring('unlocked', {}, async (keyring) => {
      const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-serve-'));
      const home = join(folder, 'home');
      mkdirSync(home);
      const env = { ...keyring.env, MPN_BENEFITS_VAULT_KEY: undefined };
      const service = await startService({ home, env });
      try {
        const run: Runner = (args, options = {}): Promise<Run> =>
          runProgram(home, args, { ...options, env: { ...clientEnvironment(service), ...options.env } });
        const accounts = await keyring.accounts();
        expect(accounts).toEqual([expect.stringMatching(/^vault:/)]);
        const first = await keyring.secret(accounts[0] ?? '');
        await ok(run, ['import', 'key', PRODUCT, '--type', 'mak', '--yes'], { stdin: KEY });
        expect((await ok(run, ['key', PRODUCT])).stdout.trim()).toBe(KEY);

        expect((await runProgram(home, ['serve', 'rotate-vault-key'], { env })).code).toBe(0);
        const later = await keyring.accounts();
        expect(later).toHaveLength(1);
        expect(await keyring.secret(later[0] ?? '')).not.toBe(first);
        expect((await ok(run, ['key', PRODUCT])).stdout.trim()).toBe(KEY);
      } finally {
        await service.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  it('counts and lists while the keychain is closed, and hands out keys once it is open', async () => {
    await withKeyring('unlocked', {}, async (keyring) => {
      const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-serve-'));
      const home = join(folder, 'home');
      mkdirSync(home);
      const env = { ...keyring.env, MPN_BENEFITS_VAULT_KEY: undefined };
      const before = await startService({ home, env });
      const runAt =
        (service: typeof before): Runner =>
        (args, options = {}) =>
          runProgram(home, args, { ...options, env: { ...clientEnvironment(service), ...options.env } });
      await ok(runAt(before), ['import', 'key', PRODUCT, '--type', 'mak', '--yes'], { stdin: KEY });
      await before.stop();
      await keyring.restart('locked');
      const service = await startService({ home, env, token: before.token });
      try {
        const run = runAt(service);
        expect((await ok(run, ['list'])).stdout).toContain('Office Professional Plus 2019');
        await ok(run, ['activate', PRODUCT, '--machine', 'pc-1', '--via', 'manual', '--yes']);
        expect((await failure(run, ['key', PRODUCT], 6)).code).toBe('UNAVAILABLE');
        await keyring.restart('unlocked');
        expect((await ok(run, ['key', PRODUCT])).stdout.trim()).toBe(KEY);
      } finally {
        await service.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});
