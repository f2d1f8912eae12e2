import { closeSync, lstatSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { ensureOwnFile, ensureOwnFolder, ownFileExists, storageError } from '../../store/owner-only.ts';
import { attach, detach, isUnwritten, replaceRows } from '../../store/snapshot.ts';
import { integer, onlyRow, type Sql, text } from '../../store/sql.ts';
import { vaultAccount, vaultWithKey } from '../../vault/vault.ts';
import { sameVaultKey } from '../../vault/vault-key.ts';
import type { ProfileContents } from '../backend.ts';
import type { CopiesSetup } from './copies-setup.ts';
import { removeLeftovers, temporaryPath } from './copy-files.ts';
import { localLedger } from './ledger-export.ts';
import { ProfileFile } from './profile-database.ts';
import { notKept, vaultRecord } from './vault.ts';
import { reseal } from './vault-reseal.ts';

/** Fills an empty profile. Whatever fails leaves nothing behind. */
export async function importProfile(
  setup: CopiesSetup,
  contents: ProfileContents,
): Promise<{ readonly keys: number }> {
  const { databaseFile, database } = setup;
  const folder = dirname(databaseFile);
  const existed = ownFileExists(databaseFile);
  if (existed && !(await isUnwritten(database.reading()))) throw notEmpty();
  const key = await keyToBe(setup, contents.vaultKey);
  const missing = missingFolders(folder);
  ensureOwnFolder(folder);
  removeLeftovers(databaseFile);
  const path = temporaryPath(databaseFile, 'import');
  try {
    await writeBytes(path, contents.database);
    await examine(path, contents.vaultKey, setup);
    return await takeOver(path, contents, key, setup);
  } catch (error) {
    if (!existed && ownFileExists(databaseFile) && (await isUnwritten(database.reading()))) {
      await database.close();
      for (const side of SIDES) rmSync(databaseFile + side, { force: true });
    }
    throw error;
  } finally {
    for (const side of SIDES) rmSync(path + side, { force: true });
    if (!ownFileExists(databaseFile)) removeEmptyFolders(missing);
  }
}

const SIDES = ['', '-wal', '-shm', '-journal'];

export function notEmpty(): AppError {
  return new AppError('USAGE', 'The profile is not empty, so nothing is read into it.', {
    hint: 'Name a new one with --profile <name>.',
  });
}

/**
 * The key that the profile gets: that of the export, unless the environment names one. Asked first, so that a keychain
 * that cannot be used stops everything before the first byte is written. Throws KEYCHAIN_…, USAGE.
 */
async function keyToBe(
  { vaultKey, vaultKeyPlace, crypto }: CopiesSetup,
  exported: Secret | null,
): Promise<Secret | null> {
  if (exported === null) return null;
  const source = await vaultKey();
  try {
    const there = await source.read(vaultAccount(crypto.randomUuid()));
    return (await vaultKeyPlace()) === 'environment' ? there : exported;
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('KEYCHAIN_')) throw error;
    throw new AppError(error.code, `${error.message} The vault key of the profile has to be kept there.`, {
      hint: 'Start or unlock the keychain. Without one, set MPN_BENEFITS_VAULT_KEY: to the vault key of the export, or to a new one made with `openssl rand -base64 32`, which the profile then has.',
      details: error.details,
    });
  }
}

async function writeBytes(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  ensureOwnFile(path);
  const file = openSync(path, 'r+');
  try {
    for await (const chunk of bytes) {
      for (let done = 0; done < chunk.length; ) done += writeSync(file, chunk, done);
    }
  } catch (error) {
    throw storageError(error, path);
  } finally {
    closeSync(file);
  }
}

/** What an authenticated file can still be: of a newer version, or made from a database that was damaged already. */
async function examine(path: string, key: Secret | null, setup: CopiesSetup): Promise<void> {
  const incoming = new ProfileFile(path);
  try {
    const sql = incoming.reading();
    if (text(await onlyRow(sql, 'PRAGMA quick_check(1)'), 'quick_check') !== 'ok')
      throw unsound('its database is damaged');
    const record = await vaultRecord(sql);
    const made = key === null ? null : vaultWithKey(record.vaultId, key);
    if ((made?.check ?? null) !== record.check) throw unsound('its vault key does not belong to it');
    const { ok, findings } = await localLedger(incoming, setup.ledger.sha256Hex).verify(undefined);
    if (!ok) throw unsound(`its ledger does not verify (${findings[0]?.problem ?? 'unknown'})`);
  } finally {
    await incoming.close();
  }
}

function unsound(why: string): AppError {
  return new AppError('INVALID_DATA', `The export was not read: ${why}.`, {
    hint: 'Use an earlier export.',
  });
}

async function takeOver(
  path: string,
  { vaultKey, exportedOn }: ProfileContents,
  key: Secret | null,
  setup: CopiesSetup,
): Promise<{ readonly keys: number }> {
  const { database } = setup;
  const next = setup.crypto.randomUuid();
  const drop = key === null ? null : await keepKey(next, key, setup);
  try {
    await database.write(async () => {});
    const main = database.reading();
    await attach(main, path);
    try {
      return await database.write(async (sql) => {
        if (!(await isUnwritten(sql))) throw notEmpty();
        if (!(await replaceRows(sql))) throw unsound('its records do not fit together');
        // Who may use the service that the copy was made of is not for the copy to say.
        for (const table of ['request', 'service_token', 'trust_rule']) await sql.run(`DELETE FROM ${table}`);
        const check = await sealAnew(sql, next, vaultKey, key);
        await sql.run(
          'UPDATE profile SET vault_id = ?, vault_check = ?, spare_vault_id = NULL, sandbox_made_on = NULL, exported_on = ?',
          next,
          check,
          exportedOn,
        );
        return { keys: integer(await onlyRow(sql, 'SELECT COUNT(*) AS n FROM product_key'), 'n') };
      });
    } finally {
      await detach(main);
    }
  } catch (error) {
    await drop?.().catch(() => {});
    throw error;
  }
}

/** Keeps the key where this profile's key is looked for; gives back how to take it away again. */
async function keepKey(
  vaultId: string,
  key: Secret,
  { vaultKey }: CopiesSetup,
): Promise<() => Promise<void>> {
  const source = await vaultKey();
  const { rotation } = source;
  // The environment holds it already.
  if (rotation === undefined) return async () => {};
  const account = vaultAccount(vaultId);
  await rotation.keep(account, key);
  const kept = await source.read(account);
  if (kept === null || !sameVaultKey(kept, key)) throw notKept(source);
  return () => rotation.drop(account, account);
}

async function sealAnew(
  sql: Sql,
  next: string,
  oldKey: Secret | null,
  newKey: Secret | null,
): Promise<string | null> {
  const { vaultId } = await vaultRecord(sql);
  if (oldKey === null || newKey === null) return null;
  const [from, to] = [vaultWithKey(vaultId, oldKey), vaultWithKey(next, newKey)];
  if (from === null || to === null) throw unsound('its vault key is none');
  await reseal(sql, from.vault, to.vault);
  return to.check;
}

/** The folders of a path that are not there, the innermost first. */
function missingFolders(path: string): readonly string[] {
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return [];
  return [path, ...missingFolders(dirname(path))];
}

function removeEmptyFolders(folders: readonly string[]): void {
  try {
    for (const folder of folders) rmdirSync(folder);
  } catch {
    // Somebody put something there meanwhile: it is theirs.
  }
}
