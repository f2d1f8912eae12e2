import type { Database, Sql } from '../../store/sql.ts';
import { openSqlite } from '../../store/sqlite.ts';
import { ownFileExists } from '../../store/owner-only.ts';

/** A profile's database. Its file appears at the first write; until then reading finds an empty one. */
export class ProfileDatabase {
  readonly #file: string;
  readonly #randomId: () => string;
  #database: Database | undefined;
  #empty: Database | undefined;

  /** @param randomId gives a new UUID with each call. */
  constructor(file: string, randomId: () => string) {
    this.#file = file;
    this.#randomId = randomId;
  }

  #open(file: string | null): Database {
    return openSqlite(file, { ledger: this.#randomId(), vaultId: this.#randomId() });
  }

  reading(): Sql {
    if (this.#database === undefined && !ownFileExists(this.#file)) {
      this.#empty ??= this.#open(null);
      return this.#empty;
    }
    return this.#stored();
  }

  #stored(): Database {
    this.#database ??= this.#open(this.#file);
    return this.#database;
  }

  write<T>(work: (transaction: Sql) => Promise<T>): Promise<T> {
    return this.#stored().write(work);
  }

  /** Does the work and takes it back: what a dry run is. Creates no file. */
  async rehearse<T>(work: (transaction: Sql) => Promise<T>): Promise<T> {
    const database = ownFileExists(this.#file) ? this.#stored() : this.#open(null);
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

  async close(): Promise<void> {
    await this.#database?.close();
    await this.#empty?.close();
  }
}
