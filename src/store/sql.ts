/** A value as a database column holds it. */
export type SqlValue = string | number | null | Uint8Array;

/** One row, by column name. Read it with `text`, `integer` and the like: they are the typed border. */
export type Row = Readonly<Record<string, SqlValue>>;

/**
 * Statements against one database, with `?` in place of each value. A SELECT of a transaction that ends in FOR NO KEY
 * UPDATE takes the rows it reads, as changing them would. Those of one transaction that are asked for
 * before the first is awaited are performed in that order, and go to a server together: a way there and back each
 * is what others wait for who want the same rows.
 */
export interface Sql {
  all(statement: string, ...values: SqlValue[]): Promise<Row[]>;
  first(statement: string, ...values: SqlValue[]): Promise<Row | undefined>;
  /** Rows one by one, for answers that must not be held in memory. */
  each(statement: string, ...values: SqlValue[]): AsyncIterable<Row>;
  /** The same by some hundred: a million rows take longer to wait for one by one than to read. */
  pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]>;
  /** Number of rows changed. */
  run(statement: string, ...values: SqlValue[]): Promise<number>;
}

/** Statements of one transaction. */
export interface Transaction extends Sql {
  /** A statement whose answer nobody needs; if it fails, so does the transaction. */
  post(statement: string, ...values: SqlValue[]): void;
}

/**
 * One embedded or team database. Every method throws AppError: STORAGE_UNAVAILABLE (full, read-only, no rights,
 * locked for 30 s) or INVALID_DATA (damaged).
 */
export interface Database extends Sql {
  /** One transaction that holds the write lock from its start; durable once it returns, undone if `work` throws. */
  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T>;
  /** Every statement of `work` sees the database as it is at the first one, whatever others write meanwhile. */
  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  /**
   * The same at a moment when nobody is between writing an event and confirming it: none with a lower number than
   * those it sees appears later.
   */
  settled<T>(work: (sql: Sql) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** What `each` is to `pages`. */
export async function* rowByRow(pages: AsyncIterable<readonly Row[]>): AsyncIterable<Row> {
  for await (const page of pages) for (const row of page) yield row;
}

/** The row of a statement that always gives one: it counts, or reads what is known to be there. */
export async function onlyRow(sql: Sql, statement: string, ...values: SqlValue[]): Promise<Row> {
  const row = await sql.first(statement, ...values);
  if (row === undefined) throw new Error('a row that is always there is missing');
  return row;
}

const wrong = (row: Row, column: string, wanted: string): never => {
  throw new TypeError(`column ${column} holds ${typeof row[column]}, not ${wanted}`);
};

/** A TEXT column that is never null. */
export function text(row: Row, column: string): string {
  const value = row[column];
  return typeof value === 'string' ? value : wrong(row, column, 'text');
}

/** A TEXT column that may be null. */
export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

/** An INTEGER column that is never null. */
export function integer(row: Row, column: string): number {
  const value = row[column];
  return typeof value === 'number' ? value : wrong(row, column, 'an integer');
}

/** An INTEGER column that may be null. */
export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

/** A BLOB column that is never null. */
export function bytes(row: Row, column: string): Uint8Array {
  const value = row[column];
  return value instanceof Uint8Array ? value : wrong(row, column, 'bytes');
}
