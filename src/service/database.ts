import { type ProfileDatabase, takingBack } from '../backend/local/profile-database.ts';
import { OutdoneError } from '../store/outdone.ts';
import {
  type Database,
  type Row,
  rowByRow,
  type Sql,
  type SqlValue,
  type Transaction,
} from '../store/sql.ts';

/** The database of a service: what is read never sees what a transaction of this process has not finished. */
export interface ServiceDatabase extends ProfileDatabase {
  /** Statements and lists outside of a transaction. */
  reading(): Sql;
}

/**
 * Reads of a SQLite file: each list, and whatever has to fit together, has a connection of its own. On a common one
 * everybody would see the database as it was when the longest list that is being read began.
 */
export function freshReader(open: () => Database): Database {
  const single = open();
  async function alone<T>(work: (database: Database) => Promise<T>): Promise<T> {
    const database = open();
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }
  async function* pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]> {
    const database = open();
    try {
      yield* database.pages(statement, ...values);
    } finally {
      await database.close();
    }
  }
  return {
    all: (statement, ...values) => single.all(statement, ...values),
    first: (statement, ...values) => single.first(statement, ...values),
    run: (statement, ...values) => single.run(statement, ...values),
    each: (statement, ...values) => rowByRow(pages(statement, ...values)),
    pages,
    write: (work) => single.write(work),
    snapshot: (work) => alone((database) => database.snapshot(work)),
    settled: (work) => alone((database) => database.settled(work)),
    close: () => single.close(),
  };
}

/**
 * @param reader for SQLite other connections: on the writer's, requests would see half of what is being written.
 *   PostgreSQL keeps them apart by itself, and it is the same one.
 */
export function serviceDatabase(writer: Database, reader: Database): ServiceDatabase {
  return {
    reading: () => reader,
    snapshot: (work) => reader.snapshot(work),
    settled: (work) => reader.settled(work),
    write: (work) => writer.write(work),
    rehearse: (work) => takingBack(writer, work),
    close: async () => {
      await writer.close();
      if (reader !== writer) await reader.close();
    },
  };
}

/**
 * A transaction that is there already, as a database: what a backend writes becomes a part of it. Once a part has
 * failed nothing else happens in it: whoever wants to try again does so in a new one, and is told so by OutdoneError.
 */
export function withinTransaction(sql: Transaction): ProfileDatabase {
  let failed = false;
  const open = (): Transaction => {
    if (failed) throw new OutdoneError();
    return sql;
  };
  async function write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    const transaction = open();
    try {
      return await work(transaction);
    } catch (error) {
      failed = true;
      throw error;
    }
  }
  return {
    reading: open,
    snapshot: (work) => work(open()),
    settled: (work) => work(open()),
    write,
    rehearse: (work) =>
      write(async (transaction) => {
        await transaction.run('SAVEPOINT rehearsal');
        const result = await work(transaction);
        await transaction.run('ROLLBACK TO SAVEPOINT rehearsal');
        return result;
      }),
    close: async () => {},
  };
}
