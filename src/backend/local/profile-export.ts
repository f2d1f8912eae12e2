import { randomBytes } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { ACCESS_CHAIN } from '../../activation/events.ts';
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { ensureOwnFile, ownFileExists, storageError } from '../../store/owner-only.ts';
import { snapshotInto } from '../../store/snapshot.ts';
import { integer, onlyRow, type Sql, type Transaction, text, textOrNull } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import type { KeyAccess, MovingProfile, ProfileExport } from '../backend.ts';
import type { CopiesSetup } from './copies-setup.ts';
import { removeLeftovers, temporaryPath } from './copy-files.ts';
import { type LedgerSetup, openChain, recordEvent } from './ledger.ts';
import { localLedger } from './ledger-export.ts';
import { checkSound, movingProfile } from './move-out.ts';
import { existingVault, provenVault, vaultRecord } from './vault.ts';

/** Records the export of each key, then copies the database as it is at one moment. */
export async function exportProfile(
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

/** Everything of a profile with its keys opened, for a team's service; what is not sound is not handed to a team. */
export async function moveOut(
  setup: CopiesSetup,
  access: Omit<KeyAccess, 'productId'>,
  checkSize: (bytes: number) => void,
): Promise<MovingProfile> {
  const { database, databaseFile, ledger } = setup;
  if (!ownFileExists(databaseFile)) throw nothingToExport();
  checkSize(await leastBytes(database.reading()));
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

/** What the ledger takes in JSON, where each quotation mark of an event is escaped; the rest is small beside it. */
async function leastBytes(sql: Sql): Promise<number> {
  const row = await onlyRow(
    sql,
    `SELECT COALESCE(SUM(2 * LENGTH(text) - LENGTH(REPLACE(text, '"', ''))), 0) AS bytes FROM ledger_event`,
  );
  return integer(row, 'bytes');
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
  sql: Transaction,
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
