import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testAuthority } from '../helpers/certificates.ts';
import { cleanEnvironment, PROGRAM, type Run } from '../helpers/cli.ts';
import { keyringAvailable, type TestKeyring, withKeyring } from '../helpers/keyring.ts';
import { startProvider, type TestProvider } from '../helpers/oidc.ts';
import { open } from '../helpers/pty.ts';
import { requires } from '../helpers/requires.ts';
import { startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { answer, failure, type Json, ok, type Runner } from '../process/support.ts';

const available = requires('gnome-keyring with dbus-daemon, gdbus and secret-tool', keyringAvailable());

/** A real service that trusts a real provider, and clients that keep what they get in a real keyring. */
describe.skipIf(!available)('signing in', () => {
  let folder: string;
  let service: TestService;
  let provider: TestProvider;
  let trust: Record<string, string>;
  let count = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-auth-'));
    const authority = testAuthority(folder);
    trust = { NODE_EXTRA_CA_CERTS: authority.caFile };
    // Shorter than what a client would still use, so that every command has to renew.
    provider = await startProvider({
      tls: authority.sign(['localhost']),
      accessTokenSeconds: 30,
      claims: { roles: ['admin'] },
    });
    const people = ['--oidc-issuer', provider.issuer, '--oidc-client-id', provider.clientId];
    const scopes = ['--oidc-audience', provider.audience, '--oidc-scope', ...provider.scopes];
    service = await startService({ args: [...people, ...scopes], env: trust });
  });
  afterAll(async () => {
    await service?.stop();
    await provider?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  interface Seat {
    readonly home: string;
    readonly env: Record<string, string | undefined>;
    readonly run: Runner;
  }

  async function seatAt(keyring: TestKeyring): Promise<Seat> {
    count += 1;
    const home = join(folder, `home-${count}`);
    mkdirSync(home);
    const env = {
      ...keyring.env,
      ...trust,
      HOME: home,
      MPN_BENEFITS_VAULT_KEY: undefined,
      MPN_BENEFITS_PROFILE: 'team',
    };
    const run: Runner = (args, options = {}): Promise<Run> =>
      runProgram(home, args, { ...options, env: { ...env, ...options.env } });
    await ok(run, ['profile', 'add', 'team', '--url', service.origin]);
    return { home, env, run };
  }

  /** Starts a sign-in with a code, and lets the person do what is said on the way. */
  async function deviceLogin({ home, env }: Seat, said: 'yes' | 'no' = 'yes') {
    const child = spawn(process.execPath, [PROGRAM, 'auth', 'login', '--device', '-o', 'json'], {
      env: cleanEnvironment(home, env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    let asked = false;
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
      const address = /Open (https:\S+)/.exec(stderr)?.[1];
      if (address === undefined || asked) return;
      asked = true;
      void provider.approveDevice(address, said);
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    return { code, stdout, stderr };
  }

  const account = () => `service:team@${service.origin}`;

  test('a service token from standard input is confirmed, kept in the keyring, used and removed', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run, home } = await seatAt(keyring);
      const login = await ok(run, ['auth', 'login', '--with-token'], { stdin: `${service.token}\n` });
      expect(login.stdout).toContain('Signed in to');
      expect(login.stdout + login.stderr).not.toContain(service.token);
      expect(await keyring.accounts()).toEqual([account()]);
      expect(await keyring.secret(account())).toContain(service.token);
      expect(await answer(run, ['auth', 'status'])).toMatchObject({
        kind: 'service-token',
        role: 'admin',
        location: 'the keyring of the desktop session',
        expires: expect.stringMatching(/^20/),
      });
      expect((await ok(run, ['auth', 'token'])).stdout).toBe(`${service.token}\n`);
      expect((await answer<Json[]>(run, ['list'])).length).toBeGreaterThan(10);
      for (const file of ['config.json'])
        expect(readFileSync(join(home, file), 'utf8')).not.toContain(service.token);
      expect(await answer(run, ['auth', 'logout'])).toMatchObject({ removed: true });
      expect(await keyring.accounts()).toEqual([]);
      expect((await failure(run, ['auth', 'status'], 4)).hint).toContain('auth login');
      expect((await failure(run, ['list'], 4)).code).toBe('AUTH_REQUIRED');
    }));

  test('signing in and out does not fail for a cache that cannot be removed', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run, home } = await seatAt(keyring);
      mkdirSync(join(home, 'profiles', 'team', 'cache.db'), { recursive: true });
      const login = await ok(run, ['auth', 'login', '--with-token'], { stdin: service.token });
      expect(login.stdout).toContain('Signed in to');
      const warning = /^warning: What was fetched before could not be removed: .*is not a file/;
      expect(login.stderr).toMatch(warning);
      expect(await keyring.accounts()).toEqual([account()]);
      const logout = await ok(run, ['auth', 'logout']);
      expect(logout.stdout).toContain('Signed out of');
      expect(logout.stderr).toMatch(warning);
      expect(await keyring.accounts()).toEqual([]);
    }));

  test('a token that the service does not know is not kept', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run } = await seatAt(keyring);
      const error = await failure(run, ['auth', 'login', '--with-token'], 4, {
        stdin: `mpnb_${'x'.repeat(43)}`,
      });
      expect(error.code).toBe('AUTH_REQUIRED');
      expect(await keyring.accounts()).toEqual([]);
      expect((await failure(run, ['auth', 'login', '--with-token'], 2, { stdin: 'two words' })).code).toBe(
        'USAGE',
      );
      expect((await failure(run, ['auth', 'login'], 2)).hint).toContain('--device');
    }));

  test.each([
    ['locked', 'KEYCHAIN_LOCKED'],
    ['no-default', 'KEYCHAIN_UNAVAILABLE'],
    ['no-service', 'KEYCHAIN_UNAVAILABLE'],
  ] as const)(
    'a keyring that is %s keeps nothing; nobody is told that it did, or to set a vault key',
    (state, code) =>
      withKeyring(state, {}, async (keyring) => {
        const { run } = await seatAt(keyring);
        const error = await failure(run, ['auth', 'login', '--with-token'], 7, { stdin: service.token });
        expect(error.code).toBe(code);
        expect(error.hint).toContain('MPN_BENEFITS_TOKEN');
        expect(error.hint).not.toContain('VAULT_KEY');
        expect((await failure(run, ['list'], 7)).code).toBe(code);
      }),
  );

  test('a person signs in on another device; many commands at once renew without losing the sign-in', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const seat = await seatAt(keyring);
      const { run } = seat;
      const login = await deviceLogin(seat);
      expect(login.code, login.stderr).toBe(0);
      expect(JSON.parse(login.stdout)).toMatchObject({
        kind: 'person',
        name: expect.stringContaining('anna'),
        role: 'admin',
      });
      // A provider that rotates refresh tokens ends the sign-in of whoever uses one twice.
      const renewals = (): number => provider.grants.filter((grant) => grant === 'refresh_token').length;
      for (let round = 0; round < 3; round += 1) {
        const before = renewals();
        await Promise.all(Array.from({ length: 6 }, () => ok(run, ['usage'])));
        expect(renewals()).toBeGreaterThan(before);
      }
      expect(await answer(run, ['auth', 'status'])).toMatchObject({
        kind: 'person',
        issuer: provider.issuer,
      });
      await ok(run, ['auth', 'logout']);
      expect(await keyring.accounts()).toEqual([]);
    }));

  test('a person who says no is not signed in', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const login = await deviceLogin(await seatAt(keyring), 'no');
      expect(login.code).toBe(4);
      expect(login.stdout).toBe('');
      expect(await keyring.accounts()).toEqual([]);
    }));

  test('a browser opens by the platform, with an environment that opens nothing of ours', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { home, env, run } = await seatAt(keyring);
      const bin = join(home, 'bin');
      mkdirSync(bin);
      writeFileSync(
        join(bin, 'xdg-open'),
        `#!/bin/sh\nenv > ${home}/browser-env\nprintf %s "$1" > ${home}/address.new\nmv ${home}/address.new ${home}/address\n`,
      );
      chmodSync(join(bin, 'xdg-open'), 0o755);
      const terminal = open(process.execPath, [PROGRAM, 'auth', 'login'], {
        env: {
          ...cleanEnvironment(home, env),
          PATH: `${bin}:${process.env['PATH']}`,
          MPN_BENEFITS_DATABASE_URL: 'postgres://secret',
        },
      });
      await terminal.waitFor(/Your browser opens/);
      const address = await fileWhenThere(join(home, 'address'));
      expect(await provider.browse(address)).toContain('Go back to the terminal');
      expect(await terminal.waitFor(/Signed in to/)).toContain('admin');
      expect((await terminal.exit).exitCode).toBe(0);
      expect(readFileSync(join(home, 'browser-env'), 'utf8')).not.toContain('postgres://secret');
      expect(await answer(run, ['auth', 'status'])).toMatchObject({ kind: 'person' });
    }));

  test('an address that changed finds no credential', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run, home } = await seatAt(keyring);
      await ok(run, ['auth', 'login', '--with-token'], { stdin: service.token });
      const config = join(home, 'config.json');
      writeFileSync(config, readFileSync(config, 'utf8').replace(service.origin, 'http://127.0.0.1:9'));
      expect((await failure(run, ['list'], 4)).code).toBe('AUTH_REQUIRED');
    }));

  test('the token of the environment goes to the address of the environment only', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run } = await seatAt(keyring);
      const elsewhere = { MPN_BENEFITS_TOKEN: service.token, MPN_BENEFITS_SERVICE_URL: 'http://127.0.0.1:9' };
      const error = await failure(run, ['list'], 4, { env: elsewhere });
      expect(error.message).toContain('MPN_BENEFITS_SERVICE_URL only');
      const here = { ...elsewhere, MPN_BENEFITS_SERVICE_URL: service.origin };
      expect(await answer(run, ['auth', 'status'], { env: here })).toMatchObject({
        location: 'MPN_BENEFITS_TOKEN',
      });
    }));

  test('removing the profile removes its credential', () =>
    withKeyring('unlocked', {}, async (keyring) => {
      const { run } = await seatAt(keyring);
      await ok(run, ['auth', 'login', '--with-token'], { stdin: service.token });
      await ok(run, ['profile', 'remove', 'team', '--yes']);
      expect(await keyring.accounts()).toEqual([]);
    }));
});

async function fileWhenThere(path: string): Promise<string> {
  for (let round = 0; round < 200; round += 1) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  throw new Error(`${path} did not come`);
}
