/**
 * A profile as a whole, out and in.
 *
 * Threat model: the snapshot that is sealed, and the database that was unsealed, are files for a moment. They hold
 * what the profile's own database holds (keys sealed, names readable), owner-only and in the same folder; the vault
 * key is never in a file of ours. Both are removed whatever happens, and what a `kill -9` leaves is removed by the
 * next export or import. What comes in is the work of this program only as far as its passphrase proves: it is
 * checked, nothing but its rows is taken over, and it is sealed under a vault id of its own, so that a change of one
 * copy's vault key never takes the other's.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  lstatSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ACCESS_CHAIN } from '../../activation/events.ts';
import type { VaultKeyPlace } from '../../credentials/vault-key-source.ts';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { ensureOwnFile, ensureOwnFolder, ownFileExists, storageError } from '../../store/owner-only.ts';
import { attach, detach, isEmpty, replaceRows, snapshotInto } from '../../store/snapshot.ts';
import { integer, type Sql, text, textOrNull } from '../../store/sql.ts';
import { type Vault, type VaultKeySource, vaultAccount, vaultWithKey } from '../../vault/vault.ts';
import { sameVaultKey } from '../../vault/vault-key.ts';
import type { KeyAccess, MovingProfile, ProfileContents, ProfileCopies, ProfileExport } from '../backend.ts';
import { type LedgerSetup, openChain, recordEvent } from './ledger.ts';
import { localLedger } from './ledger-export.ts';
import { checkSound, movingProfile } from './move-out.ts';
import { type ProfileDatabase, ProfileFile } from './profile-database.ts';
import { existingVault, notKept, provenVault, vaultRecord } from './vault.ts';
import { reseal } from './vault-reseal.ts';

export interface CopiesSetup {
  readonly databaseFile: string;
  readonly database: ProfileDatabase;
  readonly today: () => string;
  readonly ledger: LedgerSetup;
  readonly vaultKey: () => Promise<VaultKeySource>;
  readonly vaultKeyPlace: () => Promise<VaultKeyPlace>;
  readonly crypto: { readonly randomUuid: () => string };
}

export function localCopies(setup: CopiesSetup): ProfileCopies {
  return {
    moveOut: (access) => moveOut(setup, access),
    export: (access) => exportProfile(setup, access),
    import: (contents) => importProfile(setup, contents),
  };
}

async function moveOut(setup: CopiesSetup, access: Omit<KeyAccess, 'productId'>): Promise<MovingProfile> {
  const { database, databaseFile, ledger } = setup;
  if (!ownFileExists(databaseFile)) throw nothingToExport();
  checkSound(await localLedger(database, ledger.sha256Hex).verify(undefined));
  await keyOfNow(setup);
  await database.write((sql) => recordExport(sql, access, ledger));
  return database.snapshot((sql) => {
    let vault: Promise<Vault> | undefined;
    const open = (): Promise<Vault> => {
      vault ??= existingVault(sql, { source: setup.vaultKey, randomBytes });
      return vault;
    };
    return movingProfile(sql, ledger.sha256Hex, open);
  });
}

async function exportProfile(
  setup: CopiesSetup,
  access: Omit<KeyAccess, 'productId'>,
): Promise<ProfileExport> {
  const { database, databaseFile } = setup;
  if (!ownFileExists(databaseFile)) throw nothingToExport();
  removeLeftovers(databaseFile);
  await keyOfNow(setup);
  const keys = await database.write((sql) => recordExport(sql, access, setup.ledger));
  const path = temporaryPath(databaseFile, 'export');
  try {
    for (;;) {
      const { vaultId, key } = await keyOfNow(setup);
      ensureOwnFile(path);
      await snapshotInto(database.reading(), path);
      // A change of the vault key in between would leave the file with the key of another vault.
      if ((await vaultRecord(database.reading())).vaultId === vaultId) {
        return {
          keys,
          vaultKey: key,
          exportedOn: setup.today(),
          database: bytesOf(path),
          done: () =>
            database.write(async (sql) => {
              await sql.run('UPDATE profile SET exported_on = ?', setup.today());
            }),
          close: () => rmSync(path, { force: true }),
        };
      }
      rmSync(path, { force: true });
    }
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

async function keyOfNow(
  setup: CopiesSetup,
): Promise<{ readonly vaultId: string; readonly key: Secret | null }> {
  const record = await vaultRecord(setup.database.reading());
  if (record.check === null) return { vaultId: record.vaultId, key: null };
  return { vaultId: record.vaultId, key: (await provenVault(record, await setup.vaultKey())).key };
}

/** In the access log, and not in the state of the keys: nobody looks at a key by this. */
async function recordExport(
  sql: Sql,
  access: Omit<KeyAccess, 'productId'>,
  setup: LedgerSetup,
): Promise<number> {
  const rows = await sql.all(
    `SELECT k.id, k.last5, (SELECT MIN(product_id) FROM key_product WHERE key_id = k.id) AS product_id
       FROM product_key k ORDER BY k.id`,
  );
  if (rows.length > 0) await openChain(sql, ACCESS_CHAIN, null, setup);
  for (const row of rows) {
    const [keyId, keyLast5, productId] = [text(row, 'id'), text(row, 'last5'), textOrNull(row, 'product_id')];
    await recordEvent(
      sql,
      ACCESS_CHAIN,
      { type: 'revealed', delta: 0, keyId, keyLast5, productId, ...access },
      setup,
    );
  }
  return rows.length;
}

function nothingToExport(): AppError {
  return new AppError('NOT_FOUND', 'There is nothing to export: the profile is empty.', {
    hint: 'Import benefits or keys first: mpn-benefits import <file>',
  });
}

async function* bytesOf(path: string): AsyncIterable<Uint8Array> {
  try {
    for await (const chunk of createReadStream(path)) yield chunk;
  } catch (error) {
    throw storageError(error, path);
  } finally {
    rmSync(path, { force: true });
  }
}

async function importProfile(
  setup: CopiesSetup,
  contents: ProfileContents,
): Promise<{ readonly keys: number }> {
  const { databaseFile, database } = setup;
  const folder = dirname(databaseFile);
  const existed = ownFileExists(databaseFile);
  if (existed && !(await isEmpty(database.reading()))) throw notEmpty();
  await checkPlace(setup, contents.vaultKey);
  const missing = missingFolders(folder);
  ensureOwnFolder(folder);
  removeLeftovers(databaseFile);
  const path = temporaryPath(databaseFile, 'import');
  try {
    await writeBytes(path, contents.database);
    await examine(path, contents.vaultKey, setup);
    return await takeOver(path, contents, setup);
  } catch (error) {
    if (!existed && ownFileExists(databaseFile) && (await isEmpty(database.reading()))) {
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

function notEmpty(): AppError {
  return new AppError('USAGE', 'The profile is not empty, so nothing is read into it.', {
    hint: 'Name a new one with --profile <name>.',
  });
}

/** Asked first, so that a keychain that cannot be used stops everything before the first byte is written. */
async function checkPlace(
  { vaultKey, vaultKeyPlace, crypto }: CopiesSetup,
  key: Secret | null,
): Promise<void> {
  if (key === null) return;
  const source = await vaultKey();
  try {
    const there = await source.read(vaultAccount(crypto.randomUuid()));
    if ((await vaultKeyPlace()) === 'keychain' || (there !== null && sameVaultKey(there, key))) return;
  } catch (error) {
    if (!(error instanceof AppError) || !error.code.startsWith('KEYCHAIN_')) throw error;
    throw new AppError(error.code, `${error.message} The vault key of the export has to be kept there.`, {
      hint:
        'Start or unlock the keychain. Without one, set MPN_BENEFITS_VAULT_KEY to the vault key of the export; where the profile still opens, ' +
        '`mpn-benefits vault rotate --own-key` gives it a key that you know, to be exported once more.',
      details: error.details,
    });
  }
  throw new AppError('VAULT_KEY_WRONG', `The export has another vault key than ${source.describe()}.`, {
    hint: 'Unset MPN_BENEFITS_VAULT_KEY to keep the key of the export in the keychain, or set it to that key.',
    details: { reason: 'other-key' },
  });
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
  const incoming = new ProfileFile(path, async () => {
    throw new Error('an imported database has its own identity');
  });
  try {
    const sql = incoming.reading();
    const check = await sql.first('PRAGMA quick_check(1)');
    if (check === undefined || text(check, 'quick_check') !== 'ok') throw unsound('its database is damaged');
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
  setup: CopiesSetup,
): Promise<{ readonly keys: number }> {
  const { database } = setup;
  const next = setup.crypto.randomUuid();
  const drop = vaultKey === null ? null : await keepKey(next, vaultKey, setup);
  try {
    await database.write(async () => {});
    const main = database.reading();
    await attach(main, path);
    try {
      return await database.write(async (sql) => {
        if (!(await isEmpty(sql))) throw notEmpty();
        if (!(await replaceRows(sql))) throw unsound('its records do not fit together');
        // Who may use the service that the copy was made of is not for the copy to say.
        for (const table of ['request', 'service_token', 'trust_rule']) await sql.run(`DELETE FROM ${table}`);
        const check = await sealAnew(sql, next, vaultKey);
        await sql.run(
          'UPDATE profile SET vault_id = ?, vault_check = ?, spare_vault_id = NULL, sandbox_made_on = NULL, exported_on = ?',
          next,
          check,
          exportedOn,
        );
        const row = await sql.first('SELECT COUNT(*) AS n FROM product_key');
        return { keys: row === undefined ? 0 : integer(row, 'n') };
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

async function sealAnew(sql: Sql, next: string, key: Secret | null): Promise<string | null> {
  const { vaultId } = await vaultRecord(sql);
  if (key === null) return null;
  const [from, to] = [vaultWithKey(vaultId, key), vaultWithKey(next, key)];
  if (from === null || to === null) throw unsound('its vault key is none');
  await reseal(sql, from.vault, to.vault);
  return to.check;
}

function temporaryPath(databaseFile: string, purpose: 'export' | 'import'): string {
  return `${databaseFile}.${purpose}-${randomBytes(6).toString('hex')}.tmp`;
}

const LEFTOVER = /^\.(export|import)-[0-9a-f]{12}\.tmp(-wal|-shm|-journal)?$/;
/** What is younger may belong to a process that is at work. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Removes what a kill left behind. */
function removeLeftovers(databaseFile: string): void {
  const folder = dirname(databaseFile);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(basename(databaseFile)) || !LEFTOVER.test(name.slice(basename(databaseFile).length)))
      continue;
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS) rmSync(path, { force: true });
  }
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
