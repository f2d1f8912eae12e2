import { type ProfileDatabase, takingBack } from '../backend/local/profile-database.ts';
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
    write: (work) => writer.write(work),
    rehearse: (work) => takingBack(writer, work),
    close: async () => {
      await writer.close();
      if (reader !== writer) await reader.close();
    },
  };
}

/**
 * A transaction that is there already, as a database: what a backend writes becomes a part of it. A part that fails
 * is taken back alone, so that it can be tried again within.
 */
export function withinTransaction(sql: Transaction): ProfileDatabase {
  let parts = 0;
  async function part<T>(work: (transaction: Transaction) => Promise<T>, keep: boolean): Promise<T> {
    parts += 1;
    const name = `part${parts}`;
    sql.post(`SAVEPOINT ${name}`);
    try {
      const result = await work(sql);
      // A savepoint that is kept ends with the transaction; every statement less is time that others wait less.
      if (!keep) await sql.run(`ROLLBACK TO SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      // If the connection is gone, that is the error to tell.
      await sql.run(`ROLLBACK TO SAVEPOINT ${name}`).catch(() => {});
      await sql.run(`RELEASE SAVEPOINT ${name}`).catch(() => {});
      throw error;
    }
  }
  return {
    reading: () => sql,
    snapshot: (work) => work(sql),
    write: (work) => part(work, true),
    rehearse: (work) => part(work, false),
    close: async () => {},
  };
}
