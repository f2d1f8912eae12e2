import type { PoolClient } from 'pg';
import { EndedError } from './outdone.ts';
import { type Answer, type Asked, Batch } from './postgres-batch.ts';
import { type Posted, together } from './postgres-dialect.ts';
import { explainPostgres } from './postgres-errors.ts';
import { type Row, rowByRow, type SqlValue, type Transaction } from './sql.ts';

/** Rows fetched at once from a list that is read bit by bit. */
const FETCHED = 2_000;

const NOT_COMMITTED = 'a failed transaction was to be committed';

/** Statements on one connection: those that are asked for before the first answer is awaited go out together. */
export class PostgresSession implements Transaction {
  readonly #client: PoolClient;
  readonly #server: string;
  #asked: Asked[] = [];
  #posted: Posted[] = [];
  #ended = false;
  /** What a batch failed of; whoever comes later is told. */
  #failure: unknown;
  #busy = false;
  #cursors = 0;

  constructor(client: PoolClient, server: string) {
    this.#client = client;
    this.#server = server;
  }

  post(statement: string, ...values: SqlValue[]): void {
    this.#posted.push({ statement, values });
  }

  async ask(statement: string, ...values: SqlValue[]): Promise<Answer> {
    // Somebody may go on with what a part beside it has made fail; it must not happen outside of the transaction.
    if (this.#ended) throw new EndedError(this.#failure);
    if (this.#asked.length === 0 && !this.#busy) process.nextTick(() => this.#send());
    // What was posted fails together with what is asked behind it, which somebody awaits.
    for (const each of together(this.#posted))
      this.#asked.push({ ...each, resolve: () => {}, reject: () => {} });
    this.#posted = [];
    try {
      return await new Promise<Answer>((resolve, reject) => {
        this.#asked.push({ statement, values, resolve, reject });
      });
    } catch (error) {
      throw explainPostgres(error, this.#server);
    }
  }

  /** Whatever is asked while a batch is under way goes out with the next one. */
  #send(): void {
    const asked = this.#asked;
    if (asked.length === 0 || this.#busy) return;
    this.#asked = [];
    this.#busy = true;
    this.#client.query(
      new Batch(asked, {
        done: () => {
          this.#busy = false;
          process.nextTick(() => this.#send());
        },
        failed: (error) => {
          this.#busy = false;
          this.#failure ??= explainPostgres(error, this.#server);
          this.#giveUp();
        },
      }),
    );
  }

  /** Nothing that is asked from here on happens. */
  #giveUp(): void {
    this.#ended = true;
    for (const { reject } of this.#asked) reject(new EndedError(this.#failure));
    this.#asked = [];
  }

  /** Ends the transaction. One that failed before answers with a rollback, and no error. */
  async commit(): Promise<void> {
    if (this.#ended) throw new Error(NOT_COMMITTED, { cause: this.#failure });
    const ending = this.ask('COMMIT');
    this.#ended = true;
    const { command } = await ending;
    if (command !== 'COMMIT') throw new Error(NOT_COMMITTED);
  }

  /** Takes everything back; an error if the connection is not to be used again. */
  async rollBack(): Promise<Error | undefined> {
    this.#giveUp();
    return rollBack(this.#client);
  }

  async all(statement: string, ...values: SqlValue[]): Promise<Row[]> {
    return (await this.ask(statement, ...values)).rows;
  }

  async first(statement: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return (await this.ask(statement, ...values)).rows[0];
  }

  async run(statement: string, ...values: SqlValue[]): Promise<number> {
    return (await this.ask(statement, ...values)).count;
  }

  each(statement: string, ...values: SqlValue[]): AsyncIterable<Row> {
    return rowByRow(this.pages(statement, ...values));
  }

  async *pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]> {
    this.#cursors += 1;
    const name = `c${this.#cursors}`;
    await this.run(`DECLARE ${name} NO SCROLL CURSOR FOR ${statement}`, ...values);
    for (;;) {
      const rows = await this.all(`FETCH ${FETCHED} FROM ${name}`);
      if (rows.length > 0) yield rows;
      if (rows.length < FETCHED) break;
    }
    await this.run(`CLOSE ${name}`);
  }
}

/** An error if the connection is not to be used again. */
export async function rollBack(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('a transaction could not be ended');
  }
}
