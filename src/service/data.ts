import type { PolicyId } from '../activation/policy.ts';
import * as crypto from '../backend/local/crypto.ts';
import { createParts, type LocalSetup, type Parts, prepareSandbox } from '../backend/local/local.ts';
import { existingVault, profileVault } from '../backend/local/vault.ts';
import { AppError } from '../errors.ts';
import { ownFileExists } from '../store/owner-only.ts';
import type { Database, Sql } from '../store/sql.ts';
import type { Vault, VaultKeySource } from '../vault/vault.ts';
import { freshReader, type ServiceDatabase, serviceDatabase } from './database.ts';

/** Where a team's profile is kept. */
export interface DataPlace {
  /** The address of a PostgreSQL database; undefined: the file. */
  readonly url: string | undefined;
  readonly file: string;
  readonly vaultKey: () => Promise<VaultKeySource>;
  readonly vaultKeyPlace: LocalSetup['vaultKeyPlace'];
  readonly keychain: LocalSetup['keychain'];
  /** Of offers that have none of their own. */
  readonly policy: PolicyId;
  readonly now: () => Date;
}

/** A team's profile, open. */
export interface Data {
  readonly database: ServiceDatabase;
  readonly parts: Parts;
  /** Opens the vault of a profile that has one. */
  readonly vault: (sql: Sql) => Promise<Vault>;
}

/** Opens a profile that is set up, or with `create` sets it up. Throws USAGE, STORAGE_UNAVAILABLE, INVALID_DATA. */
export async function openData(place: DataPlace, create: boolean): Promise<Data> {
  const database = await openDatabase(place, create);
  const source = remembered(place.vaultKey);
  const parts = createParts({
    databaseFile: place.url === undefined ? place.file : '',
    database,
    sandbox: false,
    policy: place.policy,
    today: () => place.now().toISOString().slice(0, 10),
    now: place.now,
    crypto: async () => crypto,
    vaultKey: source,
    vaultKeyPlace: place.vaultKeyPlace,
    keychain: place.keychain,
    known: new Map(),
  });
  const vault = { source, randomBytes: crypto.randomBytes };
  return { database, parts, vault: (sql) => existingVault(sql, vault) };
}

async function openDatabase({ url, file }: DataPlace, create: boolean): Promise<ServiceDatabase> {
  const identity = { ledger: crypto.randomUuid(), vaultId: crypto.randomUuid() };
  if (url !== undefined) {
    const { openPostgres } = await import('../store/postgres.ts');
    const database = await openPostgres(url, create ? identity : null);
    return serviceDatabase(database, database);
  }
  if (!create && !ownFileExists(file)) {
    throw new AppError('USAGE', 'This profile is not set up yet.', {
      hint: 'Set it up once with: mpn-benefits serve init',
      details: { path: file },
    });
  }
  const { openSqlite } = await import('../store/sqlite.ts');
  const writer: Database = openSqlite(file, identity);
  return serviceDatabase(
    writer,
    freshReader(() => openSqlite(file, identity)),
  );
}

/**
 * A keychain is asked once, not for each key. One that is made anew has another account, and is asked for by that. Who
 * asks has a source of their own: the patience of one is for one command, and a service lives longer.
 */
function remembered(make: () => Promise<VaultKeySource>): () => Promise<VaultKeySource> {
  const keys = new Map<string, ReturnType<VaultKeySource['read']>>();
  return async () => {
    const source = await make();
    return {
      ...source,
      read: (account: string) => {
        const found = keys.get(account) ?? source.read(account);
        keys.set(account, found);
        // What failed, or was not there, is asked again.
        found.then(
          (key) => key === null && keys.delete(account),
          () => keys.delete(account),
        );
        return found;
      },
    };
  };
}

/** Makes the vault key of a profile that has none. */
export async function makeVault({ database, parts }: Data): Promise<void> {
  await database.write(async (sql) => {
    await profileVault(sql, { source: parts.vaultKey, randomBytes: crypto.randomBytes });
  });
}

/** Fills a database with made-up data. */
export async function fillWithSamples({ parts }: Data): Promise<void> {
  await prepareSandbox(parts);
}
