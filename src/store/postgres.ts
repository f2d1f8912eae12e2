import { Pool, type PoolClient, type PoolConfig } from 'pg';
import { AppError } from '../errors.ts';
import { MIGRATIONS, type NewIdentity, newerSchema, SCHEMA_VERSION } from './migrations.ts';
import { EndedError, isSpoiled } from './outdone.ts';
import type { Answer } from './postgres-batch.ts';
import { schemaStatement } from './postgres-dialect.ts';
import { explainPostgres, isOfValues } from './postgres-errors.ts';
import { PostgresSession, rollBack } from './postgres-session.ts';
import { type Database, type Row, rowByRow, type Sql, type SqlValue, type Transaction } from './sql.ts';

/**
 * Connections of one process: for single statements, for transactions, and for lists that are read bit by bit. What
 * waits for the same rows waits more cheaply here than in the server, so more transactions would be slower ones.
 */
const CONNECTIONS = { statements: 4, transactions: 4, cursors: 4 } as const;
const CONNECT_MS = 10_000;

/** Any number: it keeps our migrations apart from each other, and from other programs' locks. */
const MIGRATION_LOCK = 0x4d504e42;

/**
 * Said to each connection once. Durability is this program's promise, so a server that is set to confirm before it
 * has written is asked not to.
 */
const ON_CONNECT = `SELECT set_config('lock_timeout', '30s', false), set_config('statement_timeout', '60s', false), set_config('plan_cache_mode', 'force_generic_plan', false),
  set_config('idle_in_transaction_session_timeout', '60s', false), set_config('synchronous_commit',
    CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)`;

const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';

/**
 * Events are numbered when they are written, and seen when their transactions end, in another order. This waits for
 * those that are under way, then fixes what the snapshot sees, and lets go at once of whoever wants to write.
 */
const UNTIL_NO_EVENT_IS_UNDER_WAY = [
  'SAVEPOINT unlocked',
  'LOCK TABLE ledger_event IN SHARE MODE',
  'SELECT 1 AS one',
  'ROLLBACK TO SAVEPOINT unlocked',
];

class PostgresDatabase implements Database {
  readonly #statements: Pool;
  readonly #transactions: Pool;
  readonly #cursors: Pool;
  readonly #server: string;

  constructor(pools: Readonly<Record<keyof typeof CONNECTIONS, Pool>>, server: string) {
    this.#statements = pools.statements;
    this.#transactions = pools.transactions;
    this.#cursors = pools.cursors;
    this.#server = server;
  }

  /** One statement, once more for each connection that has it prepared for a schema that was changed since. */
  async #ask(statement: string, values: readonly SqlValue[]): Promise<Answer> {
    for (let round = 0; ; round += 1) {
      try {
        return await this.#askOnce(statement, values);
      } catch (error) {
        if (!isSpoiled(error) || round === CONNECTIONS.statements) throw error;
      }
    }
  }

  /** On whichever connection is free. */
  async #askOnce(statement: string, values: readonly SqlValue[]): Promise<Answer> {
    const client = await checkOut(this.#statements, this.#server);
    let lost: Error | undefined;
    try {
      return await new PostgresSession(client, this.#server).ask(statement, ...values);
    } catch (error) {
      if (!isOfValues(error)) lost = error instanceof Error ? error : new Error('a statement failed');
      throw error;
    } finally {
      client.release(lost);
    }
  }

  async all(statement: string, ...values: SqlValue[]): Promise<Row[]> {
    return (await this.#ask(statement, values)).rows;
  }

  async first(statement: string, ...values: SqlValue[]): Promise<Row | undefined> {
    return (await this.#ask(statement, values)).rows[0];
  }

  async run(statement: string, ...values: SqlValue[]): Promise<number> {
    return (await this.#ask(statement, values)).count;
  }

  each(statement: string, ...values: SqlValue[]): AsyncIterable<Row> {
    return rowByRow(this.pages(statement, ...values));
  }

  /**
   * Whoever reads bit by bit makes statements in between, so it must not hold what those wait for: cursors have
   * connections of their own.
   */
  async *pages(statement: string, ...values: SqlValue[]): AsyncIterable<readonly Row[]> {
    const client = await checkOut(this.#cursors, this.#server);
    try {
      const session = new PostgresSession(client, this.#server);
      session.post('BEGIN READ ONLY');
      yield* session.pages(statement, ...values);
    } finally {
      client.release(await rollBack(client));
    }
  }

  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#transaction(['BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE'], work);
  }

  snapshot<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction([SNAPSHOT], work);
  }

  settled<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    return this.#transaction([SNAPSHOT, ...UNTIL_NO_EVENT_IS_UNDER_WAY], work);
  }

  async #transaction<T>(
    begin: readonly string[],
    work: (transaction: Transaction) => Promise<T>,
  ): Promise<T> {
    const client = await checkOut(this.#transactions, this.#server);
    const session = new PostgresSession(client, this.#server);
    let lost: Error | undefined;
    try {
      for (const statement of begin) session.post(statement);
      const result = await work(session);
      await session.commit();
      return result;
    } catch (error) {
      lost = await session.rollBack();
      // Of two parts that were at work the one that came late may be heard first: what it came too late for counts.
      throw error instanceof EndedError && error.cause !== undefined ? error.cause : error;
    } finally {
      client.release(lost);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#statements.end(), this.#transactions.end(), this.#cursors.end()]);
  }
}

async function checkOut(pool: Pool, server: string): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw explainPostgres(error, server);
  }
}

/** Host, port and database of an address, without what must not be repeated. Throws USAGE. */
export function serverName(url: string): string {
  if (/^postgres(ql)?:\/\//.test(url) && URL.canParse(url)) {
    const { host, pathname } = new URL(url);
    return `${host === '' ? 'localhost' : host}${pathname}`;
  }
  throw new AppError('USAGE', 'That is not the address of a PostgreSQL database.', {
    hint: 'Expected postgres://user:password@host:5432/database.',
  });
}

const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/**
 * The driver takes the modes that ask for TLS alike, and verifies certificates in all of them; it warns of that in
 * lines of its own, which belong to no answer of ours. Throws USAGE for a mode that there is not.
 */
function withTlsMode(url: string): string {
  const address = new URL(url);
  const mode = address.searchParams.get('sslmode');
  if (mode === null) return url;
  if (!SSL_MODES.includes(mode)) {
    throw new AppError('USAGE', `There is no sslmode "${mode.slice(0, 20)}".`, {
      hint: `Use one of ${SSL_MODES.join(', ')}.`,
    });
  }
  if (!['prefer', 'require', 'verify-ca'].includes(mode)) return url;
  address.searchParams.set('sslmode', 'verify-full');
  return address.href;
}

/**
 * Opens a team database and brings its schema up to date. `identity` is for one that is new; null refuses an empty
 * one. Throws STORAGE_UNAVAILABLE, INVALID_DATA for a newer schema, USAGE for an address that is none or an empty
 * database.
 */
export async function openPostgres(url: string, identity: NewIdentity | null): Promise<Database> {
  const server = serverName(url);
  const config: PoolConfig = {
    connectionString: withTlsMode(url),
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    application_name: 'mpn-benefits',
    onConnect: async (client) => {
      await client.query(ON_CONNECT);
    },
  };
  const pool = (max: number): Pool => listening(new Pool({ ...config, max }));
  const { statements, transactions, cursors } = CONNECTIONS;
  const database = new PostgresDatabase(
    { statements: pool(statements), transactions: pool(transactions), cursors: pool(cursors) },
    server,
  );
  try {
    await migrate(database, server, identity);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

/** A connection that breaks while nobody uses it is replaced by the next one that is needed; that is no event. */
function listening(pool: Pool): Pool {
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

async function migrate(database: Database, server: string, identity: NewIdentity | null): Promise<void> {
  const encoding = await database.first('SHOW server_encoding');
  if (encoding?.['server_encoding'] !== 'UTF8') {
    throw new AppError('USAGE', `The database ${server} does not store texts as UTF-8.`, {
      hint: 'Make it with: createdb -E UTF8 -T template0 <name>',
    });
  }
  if ((await versionOf(database)) === SCHEMA_VERSION) return;
  await database.write(async (sql) => {
    await sql.first('SELECT pg_advisory_xact_lock(?) IS NULL AS locked', MIGRATION_LOCK);
    // Read again: another process may have migrated while this one waited for the lock.
    const from = await versionOf(sql);
    if (from > SCHEMA_VERSION) throw newerSchema(server, from, SCHEMA_VERSION);
    if (from === 0 && identity === null) throw notMade(server);
    if (from === 0) await sql.run('CREATE TABLE schema_version (version BIGINT NOT NULL)');
    for (const migration of MIGRATIONS) {
      if (migration.version <= from) continue;
      for (const statement of migration.statements) await sql.run(schemaStatement(statement));
    }
    if (from === 0 && identity !== null) {
      await sql.run('INSERT INTO schema_version (version) VALUES (?)', SCHEMA_VERSION);
      const { ledger, vaultId } = identity;
      await sql.run('INSERT INTO profile (id, ledger, vault_id) VALUES (1, ?, ?)', ledger, vaultId);
    } else await sql.run('UPDATE schema_version SET version = ?', SCHEMA_VERSION);
  });
}

/** 0 for a database without our tables. */
async function versionOf(sql: Sql): Promise<number> {
  // A look by name would be answered from a cache that does not notice what others made meanwhile.
  const table = await sql.first(
    "SELECT COUNT(*) AS n FROM pg_catalog.pg_class WHERE relname = 'schema_version' AND pg_catalog.pg_table_is_visible(oid)",
  );
  if (table?.['n'] === 0) return 0;
  const row = await sql.first('SELECT version FROM schema_version');
  return typeof row?.['version'] === 'number' ? row['version'] : 0;
}

function notMade(server: string): AppError {
  return new AppError('USAGE', `The database ${server} is not set up yet.`, {
    hint: 'Set it up once with: mpn-benefits serve init',
    details: { server },
  });
}
