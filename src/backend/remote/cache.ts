/**
 * The local copy of what a remote profile is entitled to. Product keys never get here: the service's lists do not
 * hold them. It is a copy and nothing else, so whatever is wrong with its file, the file is set aside and the data
 * fetched again.
 *
 * This is on the path of `list`, so it loads neither the client nor the contract: what is in the file was checked
 * before it was written, by the same version of this program.
 */
import { renameSync, rmSync } from 'node:fs';
import { AppError, systemCode } from '../../errors.ts';
import { ownFileExists } from '../../store/owner-only.ts';
import { type Database, integer, type Sql, text, textOrNull } from '../../store/sql.ts';
import { openSqliteFile } from '../../store/sqlite.ts';
import type { FileSchema } from '../../store/sqlite-header.ts';
import { VERSION } from '../../version.ts';

/** "MPNC" in its header. */
const SCHEMA: FileSchema = {
  applicationId: 0x4d504e43,
  migrations: [
    {
      version: 1,
      statements: [
        `CREATE TABLE entry (
          name TEXT PRIMARY KEY,
          origin TEXT NOT NULL,
          etag TEXT,
          fetched_at INTEGER NOT NULL,
          stale INTEGER NOT NULL,
          parts INTEGER NOT NULL
        )`,
        'CREATE TABLE part (name TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (name, number))',
      ],
    },
    {
      version: 2,
      // Of the program that checked it: another one may know other fields, and the service's ETag does not tell.
      statements: ["ALTER TABLE entry ADD COLUMN version TEXT NOT NULL DEFAULT ''"],
    },
  ],
  synchronous: 'NORMAL',
};

/** What a name stands for, as it was fetched or found unchanged. */
export interface Entry {
  readonly etag: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** True once something was changed through this machine since. */
  readonly stale: boolean;
}

/** What was just fetched. */
export interface NewEntry {
  readonly name: string;
  readonly items: readonly unknown[];
  readonly etag: string | null;
}

/** What a damaged file is called further. */
const ASIDE = '.corrupt';

/** Items that stand in one row: few rows to read, and no row too large. */
const PART_ITEMS = 500;

export interface CacheStatus {
  readonly entries: number;
  readonly at: number | null;
}

export class Cache {
  readonly #file: string;
  readonly #origin: string;
  readonly #onSetAside: (file: string) => void;
  #database: Database | undefined;

  constructor(file: string, origin: string, onSetAside: (file: string) => void) {
    this.#file = file;
    this.#origin = origin;
    this.#onSetAside = onSetAside;
  }

  /** The entry of that name without what it holds. */
  async entry(name: string): Promise<Entry | undefined> {
    return this.#reading(async (sql) => (await this.#find(sql, name))?.entry);
  }

  /** The items of an entry. */
  async items(
    name: string,
  ): Promise<{ readonly entry: Entry; readonly items: readonly unknown[] } | undefined> {
    return this.#reading((sql) => this.#read(sql, name));
  }

  async #read(sql: Sql, name: string) {
    const found = await this.#find(sql, name);
    if (found === undefined) return undefined;
    const rows = await sql.all('SELECT text FROM part WHERE name = ? ORDER BY number', name);
    if (rows.length !== found.parts) throw new TypeError(NOT_AS_WRITTEN);
    const items: unknown[] = [];
    for (const row of rows) {
      const part: unknown = JSON.parse(text(row, 'text'));
      if (!Array.isArray(part)) throw new TypeError(NOT_AS_WRITTEN);
      for (const item of part) items.push(item);
    }
    return { entry: found.entry, items };
  }

  async #find(
    sql: Sql,
    name: string,
  ): Promise<{ readonly entry: Entry; readonly parts: number } | undefined> {
    const row = await sql.first(
      'SELECT etag, fetched_at, stale, parts FROM entry WHERE name = ? AND origin = ? AND version = ?',
      name,
      this.#origin,
      VERSION,
    );
    if (row === undefined) return undefined;
    const entry = {
      etag: textOrNull(row, 'etag'),
      at: integer(row, 'fetched_at'),
      stale: integer(row, 'stale') === 1,
    };
    return { entry, parts: integer(row, 'parts') };
  }

  /** Puts items in the place of what stood under each name, all of them or none. */
  async store(entries: readonly NewEntry[], at: number): Promise<void> {
    await this.#writing(async (sql) => {
      for (const entry of entries) await this.#put(sql, entry, at);
    });
  }

  async #put(sql: Sql, { name, items, etag }: NewEntry, at: number): Promise<void> {
    await sql.run('DELETE FROM part WHERE name = ?', name);
    let parts = 0;
    for (let start = 0; start < items.length; start += PART_ITEMS) {
      const part = JSON.stringify(items.slice(start, start + PART_ITEMS));
      await sql.run('INSERT INTO part (name, number, text) VALUES (?, ?, ?)', name, parts, part);
      parts += 1;
    }
    await sql.run(
      `INSERT INTO entry (name, origin, version, etag, fetched_at, stale, parts) VALUES (?, ?, ?, ?, ?, 0, ?)
         ON CONFLICT (name) DO UPDATE SET origin = excluded.origin, version = excluded.version, etag = excluded.etag,
         fetched_at = excluded.fetched_at, stale = 0, parts = excluded.parts`,
      name,
      this.#origin,
      VERSION,
      etag,
      at,
      parts,
    );
  }

  /** The service says that it still is as it was. Nothing happens if another process stored something else since. */
  async confirm(name: string, etag: string, at: number): Promise<void> {
    await this.#writing((sql) =>
      sql.run('UPDATE entry SET fetched_at = ?, stale = 0 WHERE name = ? AND etag = ?', at, name, etag),
    );
  }

  /** Something was changed: nothing is taken for fresh any more. */
  async expire(): Promise<void> {
    if (!this.#exists()) return;
    await this.#writing((sql) => sql.run('UPDATE entry SET stale = 1'));
  }

  async status(): Promise<CacheStatus> {
    const found = await this.#reading((sql) =>
      sql.first(
        'SELECT COUNT(*) AS entries, MIN(fetched_at) AS at FROM entry WHERE origin = ? AND version = ?',
        this.#origin,
        VERSION,
      ),
    );
    if (found === undefined) return { entries: 0, at: null };
    const at = found['at'];
    return { entries: integer(found, 'entries'), at: typeof at === 'number' ? at : null };
  }

  /** Removes the file; true if there was one. */
  async clear(): Promise<boolean> {
    await this.close();
    const there = this.#exists();
    for (const side of ['', '-wal', '-shm', ASIDE]) rmSync(this.#file + side, { force: true });
    return there;
  }

  async close(): Promise<void> {
    await this.#database?.close();
    this.#database = undefined;
  }

  #exists(): boolean {
    return this.#database !== undefined || ownFileExists(this.#file);
  }

  async #reading<T>(work: (sql: Sql) => Promise<T>): Promise<T | undefined> {
    if (!this.#exists()) return undefined;
    try {
      this.#database ??= openSqliteFile(this.#file, SCHEMA);
      return await this.#database.snapshot(work);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await this.#setAside();
      return undefined;
    }
  }

  async #writing(work: (sql: Sql) => Promise<unknown>): Promise<void> {
    for (let round = 0; ; round += 1) {
      try {
        this.#database ??= openSqliteFile(this.#file, SCHEMA);
        await this.#database.write(work);
        return;
      } catch (error) {
        if (!isDamage(error) || round > 0) throw error;
        await this.#setAside();
      }
    }
  }

  async #setAside(): Promise<void> {
    await this.#database?.close().catch(() => {});
    this.#database = undefined;
    const aside = this.#file + ASIDE;
    for (const side of ['-wal', '-shm']) rmSync(this.#file + side, { force: true });
    try {
      renameSync(this.#file, aside);
    } catch (error) {
      // Another process was faster.
      if (systemCode(error) !== 'ENOENT') throw error;
      return;
    }
    this.#onSetAside(aside);
  }
}

const NOT_AS_WRITTEN = 'a part of the cache is missing or no list';

/** What only a file that is not as it was written can cause. */
function isDamage(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'INVALID_DATA';
  return error instanceof SyntaxError || error instanceof TypeError;
}
