import { createDecipheriv, scryptSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, test } from 'vitest';
import { temporaryFolder, VAULT_KEY } from '../helpers/cli.ts';
import { newHome, runProgram } from '../helpers/warm.ts';
import {
  accessLog,
  copyHome,
  databaseOf,
  expectNoKey,
  keyHome,
  meddle,
  OFFICE,
  OFFICE_KEY,
  SERVER,
  SERVER_KEY_2,
} from './key-world.ts';
import {
  answer,
  dayFromNow,
  failure,
  filesIn,
  type Json,
  ok,
  picture,
  type Runner,
  withinOneDay,
} from './support.ts';

const PASSPHRASE = 'correct horse battery staple';
const FILE = 'backup.mpn';
const pass = { stdin: `${PASSPHRASE}\n` };

let template: string | undefined;
afterAll(() => {
  if (template !== undefined) rmSync(template, { recursive: true, force: true });
});

/** A home with a file that was exported from it. Made once, because a passphrase costs what it is meant to cost. */
async function exported(): Promise<{ home: string; run: Runner; file: string }> {
  if (template === undefined) {
    const { home, run } = await keyHome();
    await ok(run, ['profile', 'export', join(home, FILE)], pass);
    template = mkdtempSync(join(tmpdir(), 'mpn-benefits-template-'));
    copyHome(home, template);
  }
  const home = temporaryFolder();
  copyHome(template, home);
  return { home, run: (args, options) => runProgram(home, args, options), file: join(home, FILE) };
}

/** The format, read by nothing of ours. */
function unseal(file: Buffer, passphrase: string): Buffer {
  const end = file.indexOf(0x0a) + 1;
  const header = file.subarray(0, end);
  const { n, r, p, salt, piece } = JSON.parse(header.toString());
  const key = scryptSync(passphrase, Buffer.from(salt, 'base64'), 32, { N: n, r, p, maxmem: 2 ** 29 });
  const parts: Buffer[] = [];
  for (let at = end, number = 0; at < file.length; number += 1) {
    const next = Math.min(at + piece + 16, file.length);
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(number, 7);
    nonce[11] = next === file.length ? 1 : 0;
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAAD(header);
    decipher.setAuthTag(file.subarray(next - 16, next));
    parts.push(decipher.update(file.subarray(at, next - 16)), decipher.final());
    at = next;
  }
  return Buffer.concat(parts);
}

// The passphrase of each run costs what it is meant to cost.
describe('profile export', { timeout: 180_000 }, () => {
  test('writes one owner-only file, sealed as its header says; the database and its key are in it', () =>
    withinOneDay(async () => {
      const { home, run, file } = await exported();
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const bytes = readFileSync(file);
      const header = JSON.parse(bytes.toString('latin1', 0, bytes.indexOf(0x0a)));
      expect(header).toEqual({
        format: 'mpn-benefits/profile/1',
        kdf: 'scrypt',
        n: 131_072,
        r: 8,
        p: 1,
        salt: expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/),
        cipher: 'aes-256-gcm',
        piece: 65_536,
      });
      const plain = unseal(bytes, PASSPHRASE);
      const start = plain.indexOf(0x0a) + 1;
      expect(JSON.parse(plain.toString('utf8', 0, start))).toEqual({
        profile: 'default',
        exportedOn: dayFromNow(0),
        vaultKey: VAULT_KEY,
      });
      const copy = join(home, 'copy.db');
      writeFileSync(copy, plain.subarray(start));
      const database = new DatabaseSync(copy, { readOnly: true });
      expect(database.prepare('SELECT COUNT(*) AS n FROM product_key').get()).toEqual({ n: 3 });
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      database.close();
      expectNoKey(plain.toString('latin1'));
      for (const name of ['office', VAULT_KEY, 'SQLite'])
        expect(bytes.toString('latin1')).not.toContain(name);
      expect(await answer(run, ['vault', 'status'])).toMatchObject({ exportedOn: dayFromNow(0) });
    }));

  test('is a line of the access log for each key, and no look at it', async () => {
    const { home, run } = await exported();
    const log = accessLog(home);
    expect(log.map(({ way, target }) => [way, target])).toEqual(Array(3).fill(['exported', 'backup.mpn']));
    expect(new Set(log.map(({ productId }) => productId))).toEqual(new Set([OFFICE, SERVER]));
    for (const { state } of await answer<Json[]>(run, ['key', '--list'])) expect(state).toBe('sealed');
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
  });

  test('two of them have nothing in common but the header’s words', async () => {
    const { home, run, file } = await exported();
    const other = join(home, 'other.mpn');
    await ok(run, ['profile', 'export', other], pass);
    const [a, b] = [readFileSync(file), readFileSync(other)];
    expect(JSON.parse(a.toString('latin1', 0, a.indexOf(10))).salt).not.toBe(
      JSON.parse(b.toString('latin1', 0, b.indexOf(10))).salt,
    );
    expect(a.subarray(-1000).equals(b.subarray(-1000))).toBe(false);
  });

  test.each([
    ['a short passphrase', { stdin: 'too short\n' }, 2, 'at least 12 characters'],
    ['no passphrase', { stdin: '' }, 2, 'No passphrase'],
    ['a passphrase of two lines', { stdin: 'correct horse\nbattery staple\n' }, 2, 'several lines'],
    [
      'the wrong vault key',
      { ...pass, env: { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') } },
      7,
      'another vault',
    ],
    ['no keychain', { ...pass, env: { MPN_BENEFITS_VAULT_KEY: undefined } }, 7, 'D-Bus'],
  ])('with %s: nothing is written or recorded', async (_, options, code, message) => {
    const { home, run } = await keyHome();
    const error = await failure(run, ['profile', 'export', join(home, 'x')], code, options);
    expect(error.message).toContain(message);
    expect(filesIn(home)).toEqual(['profiles/default/benefits.db']);
    expect(accessLog(home)).toEqual([]);
    expect(JSON.stringify(error)).not.toContain(PASSPHRASE);
  });

  test('never overwrites without --yes; an empty profile is nothing to export', async () => {
    const { run, file } = await exported();
    const before = readFileSync(file);
    expect((await failure(run, ['profile', 'export', file], 2, pass)).code).toBe('CONFIRMATION_REQUIRED');
    expect(readFileSync(file).equals(before)).toBe(true);
    await ok(run, ['profile', 'export', file, '--yes'], pass);
    expect(readFileSync(file).equals(before)).toBe(false);
    const empty = newHome();
    expect((await failure(empty.run, ['profile', 'export', join(empty.home, 'x')], 3, pass)).code).toBe(
      'NOT_FOUND',
    );
    expect(readdirSync(empty.home)).toEqual([]);
  });
});

describe('profile import', { timeout: 180_000 }, () => {
  test('brings everything back under its own name: keys, counts, ledger, log', async () => {
    const { home, run, file } = await exported();
    const there = newHome();
    const done = await answer(there.run, ['profile', 'import', file], pass);
    expect(done).toEqual({ profile: 'default', file, keys: 3, exportedOn: expect.any(String) });
    expect((await ok(there.run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    expect((await ok(there.run, ['key', SERVER])).stdout).toBe(`${SERVER_KEY_2}\n`);
    expect(accessLog(there.home).slice(0, 3)).toEqual(accessLog(home));
    expect(await answer(there.run, ['activations', 'verify'])).toMatchObject({ ok: true });
    expect(await answer(there.run, ['usage'])).toEqual(await answer(run, ['usage']));
    expect(filesIn(there.home)).toEqual(['profiles/default/benefits.db']);
    expect(statSync(databaseOf(there.home)).mode & 0o777).toBe(0o600);
  });

  test('a copy beside the original has a vault of its own: a new key of one leaves the other alone', async () => {
    const { home, run, file } = await exported();
    await ok(run, ['profile', 'import', file, '-p', 'copy'], pass);
    const ids = await Promise.all(
      ['default', 'copy'].map(
        async (name) => (await answer(run, ['-p', name, 'vault', 'status']))['vaultId'],
      ),
    );
    expect(new Set(ids).size).toBe(2);
    const next = Buffer.alloc(32, 8).toString('base64');
    await ok(run, ['-p', 'copy', 'vault', 'rotate'], { stdin: next });
    expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    const env = { MPN_BENEFITS_VAULT_KEY: next };
    expect((await ok(run, ['-p', 'copy', 'key', OFFICE], { env })).stdout).toBe(`${OFFICE_KEY}\n`);
    expect(filesIn(home)).toEqual([
      'backup.mpn',
      'profiles/copy/benefits.db',
      'profiles/default/benefits.db',
    ]);
  });

  test('fills a profile that is empty, refuses one that is not', async () => {
    const { home, run, file } = await exported();
    await ok(run, ['profile', 'add', 'empty']);
    await ok(run, ['profile', 'import', file, '-p', 'empty'], pass);
    expect((await ok(run, ['-p', 'empty', 'key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    const before = picture(home);
    for (const name of ['empty', 'default', 'sandbox']) {
      // Nobody has to type the passphrase for that.
      const { message } = await failure(run, ['profile', 'import', file, '-p', name], 2);
      expect(message).toMatch(/not empty|sandbox/);
    }
    expect(picture(home)).toEqual(before);
  });

  test('is not read into the place of a remote profile', async () => {
    const { home, run, file } = await exported();
    await ok(run, ['profile', 'add', 'team', '--url', 'https://team.example.com', '--offline']);
    const before = picture(home);
    const { message } = await failure(run, ['profile', 'import', file, '-p', 'team'], 2);
    expect(message).toBe('team is a profile of a team service: no file is read into it.');
    expect(picture(home)).toEqual(before);
  });

  test('a passphrase too short for any file is told so, in words that do not hide it', async () => {
    const { run } = newHome();
    const { file } = await exported();
    const error = await failure(run, ['profile', 'import', file], 2, { stdin: 'wrong' });
    expect(error.message).toBe('A passphrase needs at least 12 characters.');
  });

  test('a wrong passphrase and damage are one answer, and make nothing', async () => {
    const { file } = await exported();
    const bytes = readFileSync(file);
    const end = bytes.indexOf(0x0a) + 1;
    const flipped = (at: number): Buffer => {
      const copy = Buffer.from(bytes);
      copy[at] = (copy[at] ?? 0) ^ 1;
      return copy;
    };
    const withWork = (n: number): Buffer => {
      const header = JSON.parse(bytes.toString('latin1', 0, end));
      return Buffer.concat([Buffer.from(`${JSON.stringify({ ...header, n })}\n`), bytes.subarray(end)]);
    };
    const cases: [string, Buffer, string][] = [
      ['a wrong passphrase', bytes, 'correct horse battery stable'],
      ['the last byte', flipped(bytes.length - 1), PASSPHRASE],
      ['a header that asks for no work', withWork(2), PASSPHRASE],
    ];
    const { home, run } = newHome();
    const answers = new Set<string>();
    for (const [name, content, passphrase] of cases) {
      const damaged = join(home, 'damaged');
      writeFileSync(damaged, content);
      const done = await run(['profile', 'import', damaged], { stdin: passphrase });
      expect([name, done.code, done.stdout]).toEqual([name, 8, '']);
      answers.add(done.stderr);
      expect(filesIn(home)).toEqual(['damaged']);
    }
    expect([...answers]).toEqual([
      expect.stringContaining('The passphrase is wrong, or the file is damaged.'),
    ]);
  });

  test.each([
    ['an empty file', ''],
    ['a text', 'hello\n'],
    ['a database', 'SQLite format 3\0'],
    ['an export of a later format', '{"format":"mpn-benefits/profile/2"}\n'],
    ['a header without an end', `{"format":"${'x'.repeat(5000)}`],
  ])('%s is no export of ours: exit 8', async (_, content) => {
    const { home, run } = newHome();
    writeFileSync(join(home, 'x'), content);
    expect((await failure(run, ['profile', 'import', join(home, 'x')], 8, pass)).message).toContain(
      'not an export',
    );
    expect(readdirSync(home)).toEqual(['x']);
  });

  test('a file that is not there: exit 2', async () => {
    const { run } = newHome();
    expect((await failure(run, ['profile', 'import', 'nowhere'], 2, pass)).code).toBe('USAGE');
  });

  test('another key in the environment becomes the key of the profile', async () => {
    const { file } = await exported();
    const { run } = newHome();
    const env = { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') };
    await ok(run, ['profile', 'import', file], { ...pass, env });
    expect((await ok(run, ['key', OFFICE], { env })).stdout).toBe(`${OFFICE_KEY}\n`);
    expect(await answer(run, ['vault', 'status'], { env })).toMatchObject({ key: 'right' });
    // That of the export opens it no more.
    await failure(run, ['key', OFFICE], 7);
  });

  test('no keychain: exit 7 says how, and nothing is made', async () => {
    const { file } = await exported();
    const { home, run } = newHome();
    const env = { MPN_BENEFITS_VAULT_KEY: undefined };
    const error = await failure(run, ['profile', 'import', file], 7, { ...pass, env });
    expect(error).toMatchObject({
      code: 'KEYCHAIN_UNAVAILABLE',
      hint: expect.stringContaining('openssl rand -base64 32'),
    });
    expect(readdirSync(home)).toEqual([]);
  });

  test('a ledger that does not verify is not accepted: exit 8, and nothing is made', async () => {
    const { home, run } = await keyHome();
    await ok(run, ['key', OFFICE]);
    meddle(home, "UPDATE ledger_event SET text = replace(text, 'shown', 'shewn') WHERE chain = 'access'");
    const file = join(home, 'x');
    await ok(run, ['profile', 'export', file], pass);
    const there = newHome();
    expect((await failure(there.run, ['profile', 'import', file], 8, pass)).message).toContain('ledger');
    expect(readdirSync(there.home)).toEqual([]);
  });

  test('the sandbox can be taken along under another name', async () => {
    const { home, run } = newHome();
    const { stdout: key } = await ok(run, ['-p', 'sandbox', 'key', OFFICE]);
    const { key: vaultKey } = { key: readFileSync(join(home, 'profiles/sandbox/vault-key'), 'utf8').trim() };
    const file = join(home, 'x');
    await ok(run, ['-p', 'sandbox', 'profile', 'export', file], pass);
    const env = { MPN_BENEFITS_VAULT_KEY: vaultKey };
    await ok(run, ['profile', 'import', file, '-p', 'trial'], { ...pass, env });
    expect((await ok(run, ['-p', 'trial', 'key', OFFICE], { env })).stdout).toBe(key);
    await failure(run, ['profile', 'import', file], 2, {
      ...pass,
      env: { ...env, MPN_BENEFITS_PROFILE: undefined },
    });
  });
});
