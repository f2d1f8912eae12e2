import { ownFileExists } from '../../store/owner-only.ts';
import type { Database, Sql, Transaction } from '../../store/sql.ts';
import { type NewIdentity, openSqlite } from '../../store/sqlite.ts';

/** For a database that is only read: the file has its identity already, and an empty one in memory needs none. */
const NOBODY: NewIdentity = { ledger: 'nobody', vaultId: 'nobody' };

/** What the parts of a local backend need of a database: one profile's, wherever it is kept. */
export interface ProfileDatabase {
  reading(): Sql;
  /** Reads the database as it is at one moment, for what has to fit together. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Does the work and takes it back: what a dry run is. */
  rehearse<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A profile's own file. It appears at the first write; until then reading finds an empty database. */
export class ProfileFile implements ProfileDatabase {
  readonly #file: string;
  readonly #newIdentity: () => Promise<NewIdentity>;
  #database: Database | undefined;
  #empty: Database | undefined;

  constructor(file: string, newIdentity: () => Promise<NewIdentity>) {
    this.#file = file;
    this.#newIdentity = newIdentity;
  }

  reading(): Sql {
    return this.#open();
  }

  async snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#open().snapshot(work);
  }

  #open(): Database {
    if (this.#database !== undefined) return this.#database;
    if (ownFileExists(this.#file)) return this.#stored();
    this.#empty ??= openSqlite(null, NOBODY);
    return this.#empty;
  }

  #stored(): Database {
    this.#database ??= openSqlite(this.#file, NOBODY);
    return this.#database;
  }

  async write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    this.#database ??= openSqlite(this.#file, await this.#newIdentity());
    return this.#database.write(work);
  }

  /** Creates no file. */
  async rehearse<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const database = ownFileExists(this.#file) ? this.#stored() : openSqlite(null, await this.#newIdentity());
    return takingBack(database, work);
  }

  async close(): Promise<void> {
    await this.#database?.close();
    await this.#empty?.close();
  }
}

/** Does the work in a transaction of its own that is given up in any case. */
export async function takingBack<T>(
  database: Database,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  let result: { readonly value: T } | undefined;
  const takeBack = new Error('taken back');
  try {
    await database.write(async (transaction) => {
      result = { value: await work(transaction) };
      throw takeBack;
    });
  } catch (error) {
    if (error !== takeBack) throw error;
  }
  if (result === undefined) throw takeBack;
  return result.value;
}
