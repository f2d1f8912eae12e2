import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM, VAULT_KEY } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import {
  accessLog,
  databaseOf,
  expectNoKey,
  keyHome,
  meddle,
  OFFICE,
  OFFICE_KEY,
} from '../process/key-world.ts';
import { answer, filesIn, madeUpKey, ok, type Runner, seeded } from '../process/support.ts';

const NONE = { MPN_BENEFITS_VAULT_KEY: undefined };
const SANDBOX = ['-p', 'sandbox'];
const PIPE_BYTES = 65_536;

/** Root ignores the rights of files unless it gives that power away. */
const ORDINARY =
  process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--'] : [];

describe('the access log comes first', () => {
  test('killed between log and print: the entry is there, the key is not out', async () => {
    const { home, run } = await keyHome();
    const pipe = join(home, 'full');
    execFileSync('mkfifo', [pipe]);
    const end = openSync(pipe, 'r+');
    writeSync(end, Buffer.alloc(PIPE_BYTES, '.'));
    const child = spawn(process.execPath, [PROGRAM, 'key', OFFICE], {
      env: cleanEnvironment(home),
      stdio: ['ignore', end, 'inherit'],
    });
    const gone = once(child, 'exit');
    while (accessLog(home).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill('SIGKILL');
    expect(await gone).toEqual([null, 'SIGKILL']);
    const kept = Buffer.alloc(PIPE_BYTES);
    expect(kept.toString('latin1', 0, readSync(end, kept)).replaceAll('.', '')).toBe('');
    closeSync(end);
    expect(accessLog(home)).toMatchObject([{ way: 'shown', productId: OFFICE }]);
    expect(await answer(run, ['activations', 'verify'])).toMatchObject({ ok: true });
  });

  test.each([
    [
      'a database that is read-only',
      (file: string) => {
        chmodSync(file, 0o400);
        chmodSync(dirname(file), 0o500);
        return ORDINARY;
      },
    ],
    ['a disk that is full', () => ['sh', '-c', 'ulimit -f 0; exec "$@"', 'sh']],
  ])('%s: exit 6, and no key on stdout, in a file or for a program', async (_, spoil) => {
    const { home } = await keyHome();
    const [command = '', ...args] = [...spoil(databaseOf(home)), process.execPath, PROGRAM];
    for (const way of [
      ['key', OFFICE],
      ['key', OFFICE, '--out-file', join(home, 'office.key')],
      ['run', '--env', `K=${OFFICE}`, '--', 'printenv', 'K'],
    ]) {
      const done = spawnSync(command, [...args, ...way], { env: cleanEnvironment(home), encoding: 'utf8' });
      expect([way, done.status, done.stdout]).toEqual([way, 6, '']);
      expectNoKey(done.stderr);
      expect(existsSync(join(home, 'office.key'))).toBe(false);
    }
    chmodSync(dirname(databaseOf(home)), 0o700);
    chmodSync(databaseOf(home), 0o600);
    expect(accessLog(home)).toEqual([]);
  });
});

/** So many keys that sealing them takes its time. */
async function manyKeys(run: Runner, count: number): Promise<void> {
  const rows = Array.from({ length: count }, (_, at) => `Product ${at},${madeUpKey(at)}`);
  await ok(run, ['import', '-'], { stdin: `Product,Key\n${rows.join('\n')}\n` });
}

/** Starts the program and kills it after so many milliseconds; true if it had ended by itself. */
async function killedAfter(
  home: string,
  args: readonly string[],
  milliseconds: number,
  stdin: string,
  env: Record<string, string | undefined> = {},
): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: cleanEnvironment(home, env),
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(stdin);
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  return code !== null;
}

/** How many milliseconds a run takes here and now, its start included: so that the moments of a kill fall into it. */
async function timeOf(home: string, args: readonly string[], stdin: string): Promise<number> {
  const began = performance.now();
  expect(await killedAfter(home, args, 100_000, stdin)).toBe(true);
  return performance.now() - began;
}

const SEED = 20_261_124;
const KILLS = 12;

describe('a change of the vault key that is killed', () => {
  test(`at ${KILLS} moments (seed ${SEED}): one key or the other opens everything`, async () => {
    const { home, run } = newHome();
    await manyKeys(run, 600);
    const random = seeded(SEED);
    const keyOf = (number: number): string => Buffer.alloc(32, number).toString('base64');
    let current = VAULT_KEY;
    const usual = await timeOf(home, ['vault', 'rotate'], keyOf(50));
    current = keyOf(50);
    for (let attempt = 1; attempt <= KILLS; attempt += 1) {
      const next = keyOf(100 + attempt);
      await killedAfter(home, ['vault', 'rotate'], random() * usual * 1.1, next, {
        MPN_BENEFITS_VAULT_KEY: current,
      });
      const opens = async (key: string): Promise<boolean> => {
        const env = { MPN_BENEFITS_VAULT_KEY: key };
        return (await answer(run, ['vault', 'status'], { env }))['key'] === 'right';
      };
      const [old, changed] = [await opens(current), await opens(next)];
      expect([attempt, old !== changed]).toEqual([attempt, true]);
      if (changed) current = next;
      const at = Math.floor(random() * 600);
      const env = { MPN_BENEFITS_VAULT_KEY: current };
      expect((await ok(run, ['key', `Product ${at}`], { env })).stdout).toBe(`${madeUpKey(at)}\n`);
    }
    // Whatever the last kill left, all of it is sealed with one key: sealing it once more opens every record.
    const env = { MPN_BENEFITS_VAULT_KEY: current };
    await ok(run, ['vault', 'rotate'], { stdin: keyOf(7), env });
    expect(await answer(run, ['vault', 'status'])).toMatchObject({
      key: 'right',
      sealed: 600,
      leftover: false,
    });
  }, 300_000);

  const profileOf = (home: string): { vault_id: string; spare_vault_id: string | null } => {
    const database = new DatabaseSync(databaseOf(home, 'sandbox'));
    const row = database.prepare('SELECT vault_id, spare_vault_id FROM profile').get();
    database.close();
    return {
      vault_id: String(row?.['vault_id']),
      spare_vault_id: row?.['spare_vault_id'] === null ? null : String(row?.['spare_vault_id']),
    };
  };
  const keyFiles = (home: string): string[] =>
    readdirSync(join(home, 'profiles/sandbox')).filter((name) => name.startsWith('vault-key'));

  test('before it was sealed: the new key that was kept already goes at the next change', async () => {
    const { home, run } = newHome();
    const { stdout: key } = await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE });
    const orphan = join(home, 'profiles/sandbox/vault-key.vault_11111111-2222-4333-8444-555555555555');
    writeFileSync(orphan, `${VAULT_KEY}\n`, { mode: 0o600 });
    meddle(home, "UPDATE profile SET spare_vault_id = '11111111-2222-4333-8444-555555555555'", 'sandbox');
    expect((await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE })).stdout).toBe(key);
    expect(await answer(run, [...SANDBOX, 'vault', 'status'])).toMatchObject({
      key: 'right',
      leftover: true,
    });
    await ok(run, [...SANDBOX, 'vault', 'rotate'], { env: NONE });
    expect(keyFiles(home)).toEqual(['vault-key']);
    expect(profileOf(home).spare_vault_id).toBeNull();
    expect((await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE })).stdout).toBe(key);
  });

  test('after it was sealed: the new key is used, and the old one goes at the next change', async () => {
    const { home, run } = newHome();
    const { stdout: key } = await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE });
    const file = join(home, 'profiles/sandbox/vault-key');
    const [old, oldId] = [readFileSync(file, 'utf8'), profileOf(home).vault_id];
    await ok(run, [...SANDBOX, 'vault', 'rotate'], { env: NONE });
    renameSync(file, `${file}.vault_${profileOf(home).vault_id}`);
    writeFileSync(file, old, { mode: 0o600 });
    meddle(home, `UPDATE profile SET spare_vault_id = '${oldId}'`, 'sandbox');
    expect((await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE })).stdout).toBe(key);
    await ok(run, [...SANDBOX, 'vault', 'rotate'], { env: NONE });
    expect(keyFiles(home)).toEqual(['vault-key']);
    expect(readFileSync(file, 'utf8')).not.toBe(old);
    expect((await ok(run, [...SANDBOX, 'key', OFFICE], { env: NONE })).stdout).toBe(key);
  });
});

describe('an export or import that is killed', () => {
  const passphrase = 'correct horse battery staple';

  test('leaves no key readable, and nothing but owner-only files beside the database, which the next one removes', async () => {
    const { home, run } = await keyHome();
    const random = seeded(SEED);
    const good = join(home, 'good.mpn');
    const usual = await timeOf(home, ['profile', 'export', good], passphrase);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await killedAfter(
        home,
        ['profile', 'export', join(home, `x${attempt}`)],
        random() * usual * 1.1,
        passphrase,
      );
      await killedAfter(
        home,
        ['profile', 'import', good, '-p', `p${attempt}`],
        random() * usual * 1.5,
        passphrase,
      );
    }
    for (const file of filesIn(home)) {
      const bytes = readFileSync(join(home, file), 'latin1');
      expectNoKey(bytes);
      expect(bytes).not.toContain(VAULT_KEY);
      const mode = execFileSync('stat', ['-c', '%a', join(home, file)], { encoding: 'utf8' }).trim();
      expect([file, mode]).toEqual([file, '600']);
    }
    expect((await ok(run, ['key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    // Whatever came of them, each profile is empty and takes the import, or has it whole.
    for (let attempt = 0; attempt < 6; attempt += 1) {
      const again = await run(['profile', 'import', good, '-p', `p${attempt}`], { stdin: passphrase });
      expect([0, 2]).toContain(again.code);
      expect((await ok(run, ['-p', `p${attempt}`, 'key', OFFICE])).stdout).toBe(`${OFFICE_KEY}\n`);
    }
  }, 300_000);

  test('what a kill left is removed once it is old', async () => {
    const { home, run } = await keyHome();
    const folder = dirname(databaseOf(home));
    const names = ['benefits.db.export-0123456789ab.tmp', 'benefits.db.import-0123456789ab.tmp-wal'];
    const hourAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [...names, 'benefits.db.export-of-mine', 'notes.txt']) {
      writeFileSync(join(folder, name), 'x', { mode: 0o600 });
      utimesSync(join(folder, name), hourAgo, hourAgo);
    }
    const young = 'benefits.db.export-ba9876543210.tmp';
    writeFileSync(join(folder, young), 'x', { mode: 0o600 });
    await ok(run, ['profile', 'export', join(home, 'x')], { stdin: passphrase });
    expect(readdirSync(folder).sort()).toEqual(
      ['benefits.db', young, 'benefits.db.export-of-mine', 'notes.txt'].sort(),
    );
  });
});
