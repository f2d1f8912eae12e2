import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { SCHEMA_VERSION } from '../../src/store/migrations.ts';
import { isDuplicate, isOutdone } from '../../src/store/outdone.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { bytes, type Database, integer, type Sql, text } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { isLocked, locksAreTold } from '../helpers/held-locks.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';

/** Every promise of the interface, kept by both databases. */
const IDENTITY = { ledger: 'a-ledger', vaultId: 'a-vault' };

interface Driver {
  readonly name: string;
  readonly available: boolean;
  readonly start: () => Promise<void>;
  readonly stop: () => Promise<void>;
  /** A new database, and how to open it once more. */
  readonly create: () => Promise<{ readonly database: Database; readonly again: () => Promise<Database> }>;
}

let postgres: TestPostgres | undefined;
let folder = '';
let files = 0;

const server = (): TestPostgres => {
  if (postgres === undefined) throw new Error('the server was not started');
  return postgres;
};

const DRIVERS: readonly Driver[] = [
  {
    name: 'SQLite',
    available: true,
    start: async () => {
      folder = mkdtempSync(join(tmpdir(), 'mpn-store-'));
    },
    stop: async () => rmSync(folder, { recursive: true, force: true }),
    create: async () => {
      files += 1;
      const file = join(folder, `${files}`, 'benefits.db');
      return { database: openSqlite(file, IDENTITY), again: async () => openSqlite(file, IDENTITY) };
    },
  },
  {
    name: 'PostgreSQL',
    available: requires('postgresql', postgresAvailable()),
    start: async () => {
      postgres = await startPostgres();
    },
    stop: async () => postgres?.stop(),
    create: async () => {
      const url = await server().newDatabase();
      return { database: await openPostgres(url, IDENTITY), again: () => openPostgres(url, null) };
    },
  },
];

const PRODUCT = 'INSERT INTO product (id, name, sort_name) VALUES (?, ?, ?)';

/** A key that import 1 brought and import 3 found last, with all that can hang on it. */
async function fill(sql: Sql): Promise<void> {
  await sql.run(PRODUCT, 'a', 'a', 'a');
  await sql.run("INSERT INTO offer (id, program, part, source) VALUES ('o', 'o', 'core', '')");
  await sql.run(
    `INSERT INTO product_key (id, fingerprint, sealed, last5, type, added_by, seen_by)
       VALUES ('k', 'f', ?, '6789B', 'mak', 1, 3)`,
    new Uint8Array(3),
  );
  await sql.run("INSERT INTO key_product (key_id, product_id, added_by) VALUES ('k', 'a', 2)");
  await sql.run("INSERT INTO key_offer (key_id, offer_id) VALUES ('k', 'o')");
  await sql.run("INSERT INTO note (product_id, text, added_by) VALUES ('a', 'on disc', 2)");
}

/** What makes version 3 of the newest schema again, as far as rows know who found them. */
const BEFORE_FINDERS = [
  'ALTER TABLE key_product DROP COLUMN seen_by',
  'ALTER TABLE key_offer DROP COLUMN added_by',
  'ALTER TABLE key_offer DROP COLUMN seen_by',
  'ALTER TABLE note DROP COLUMN seen_by',
];

const finders = async (sql: Sql): Promise<unknown> =>
  Promise.all(
    ['key_product', 'key_offer', 'note'].map((table) => sql.first(`SELECT added_by, seen_by FROM ${table}`)),
  );

const FINDERS = [
  { added_by: 2, seen_by: 3 },
  { added_by: null, seen_by: 0 },
  { added_by: 2, seen_by: 2 },
];

async function productIds(database: Database): Promise<string[]> {
  return (await database.all('SELECT id FROM product ORDER BY sort_name, id')).map((row) => text(row, 'id'));
}

for (const driver of DRIVERS) {
  describe.skipIf(!driver.available)(`a database in ${driver.name}`, () => {
    beforeAll(driver.start);
    afterAll(driver.stop);

    it('has its identity from the beginning, and keeps it', async () => {
      const { database, again } = await driver.create();
      await database.close();
      const other = await again();
      expect(await other.all('SELECT id, ledger, vault_id, vault_check FROM profile')).toEqual([
        { id: 1, ledger: 'a-ledger', vault_id: 'a-vault', vault_check: null },
      ]);
      await other.close();
    });

    it('gives values back as they were stored', async () => {
      const { database } = await driver.create();
      const sealed = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
      await database.run(
        `INSERT INTO product_key (id, fingerprint, sealed, last5, type, allowed, added_by, seen_by)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        'k-1',
        'f',
        sealed,
        "a'b?c",
        'm\n\u{1F600}"\\',
        null,
        9_007_199_254_740_991,
        0,
      );
      const row = await database.first('SELECT * FROM product_key WHERE id = ?', 'k-1');
      if (row === undefined) throw new Error('no row');
      expect(Buffer.from(bytes(row, 'sealed')).equals(Buffer.from(sealed))).toBe(true);
      expect([row['last5'], row['type'], row['allowed'], row['added_by'], row['seen_by']]).toEqual([
        "a'b?c",
        'm\n\u{1F600}"\\',
        null,
        9_007_199_254_740_991,
        0,
      ]);
      await database.close();
    });

    it('counts in numbers, also sums and counts of nothing', async () => {
      const { database } = await driver.create();
      await database.run("INSERT INTO chain (id, used, pending, last_seq, head) VALUES ('a', 2, 0, 3, 'h')");
      const row = await database.first(
        "SELECT COUNT(*) AS n, SUM(used) AS used, COALESCE((SELECT SUM(used) FROM chain WHERE id = 'b'), 0) AS none FROM chain",
      );
      expect(row).toEqual({ n: 1, used: 2, none: 0 });
      await database.close();
    });

    it('says how many rows were changed, and answers with what a change returns', async () => {
      const { database } = await driver.create();
      for (const id of ['a', 'b', 'c']) await database.run(PRODUCT, id, id, id);
      expect(await database.run('UPDATE product SET name = ? WHERE id <> ?', 'x', 'a')).toBe(2);
      expect(await database.run(`${PRODUCT} ON CONFLICT (id) DO NOTHING`, 'a', 'y', 'y')).toBe(0);
      expect(
        await database.first('UPDATE product SET name = ? WHERE id = ? RETURNING name', 'z', 'a'),
      ).toEqual({ name: 'z' });
      expect(
        await database.first('UPDATE product SET name = ? WHERE id = ? RETURNING name', 'z', 'none'),
      ).toBeUndefined();
      await database.close();
    });

    it('orders texts by their bytes, whatever the language of the server', async () => {
      const { database } = await driver.create();
      const ids = ['a b', 'ab', 'a-b', 'B', 'Z', 'a', 'É', 'é', '_', '1', '\u{1F600}', '\uFFFD'];
      for (const id of ids) await database.run(PRODUCT, id, id, id);
      const byBytes = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(await productIds(database)).toEqual(byBytes);
      await database.close();
    });

    it('gives null dates before others, as lists of keys need it', async () => {
      const { database } = await driver.create();
      for (const [id, at] of [
        ['a', '2026'],
        ['b', null],
      ] as const) {
        await database.run(
          "INSERT INTO import (id, at, undone_at, files) VALUES (?, 'x', ?, '')",
          id === 'a' ? 1 : 2,
          at,
        );
      }
      const rows = await database.all('SELECT id FROM import ORDER BY undone_at NULLS FIRST, id');
      expect(rows.map((row) => row['id'])).toEqual([2, 1]);
      await database.close();
    });

    it('reads a long list bit by bit, with statements in between, and stops when nobody wants more', async () => {
      const { database } = await driver.create();
      await database.write(async (sql) => {
        for (let number = 0; number < 1_203; number += 1) {
          const id = String(number).padStart(5, '0');
          await sql.run(PRODUCT, id, id, id);
        }
      });
      let seen = 0;
      for await (const row of database.each('SELECT id FROM product WHERE id >= ? ORDER BY id', '00003')) {
        if (seen % 400 === 0) {
          expect(await database.first('SELECT name FROM product WHERE id = ?', text(row, 'id'))).toEqual({
            name: row['id'],
          });
        }
        seen += 1;
      }
      expect(seen).toBe(1_200);
      // More readers at once than there are connections, each left half-way.
      await Promise.all(
        Array.from({ length: 40 }, async () => {
          for await (const row of database.each('SELECT id FROM product ORDER BY id')) {
            await database.first('SELECT 1 AS one');
            if (text(row, 'id') === '00001') break;
          }
        }),
      );
      expect(await database.first('SELECT COUNT(*) AS n FROM product')).toEqual({ n: 1_203 });
      await database.close();
    });

    it('is not held to an old state by a list that nobody read to its end', async () => {
      const { database, again } = await driver.create();
      for (const id of ['a', 'b', 'c']) await database.run(PRODUCT, id, id, id);
      for await (const row of database.each('SELECT id FROM product ORDER BY id')) {
        if (text(row, 'id') === 'a') break;
      }
      const other = await again();
      await other.run(PRODUCT, 'd', 'd', 'd');
      expect(await productIds(database)).toEqual(['a', 'b', 'c', 'd']);
      await other.close();
      await database.close();
    });

    it('does all of a transaction or nothing', async () => {
      const { database } = await driver.create();
      const failed = database.write(async (sql) => {
        await sql.run(PRODUCT, 'a', 'a', 'a');
        expect(await sql.first('SELECT COUNT(*) AS n FROM product')).toEqual({ n: 1 });
        throw new Error('on purpose');
      });
      await expect(failed).rejects.toThrow('on purpose');
      expect(await productIds(database)).toEqual([]);
      expect(await database.write(async (sql) => sql.run(PRODUCT, 'b', 'b', 'b'))).toBe(1);
      expect(await productIds(database)).toEqual(['b']);
      await database.close();
    });

    it('does nothing more for work that goes on after its transaction has ended', async () => {
      const { database } = await driver.create();
      let late: Promise<unknown> = Promise.resolve();
      const failing = database.write(async (sql) => {
        await sql.run(PRODUCT, 'a', 'a', 'a');
        // One half of a Promise.all fails, the other is still at work.
        late = new Promise((resolve) => setTimeout(resolve, 50)).then(() =>
          sql.run(PRODUCT, 'late', 'l', 'l'),
        );
        throw new Error('on purpose');
      });
      await expect(failing).rejects.toThrow('on purpose');
      await expect(late).rejects.toThrow();
      expect(await productIds(database)).toEqual([]);
      await database.close();
    });

    it('takes a part of a transaction back to a savepoint', async () => {
      const { database } = await driver.create();
      await database.write(async (sql) => {
        await sql.run(PRODUCT, 'a', 'a', 'a');
        await sql.run('SAVEPOINT part');
        await sql.run(PRODUCT, 'b', 'b', 'b');
        await sql.run('ROLLBACK TO SAVEPOINT part');
        await sql.run('RELEASE SAVEPOINT part');
      });
      expect(await productIds(database)).toEqual(['a']);
      await database.close();
    });

    it('sees one moment in a snapshot', async () => {
      const { database, again } = await driver.create();
      await database.run(PRODUCT, 'a', 'a', 'a');
      const other = await again();
      await database.snapshot(async (sql) => {
        expect(await sql.first('SELECT COUNT(*) AS n FROM product')).toEqual({ n: 1 });
        await other.run(PRODUCT, 'b', 'b', 'b');
        expect(await sql.first('SELECT COUNT(*) AS n FROM product')).toEqual({ n: 1 });
      });
      expect(await productIds(database)).toEqual(['a', 'b']);
      await other.close();
      await database.close();
    });

    it('gives out exactly what is allowed to fifty at once', async () => {
      const { database, again } = await driver.create();
      await database.run("INSERT INTO chain (id, used, pending, last_seq, head) VALUES ('k', 0, 0, 0, 'h')");
      // Two connections of one process to one SQLite file would wait for each other for ever.
      const other = driver.name === 'SQLite' ? database : await again();
      const reserve = (on: Database) =>
        on.write(async (sql) => {
          const row = await sql.first(
            "UPDATE chain SET used = used + ? WHERE id = 'k' AND used + ? <= ? RETURNING used, last_seq",
            1,
            1,
            20,
          );
          if (row === undefined) return false;
          await sql.run("UPDATE chain SET last_seq = ? WHERE id = 'k'", integer(row, 'last_seq') + 1);
          return true;
        });
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) => reserve(index % 2 === 0 ? database : other)),
      );
      expect(outcomes.filter((given) => given)).toHaveLength(20);
      expect(await database.first("SELECT used, last_seq FROM chain WHERE id = 'k'")).toEqual({
        used: 20,
        last_seq: 20,
      });
      if (other !== database) await other.close();
      await database.close();
    });
  });
}

describe('SQLite', () => {
  it('brings an older schema up to date', async () => {
    const place = mkdtempSync(join(tmpdir(), 'mpn-store-'));
    const file = join(place, 'benefits.db');
    const filled = openSqlite(file, IDENTITY);
    await fill(filled);
    for (const statement of [...BEFORE_FINDERS, 'PRAGMA user_version = 3']) await filled.run(statement);
    await filled.close();
    const database = openSqlite(file, IDENTITY);
    expect(await finders(database)).toEqual(FINDERS);
    await database.close();
    rmSync(place, { recursive: true });
  });

  it.skipIf(!requires('/proc/locks', locksAreTold))(
    'keeps its locks while the same process opens and closes the file again',
    async () => {
      const place = mkdtempSync(join(tmpdir(), 'mpn-store-'));
      const file = join(place, 'benefits.db');
      await openSqlite(file, IDENTITY).close();
      const database = openSqlite(file, IDENTITY);
      await productIds(database);
      expect(isLocked(file)).toBe(true);
      await openSqlite(file, IDENTITY).close();
      expect(isLocked(file)).toBe(true);
      await database.close();
      expect(isLocked(file)).toBe(false);
      rmSync(place, { recursive: true });
    },
  );
});

describe.skipIf(!postgresAvailable())('PostgreSQL alone', () => {
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  it('is set up by one of many that start at once', async () => {
    const url = await server().newDatabase();
    const all = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        openPostgres(url, { ledger: `l${index}`, vaultId: `v${index}` }),
      ),
    );
    const [first, ...others] = await Promise.all(
      all.map((each) => each.first('SELECT ledger, vault_id FROM profile')),
    );
    for (const other of others) expect(other).toEqual(first);
    await Promise.all(all.map((each) => each.close()));
  });

  it('refuses an empty database unless it may set it up, and one of a newer program always', async () => {
    const url = await server().newDatabase();
    await expect(openPostgres(url, null)).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('serve init'),
    });
    await (await openPostgres(url, IDENTITY)).close();
    await server().query(url, `UPDATE schema_version SET version = ${SCHEMA_VERSION + 1}`);
    await expect(openPostgres(url, IDENTITY)).rejects.toMatchObject({ code: 'INVALID_DATA' });
  });

  it('brings an older schema up to date', async () => {
    const url = await server().newDatabase();
    const filled = await openPostgres(url, IDENTITY);
    await fill(filled);
    await filled.close();
    await server().query(
      url,
      'DROP TABLE request, service_token, trust_rule; ALTER TABLE profile DROP COLUMN changes; UPDATE schema_version SET version = 1',
    );
    for (const statement of BEFORE_FINDERS) await server().query(url, statement);
    const database = await openPostgres(url, null);
    expect(await database.first('SELECT changes, ledger FROM profile')).toEqual({
      changes: 0,
      ledger: 'a-ledger',
    });
    expect(await finders(database)).toEqual(FINDERS);
    await database.close();
  });

  it.each([
    ['no server', 'postgres://mpn:a-secret-word@127.0.0.1:1/none'],
    ['no such host', 'postgres://mpn:a-secret-word@host.invalid/none'],
  ])('says that it cannot be used: %s', async (_, url) => {
    const error = await openPostgres(url, null).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(JSON.stringify([error, String(error)])).not.toContain('a-secret-word');
  });

  it('says that a server without TLS offers none, and takes no mode of it that there is not', async () => {
    const url = await server().newDatabase();
    for (const mode of ['require', 'verify-full'])
      await expect(openPostgres(`${url}?sslmode=${mode}`, null)).rejects.toMatchObject({
        code: 'STORAGE_UNAVAILABLE',
        message: expect.stringContaining('it offers no TLS'),
      });
    await expect(openPostgres(`${url}?sslmode=bogus`, null)).rejects.toMatchObject({ code: 'USAGE' });
  });

  it.each(['mysql://x', 'postgres', 'postgres://mpn:a-secret-word@[', ''])(
    'does not take "%s" for an address, and does not repeat it',
    async (url) => {
      const error = await openPostgres(url, null).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'USAGE' });
      expect(String(error)).not.toContain('a-secret-word');
    },
  );

  it('refuses a NUL, which this server cannot store, and stores nothing', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    await expect(database.run(PRODUCT, 'a', 'b\0c', 'a')).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect(await productIds(database)).toEqual([]);
    await database.close();
  });

  it('goes on over the same connection when a statement was refused for its values', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    await database.run(PRODUCT, 'a', 'a', 'a');
    const connection = () => database.first('SELECT pg_backend_pid() AS pid');
    const before = await connection();
    await expect(database.run(PRODUCT, 'a', 'a', 'a')).rejects.toMatchObject({ code: '23505' });
    await expect(database.run(PRODUCT, 'b', 'b\0c', 'b')).rejects.toMatchObject({ code: 'INVALID_DATA' });
    expect(await connection()).toEqual(before);
    expect(await productIds(database)).toEqual(['a']);
    await database.close();
  });

  it('survives killed connections: what was not confirmed is not there, and the next call works', async () => {
    const url = await server().newDatabase();
    const database = await openPostgres(url, IDENTITY);
    const cut = database.write(async (sql) => {
      await sql.run(PRODUCT, 'a', 'a', 'a');
      await server().killConnections(url);
      await sql.run(PRODUCT, 'b', 'b', 'b');
    });
    await expect(cut).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await productIds(database)).toEqual([]);
    await server().killConnections(url);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await database.run(PRODUCT, 'c', 'c', 'c');
    expect(await productIds(database)).toEqual(['c']);
    await database.close();
  });

  it('survives a restart of the server', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    await database.run(PRODUCT, 'a', 'a', 'a');
    await server().restart();
    await productIds(database).catch(() => {});
    expect(await productIds(database)).toEqual(['a']);
    await database.close();
  });

  it('never confirms what a failed statement undid, even if the work went on', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    const swallowed = database.write(async (sql) => {
      await sql.run(PRODUCT, 'a', 'a', 'a');
      await sql.run(PRODUCT, 'a', 'a', 'a').catch(() => {});
    });
    await expect(swallowed).rejects.toThrow('failed transaction');
    expect(await productIds(database)).toEqual([]);
    await database.close();
  });

  it('says what a transaction failed of to whoever is heard first, not that it has failed', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    await database.run(PRODUCT, 'a', 'a', 'a');
    const late = database.write(async (sql) => {
      // The part that fails is not awaited; the one that comes after it is.
      const failing = sql.run(PRODUCT, 'a', 'a', 'a').catch(() => {});
      await failing;
      await sql.first('SELECT 1 AS one');
    });
    const error = await late.catch((thrown: unknown) => thrown);
    expect(isDuplicate(error)).toBe(true);
    // The same for what waited for the failing batch, and is seen within the transaction.
    let within: unknown;
    const waiting = database.write(async (sql) => {
      const failing = sql.run(PRODUCT, 'a', 'a', 'a');
      await new Promise((resolve) => setImmediate(resolve));
      const behind = sql.first('SELECT 1 AS one').catch((thrown: unknown) => {
        within = thrown;
      });
      await Promise.allSettled([failing, behind]);
      await failing;
    });
    await expect(waiting).rejects.toThrow();
    expect(isDuplicate(within)).toBe(true);
    await database.close();
  });

  it('calls a deadlock outdone, also where only a part beside the failed one is heard', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    for (const id of ['a', 'b']) await database.run(PRODUCT, id, id, id);
    const change = (first: string, second: string, other: Promise<void>, mine: () => void) =>
      database.write(async (sql) => {
        await sql.run('UPDATE product SET name = name WHERE id = ?', first);
        mine();
        await other;
        await sql.run('UPDATE product SET name = name WHERE id = ?', second).catch(() => {});
        await sql.first('SELECT 1 AS one');
      });
    const [left, right] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ends = await Promise.allSettled([
      change('a', 'b', right.promise, left.resolve),
      change('b', 'a', left.promise, right.resolve),
    ]);
    const failed = ends.filter((end) => end.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(isOutdone(failed[0]?.reason)).toBe(true);
    await database.close();
  });

  it('goes on when the schema was changed under statements that it had prepared', async () => {
    const url = await server().newDatabase();
    const database = await openPostgres(url, IDENTITY);
    const all = 'SELECT * FROM product ORDER BY id';
    await database.run(PRODUCT, 'a', 'a', 'a');
    const inTransaction = () => database.write((sql) => sql.all(all));
    await Promise.all(Array.from({ length: 8 }, () => database.all(all)));
    await Promise.all(Array.from({ length: 4 }, () => inTransaction()));
    await server().query(url, 'ALTER TABLE product ADD COLUMN extra TEXT');
    const rows = await Promise.all(Array.from({ length: 8 }, () => database.all(all)));
    for (const [row] of rows) expect(row).toMatchObject({ id: 'a', extra: null });
    // A transaction is for its owner to do again: once for each connection that has to forget.
    const errors: unknown[] = [];
    for (let round = 0; round < 8; round += 1) await inTransaction().catch((error) => errors.push(error));
    expect(errors.length).toBeLessThanOrEqual(4);
    for (const error of errors) {
      expect(isOutdone(error)).toBe(true);
      expect(error).toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    }
    expect(await inTransaction()).toMatchObject([{ id: 'a', extra: null }]);
    await database.close();
  });

  it('answers with an error for a value that cannot be sent, and goes on', async () => {
    const database = await openPostgres(await server().newDatabase(), IDENTITY);
    const nothing = [undefined] as unknown as string[];
    for (let round = 0; round < 6; round += 1) {
      await expect(database.run('UPDATE product SET name = ?', ...nothing)).rejects.toThrow(TypeError);
      const inTransaction = database.write(async (sql) => {
        await sql.run(PRODUCT, 'a', 'a', 'a');
        await sql.run('UPDATE product SET name = ?', ...nothing);
      });
      await expect(inTransaction).rejects.toThrow(TypeError);
    }
    await database.run(PRODUCT, 'b', 'b', 'b');
    expect(await productIds(database)).toEqual(['b']);
    await database.close();
  });
});
