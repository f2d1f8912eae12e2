import { dirname } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import { MIGRATIONS, type NewIdentity, newerSchema } from './migrations.ts';
import { ensureOwnFile, ensureOwnFolder, ownFileExists, storageError } from './owner-only.ts';
import { type Database, type Row, rowByRow, type Sql, type SqlValue, type Transaction } from './sql.ts';
import { explainSqlite, resultCode } from './sqlite-errors.ts';
import { APPLICATION_ID, checkHeader, type FileSchema, hold, versionOf } from './sqlite-header.ts';

/** How long a process waits for another's write lock before it gives up. */
const LOCK_WAIT_MS = 30_000;

/** Rows read at once: few enough that the first are out soon. */
const PAGE = 200;

/** Rows are read as lists: Node makes objects in a way that is slow to make and slow to read. */
function nextPage(rows: Iterator<unknown>, columns: readonly string[]): readonly Row[] {
  const page: Row[] = [];
  // Its copies have all their fields from the start; growing field by field they would leave more behind than they are.
  const blank: Row = Object.fromEntries(columns.map((column) => [column, null]));
  while (page.length < PAGE) {
    const next = rows.next();
    if (next.done === true) break;
    // As in `all`: SQLite itself knows no other values than SqlValue.
    const values = next.value as readonly SqlValue[];
    const row: Record<string, SqlValue> = { ...blank };
    for (let index = 0; index < columns.length; index += 1) row[columns[index] ?? ''] = values[index] ?? null;
    page.push(row);
  }
  return page;
}

class SqliteDatabase implements Database, Transaction {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #release: () => void;
  readonly #statements = new Map<string, StatementSync>();
  /** Writers of this process take turns: SQLite's lock does not tell them apart on one connection. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: DatabaseSync, path: string, release: () => void) {
    this.#database = database;
    this.#path = path;
    this.#release = release;
  }

  #prepare(statement: string): StatementSync {
    const known = this.#statements.get(statement);
    if (known !== undefined) return known;
    // A transaction that writes has the whole file to itself from its start.
    const prepared = this.#database.prepare(statement.replace(/ FOR NO KEY UPDATE$/, ''));
    this.#statements.set(statement, prepared);
    return prepared;
  }

  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw explainSqlite(error, this.#path);
    }
  }

  async all(statement: string, ...values: SqlValue[]): Promise<Row[]> {
    // node:sqlite types a row loosely; SQLite itself knows no other values than SqlValue.
    return this.#try(() => this.#prepare(statement).all(...values) as Row[]);
  }

  async first(statement: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return this.#try(() => this.#prepare(statement).get(...values) as Row | undefined);
  }

  each(statement: string, ...values: SqlValue[]): AsyncIterable<Row> {
    return rowByRow(this.pages(statement, ...values));
  }

  async *pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]> {
    // A statement of its own: a cached one would be reset by the next caller while its rows are still read.
    const prepared = this.#try(() => this.#database.prepare(statement));
    prepared.setReturnArrays(true);
    const columns = prepared.columns().map(({ name }) => name);
    const rows = this.#try(() => prepared.iterate(...values));
    try {
      for (;;) {
        const page = this.#try(() => nextPage(rows, columns));
        if (page.length > 0) yield page;
        if (page.length < PAGE) return;
      }
    } finally {
      // A list that nobody reads to its end would hold this connection to how the database was when it began.
      rows.return?.();
    }
  }

  async run(statement: string, ...values: SqlValue[]): Promise<number> {
    return this.#try(() => Number(this.#prepare(statement).run(...values).changes));
  }

  post(statement: string, ...values: SqlValue[]): void {
    this.#try(() => this.#prepare(statement).run(...values));
  }

  async write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN IMMEDIATE', work);
  }

  async snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction('BEGIN DEFERRED', work);
  }

  /** Writers take turns, so every moment is such a one. */
  async settled<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.snapshot(work);
  }

  async #transaction<T>(begin: string, work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const before = this.#turn;
    let done = () => {};
    this.#turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    await before;
    try {
      this.#try(() => this.#database.exec(begin));
      const transaction = new SqliteTransaction(this);
      try {
        const result = await work(transaction);
        transaction.end();
        this.#try(() => this.#database.exec('COMMIT'));
        return result;
      } catch (error) {
        transaction.end();
        // A full disk may have ended the transaction already.
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        throw error;
      }
    } finally {
      done();
    }
  }

  async close(): Promise<void> {
    this.#statements.clear();
    if (!this.#database.isOpen) return;
    this.#database.close();
    this.#release();
  }
}

/**
 * The statements of one transaction. Work that goes on after its end (the other half of a Promise.all that failed) would
 * otherwise write on the bare connection, or into somebody else's transaction.
 */
class SqliteTransaction implements Transaction {
  readonly #database: SqliteDatabase;
  #ended = false;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  end(): void {
    this.#ended = true;
  }

  get #open(): SqliteDatabase {
    if (this.#ended) throw new Error('the transaction has ended');
    return this.#database;
  }

  async all(statement: string, ...values: SqlValue[]): Promise<Row[]> {
    return this.#open.all(statement, ...values);
  }

  async first(statement: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return this.#open.first(statement, ...values);
  }

  each(statement: string, ...values: SqlValue[]): AsyncIterable<Row> {
    return this.#open.each(statement, ...values);
  }

  pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]> {
    return this.#open.pages(statement, ...values);
  }

  async run(statement: string, ...values: SqlValue[]): Promise<number> {
    return this.#open.run(statement, ...values);
  }

  post(statement: string, ...values: SqlValue[]): void {
    this.#open.post(statement, ...values);
  }
}

function migrate(database: DatabaseSync, path: string, schema: FileSchema): void {
  const version = () => Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  const known = versionOf(schema);
  if (version() === known) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    // Read again: another process may have migrated while this one waited for the lock.
    const from = version();
    if (from > known) throw newerSchema(path, from, known);
    for (const migration of schema.migrations) {
      if (migration.version <= from) continue;
      for (const statement of migration.statements) database.exec(statement);
    }
    if (from === 0 && schema.firstRow !== undefined) {
      const { statement, values } = schema.firstRow();
      database.prepare(statement).run(...values);
    }
    database.exec(`PRAGMA application_id = ${schema.applicationId}`);
    database.exec(`PRAGMA user_version = ${known}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** Switching to the write-ahead log needs the file alone, and SQLite does not wait for that by itself. */
function useWriteAheadLog(database: DatabaseSync): void {
  const until = Date.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (resultCode(error) !== 5 || Date.now() > until) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

/**
 * Opens the database at `path`, creating and migrating it as needed; `null` opens an empty one in memory, for
 * reading a profile that has no file yet. Whoever is the first to open a file that is empty (a reader, after a crash)
 * makes it what it stays, so its ids are random unless they are given.
 */
export function openSqlite(path: string | null, identity?: NewIdentity): Database {
  return openSqliteFile(path, {
    applicationId: APPLICATION_ID,
    migrations: MIGRATIONS,
    firstRow: () => {
      const { ledger, vaultId } = identity ?? {
        ledger: crypto.randomUUID(),
        vaultId: crypto.randomUUID(),
      };
      return {
        statement: 'INSERT INTO profile (id, ledger, vault_id) VALUES (1, ?, ?)',
        values: [ledger, vaultId],
      };
    },
    synchronous: 'FULL',
  });
}

/** The same for a file with another schema. */
export function openSqliteFile(path: string | null, schema: FileSchema): Database {
  const name = path ?? 'in memory';
  try {
    let writesAhead = path === null;
    if (path !== null) {
      ensureOwnFolder(dirname(path));
      for (const side of ['-wal', '-shm', '-journal']) ownFileExists(path + side);
      if (ownFileExists(path)) ({ writesAhead } = checkHeader(path, schema));
      else ensureOwnFile(path);
    }
    const database = new DatabaseSync(path ?? ':memory:', { timeout: LOCK_WAIT_MS });
    const release = path === null ? () => {} : hold(path);
    try {
      if (!writesAhead) useWriteAheadLog(database);
      // On macOS an ordinary fsync leaves the data in the disk's own cache; elsewhere fullfsync says nothing.
      database.exec(
        `PRAGMA synchronous = ${schema.synchronous}; PRAGMA fullfsync = ${schema.synchronous === 'FULL' ? 'ON' : 'OFF'}; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY`,
      );
      migrate(database, name, schema);
      return new SqliteDatabase(database, name, release);
    } catch (error) {
      database.close();
      release();
      throw error;
    }
  } catch (error) {
    const explained = explainSqlite(error, name);
    if (explained instanceof AppError) throw explained;
    if (error instanceof Error && 'syscall' in error) throw storageError(error, name);
    throw error;
  }
}
