import { ownFileExists } from '../../store/owner-only.ts';
import type { Database, Sql, Transaction } from '../../store/sql.ts';
import { openSqlite } from '../../store/sqlite.ts';

/** The identity of what is nowhere stored. */
const NOBODY = { ledger: 'nobody', vaultId: 'nobody' };

/** What the parts of a local backend need of a database: one profile's, wherever it is kept. */
export interface ProfileDatabase {
  reading(): Sql;
  /** Reads the database as it is at one moment, for what has to fit together. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /** The same for a head of the ledger: at a moment that is in the order of its events. */
  settled<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Does the work and takes it back: what a dry run is. */
  rehearse<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A profile's own file. It appears at the first write; until then reading finds an empty database. */
export class ProfileFile implements ProfileDatabase {
  readonly #file: string;
  #database: Database | undefined;
  #empty: Database | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  reading(): Sql {
    return this.#open();
  }

  async snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#open().snapshot(work);
  }

  async settled<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#open().settled(work);
  }

  #open(): Database {
    if (this.#database !== undefined) return this.#database;
    if (ownFileExists(this.#file)) return this.#stored();
    this.#empty ??= openSqlite(null, NOBODY);
    return this.#empty;
  }

  #stored(): Database {
    this.#database ??= openSqlite(this.#file);
    return this.#database;
  }

  async write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#stored().write(work);
  }

  /** Creates no file. */
  async rehearse<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return takingBack(this.#open(), work);
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
