import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { type RunOptions, VAULT_KEY } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import {
  databaseOf,
  expectNoKey,
  keyHome,
  OFFICE,
  OFFICE_KEY,
  SERVER,
  SERVER_KEY,
  SERVER_KEY_2,
  storeKey,
} from './key-world.ts';
import { answer, failure, type Json, ok, type Runner, withinOneDay } from './support.ts';

const NEW_KEY = Buffer.alloc(32, 8).toString('base64');
const OLD = { MPN_BENEFITS_VAULT_KEY: VAULT_KEY };
const NEW = { MPN_BENEFITS_VAULT_KEY: NEW_KEY };
const NONE = { MPN_BENEFITS_VAULT_KEY: undefined };

/** All that is sealed, as the database has it. */
function sealedRows(home: string, profile?: string): Json[] {
  const database = new DatabaseSync(databaseOf(home, profile));
  try {
    return [
      ...database.prepare('SELECT id, fingerprint, hex(sealed) AS sealed FROM product_key ORDER BY id').all(),
      ...database.prepare('SELECT id, hex(sealed) AS sealed FROM sealed_text ORDER BY shown').all(),
    ];
  } finally {
    database.close();
  }
}

async function expectKeys(run: Runner, env: Record<string, string | undefined>): Promise<void> {
  expect((await ok(run, ['key', OFFICE], { env })).stdout).toBe(`${OFFICE_KEY}\n`);
  expect((await ok(run, ['key', SERVER], { env })).stdout).toBe(`${SERVER_KEY_2}\n`);
  expect((await ok(run, ['key', SERVER, '--key', 'CDFGH'], { env })).stdout).toBe(`${SERVER_KEY}\n`);
}

describe('vault status', () => {
  test('says where the vault key is and that it is right, and nothing of it', async () => {
    const { run } = await keyHome();
    const status = await answer(run, ['vault', 'status']);
    expect(status).toEqual({
      place: 'environment',
      location: 'the environment variable MPN_BENEFITS_VAULT_KEY',
      vaultId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      key: 'right',
      problem: null,
      sealed: 3,
      leftover: false,
      exportedOn: null,
    });
    const { stdout } = await ok(run, ['vault', 'status', '--debug']);
    expect(stdout).toContain('there, and the right one');
    expect(stdout + JSON.stringify(status)).not.toContain(VAULT_KEY);
  });

  test.each([
    ['another key', NEW, 'wrong', 'another vault'],
    ['something that is no key', { MPN_BENEFITS_VAULT_KEY: 'short' }, 'wrong', 'not the base64 form'],
    ['no keychain', NONE, 'unknown', 'D-Bus'],
  ])('with %s it says so, and is no failure', async (_, env, key, problem) => {
    const { run } = await keyHome();
    const status = await answer(run, ['vault', 'status'], { env });
    expect(status).toMatchObject({ key, problem: expect.stringContaining(problem), sealed: 3 });
  });

  test('before the first key there is none, and nothing is made', async () => {
    const { home, run } = newHome();
    expect(await answer(run, ['vault', 'status'], { env: NONE })).toMatchObject({ key: 'none', sealed: 0 });
    expect(readdirSync(home)).toEqual([]);
  });
});

describe('vault rotate', { timeout: 180_000 }, () => {
  test('with the key in the environment: a new one from standard input, everything sealed anew, nothing lost', async () => {
    const { home, run } = await keyHome();
    // A text with a key in it is sealed too, and found again when the same file comes once more.
    const note = `Office,see ${'LMPQR-TVWXY-23467-89BCD-FGHJK'.replace('L', 'K')}`;
    const csv = { stdin: `Product,Note,Key\n${note},\n`, env: OLD };
    await ok(run, ['import', '-', '--map', 'Product=product,Note=note,Key=key'], csv);
    const before = sealedRows(home);
    const status = await answer(run, ['vault', 'status']);

    const rotated = await run(['vault', 'rotate', '-o', 'json'], { stdin: `${NEW_KEY}\n` });
    expect(rotated.code, rotated.stderr).toBe(0);
    expect(rotated.json()).toEqual({
      vaultId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      location: 'the environment variable MPN_BENEFITS_VAULT_KEY',
      sealed: before.length,
    });
    expect(rotated.stderr).toContain('set MPN_BENEFITS_VAULT_KEY to it');
    for (const secret of [VAULT_KEY, NEW_KEY]) expect(rotated.stdout + rotated.stderr).not.toContain(secret);

    const after = sealedRows(home);
    expect(after).toHaveLength(before.length);
    for (const [at, row] of after.entries()) {
      expect(row['sealed']).not.toBe(before[at]?.['sealed']);
      if ('fingerprint' in row) {
        expect(row['id']).toBe(before[at]?.['id']);
        expect(row['fingerprint']).not.toBe(before[at]?.['fingerprint']);
      }
    }
    await expectKeys(run, NEW);
    expect((await failure(run, ['key', OFFICE], 7, { env: OLD })).code).toBe('VAULT_KEY_WRONG');
    const now = await answer(run, ['vault', 'status'], { env: NEW });
    expect(now).toMatchObject({ key: 'right', leftover: false });
    expect(now['vaultId']).not.toBe(status['vaultId']);
    // The same keys are still the same keys: fingerprints fit.
    await storeKey((args, options) => run(args, { ...options, env: NEW }), OFFICE, OFFICE_KEY);
    expect(sealedRows(home)).toHaveLength(before.length);
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
  });

  test.each([
    ['the same key', `${VAULT_KEY}\n`, 2, 'the one in use'],
    ['no key', '', 2, 'No new vault key'],
    ['something else', 'hello\n', 2, 'not the base64 form'],
    [
      'a key in the other alphabet',
      `${Buffer.alloc(32, 251).toString('base64url')}=\n`,
      2,
      'not the base64 form',
    ],
  ])('%s on standard input is refused, and nothing changes', async (_, stdin, code, message) => {
    const { home, run } = await keyHome();
    const before = sealedRows(home);
    const error = await failure(run, ['vault', 'rotate'], code, { stdin });
    expect(error.message).toContain(message);
    expect(sealedRows(home)).toEqual(before);
    await expectKeys(run, OLD);
  });

  test('with the wrong key in the environment: exit 7, and nothing changes', async () => {
    const { home, run } = await keyHome();
    const before = sealedRows(home);
    expect((await failure(run, ['vault', 'rotate'], 7, { stdin: NEW_KEY, env: NEW })).code).toBe(
      'VAULT_KEY_WRONG',
    );
    expect(sealedRows(home)).toEqual(before);
  });

  test('a record that is damaged stops it: exit 8, and everything else still opens', async () => {
    const { home, run } = await keyHome();
    const database = new DatabaseSync(databaseOf(home));
    database.exec("UPDATE product_key SET sealed = x'00' WHERE last5 = 'CDFGH'");
    database.close();
    const before = sealedRows(home);
    expect((await failure(run, ['vault', 'rotate'], 8, { stdin: NEW_KEY })).code).toBe('INVALID_DATA');
    expect(sealedRows(home)).toEqual(before);
    expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    expect(await answer(run, ['vault', 'status'])).toMatchObject({ key: 'right', leftover: false });
  });

  test('before the first key there is nothing to change', async () => {
    const { home, run } = newHome();
    expect((await failure(run, ['vault', 'rotate'], 7, { stdin: NEW_KEY })).code).toBe('VAULT_KEY_MISSING');
    expect(readdirSync(home)).toEqual([]);
  });

  test('the sandbox makes its own, in its own file', async () => {
    const { home, run } = newHome();
    const sandbox = (...args: string[]) => ['-p', 'sandbox', ...args];
    const { stdout: key } = await ok(run, sandbox('key', OFFICE), { env: NONE });
    const file = join(home, 'profiles/sandbox/vault-key');
    const before = readFileSync(file, 'utf8');
    for (let time = 0; time < 2; time += 1) await ok(run, sandbox('vault', 'rotate'), { env: NONE });
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, 'profiles/sandbox'))).toEqual(['benefits.db', 'vault-key']);
    expect((await ok(run, sandbox('key', OFFICE), { env: NONE })).stdout).toBe(key);
    expect((await failure(run, sandbox('vault', 'rotate', '--own-key'), 2, { stdin: NEW_KEY })).code).toBe(
      'USAGE',
    );
  });

  test('a key taken out at the same time comes out right', async () => {
    const { home, run } = newHome();
    const sandbox = ['-p', 'sandbox'];
    const { stdout: key } = await ok(run, [...sandbox, 'key', OFFICE], { env: NONE });
    const rotating = Promise.all([1, 2, 3].map(() => run([...sandbox, 'vault', 'rotate'], { env: NONE })));
    const taken = await Promise.all(
      Array.from({ length: 12 }, () => run([...sandbox, 'key', OFFICE], { env: NONE })),
    );
    for (const { code, stdout, stderr } of taken) expect([code, stdout, stderr]).toEqual([0, key, '']);
    // Of rotations that meet, one at least comes through; the others say that they were overtaken.
    const codes = (await rotating).map(({ code }) => code);
    expect(codes).toContain(0);
    for (const code of codes) expect([0, 6]).toContain(code);
    expect(await answer(run, [...sandbox, 'vault', 'status'])).toMatchObject({
      key: 'right',
      leftover: false,
    });
    expect(
      readdirSync(join(home, 'profiles/sandbox')).filter((name) => name.startsWith('vault-key')),
    ).toEqual(['vault-key']);
  });
});

describe('vault adopt', () => {
  test('needs the variable', async () => {
    const { run } = await keyHome();
    expect((await failure(run, ['vault', 'adopt'], 2, { env: NONE })).message).toContain(
      'MPN_BENEFITS_VAULT_KEY',
    );
    expect((await failure(run, ['-p', 'sandbox', 'vault', 'adopt'], 2)).code).toBe('USAGE');
  });

  test('checks the key before it goes near a keychain', async () => {
    const { run } = await keyHome();
    expect((await failure(run, ['vault', 'adopt'], 7, { env: NEW })).code).toBe('VAULT_KEY_WRONG');
    expect((await failure(run, ['vault', 'adopt'], 7, { env: OLD })).code).toBe('KEYCHAIN_UNAVAILABLE');
  });
});

describe('doctor', () => {
  const exportCheck = async (run: Runner): Promise<Json | undefined> => {
    const { checks } = await answer<{ checks: Json[] }>(run, ['doctor']);
    return checks.find(({ id }) => id === 'export');
  };

  test('warns of keys without an export in 90 days', () =>
    withinOneDay(async () => {
      const { home, run } = await keyHome();
      expect(await exportCheck(run)).toMatchObject({
        result: 'warn',
        fix: expect.stringContaining('profile export'),
      });
      await ok(run, ['profile', 'export', join(home, 'x')], { stdin: 'correct horse battery' });
      expect(await exportCheck(run)).toMatchObject({ result: 'ok' });
      const database = new DatabaseSync(databaseOf(home));
      const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
      for (const [days, result] of [
        [90, 'ok'],
        [91, 'warn'],
      ] as const) {
        database.exec(`UPDATE profile SET exported_on = '${daysAgo(days)}'`);
        expect(await exportCheck(run)).toMatchObject({ result });
      }
      database.close();
    }));

  test('says nothing of a profile without keys, nor of the sandbox', async () => {
    const { run } = newHome();
    expect(await exportCheck(run)).toMatchObject({ result: 'ok' });
    const { checks } = await answer<{ checks: Json[] }>(run, ['-p', 'sandbox', 'doctor']);
    expect(checks.find(({ id }) => id === 'export')).toMatchObject({ result: 'skip' });
  });

  test('leaves to the service what a remote profile has nothing of here', async () => {
    const { run } = newHome();
    await ok(run, ['profile', 'add', 'team', '--url', 'https://benefits.example.com']);
    const { checks } = await answer<{ checks: Json[] }>(run, ['-p', 'team', '--offline', 'doctor']);
    const skipped = checks.filter(({ result }) => result === 'skip').map(({ id }) => id);
    expect(skipped).toEqual(['disk', 'database', 'vault-key', 'export', 'service']);
  });

  test('finds a vault key that does not open the profile, and one that is none', async () => {
    const { run } = await keyHome();
    const vaultKeyCheck = async (env: NonNullable<RunOptions['env']>): Promise<Json | undefined> => {
      const { checks } = (await run(['doctor', '-o', 'json'], { env })).json() as { checks: Json[] };
      return checks.find(({ id }) => id === 'vault-key');
    };
    expect(await vaultKeyCheck(OLD)).toMatchObject({ result: 'ok' });
    expect(await vaultKeyCheck(NEW)).toMatchObject({
      result: 'fail',
      evidence: expect.stringContaining('another vault'),
      fix: expect.any(String),
    });
    expect(await vaultKeyCheck({ MPN_BENEFITS_VAULT_KEY: 'abc' })).toMatchObject({
      result: 'fail',
      evidence: expect.stringContaining('base64'),
    });
  });

  test('shows no key', async () => {
    const { run } = await keyHome();
    expectNoKey((await ok(run, ['doctor', '--debug'])).stdout);
  });
});
