import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS_CHAIN, type EventBody, PROFILE_CHAIN } from '../../src/activation/events.ts';
import type { Ledger } from '../../src/backend/backend.ts';
import { randomId, sha256Hex } from '../../src/backend/local/crypto.ts';
import { openChain, recordEvent } from '../../src/backend/local/ledger.ts';
import { localLedger, sinceHead } from '../../src/backend/local/ledger-export.ts';
import { serviceDatabase } from '../../src/service/database.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import type { Database, Transaction } from '../../src/store/sql.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';

const IDENTITY = { ledger: 'a-ledger', vaultId: 'a-vault' };
const SETUP = { now: () => new Date(), randomId, sha256Hex };
const EVENT: EventBody = {
  type: 'offer-set',
  delta: 0,
  actor: null,
  offer: 'other:a',
  purchased: null,
  policy: null,
};

const append = (sql: Transaction, chain: string) => recordEvent(sql, chain, EVENT, SETUP);

async function withChains(database: Database): Promise<Database> {
  await database.write(async (sql) => {
    for (const chain of [PROFILE_CHAIN, ACCESS_CHAIN]) await openChain(sql, chain, null, SETUP);
  });
  return database;
}

describe.skipIf(!requires('postgresql', postgresAvailable()))('events that are written side by side', () => {
  let postgres: TestPostgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  it.each<[string, (ledger: Ledger) => Promise<{ readonly head: string }>]>([
    ['exporting', (ledger) => ledger.export()],
    ['verifying', (ledger) => ledger.verify(undefined)],
  ])('have one order for every head that is given out: %s', async (_, look) => {
    const url = await postgres.newDatabase();
    const database = await withChains(await openPostgres(url, IDENTITY));
    const ledger = localLedger(serviceDatabase(database, database), sha256Hex);
    const [written, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const slow = database.write(async (sql) => {
      await append(sql, PROFILE_CHAIN);
      await sql.first('SELECT 1 AS one');
      written.resolve();
      await told.promise;
    });
    await written.promise;
    // Numbered later and confirmed sooner.
    await database.write((sql) => append(sql, ACCESS_CHAIN));
    let looked = false;
    const looking = look(ledger).finally(() => {
      looked = true;
    });
    const waits = async () =>
      (await postgres.query(url, 'SELECT COUNT(*) FROM pg_locks WHERE NOT granted'))[0] !== '0';
    while (!looked && !(await waits())) {}
    told.resolve();
    await slow;
    const { head } = await looking;
    await database.write((sql) => append(sql, ACCESS_CHAIN));
    expect(await ledger.sinceHead(head)).toBe(1);
    await database.close();
  });

  it('are not held up by whoever goes on reading', async () => {
    const database = await withChains(await openPostgres(await postgres.newDatabase(), IDENTITY));
    const count = 'SELECT COUNT(*) AS n FROM ledger_event';
    const seen = await database.settled(async (sql) => {
      await sql.first(count);
      await database.write((other) => append(other, PROFILE_CHAIN));
      return sql.first(count);
    });
    expect(seen).toEqual({ n: 0 });
    expect(await database.first(count)).toEqual({ n: 1 });
    await database.close();
  });
});

it('a head is looked for only as far back as the work allows, and the hint names what always works', async () => {
  const database = await withChains(openSqlite(null, IDENTITY));
  const ledger = serviceDatabase(database, database);
  const { head: first } = await localLedger(ledger, sha256Hex).export();
  for (let event = 0; event < 4; event += 1) await database.write((sql) => append(sql, PROFILE_CHAIN));
  expect(await sinceHead(ledger, first, sha256Hex, 8)).toBe(4);
  await expect(sinceHead(ledger, first, sha256Hex, 6)).rejects.toMatchObject({
    code: 'USAGE',
    message: 'That is no head of the last 3 events; none further back is looked for.',
    hint: expect.stringContaining('--against <file>'),
  });
  await database.close();
});

it('while a head is looked for, others are heard', async () => {
  const database = await withChains(openSqlite(null, IDENTITY));
  for (let event = 0; event < 60; event += 1) await database.write((sql) => append(sql, PROFILE_CHAIN));
  let heard = false;
  setImmediate(() => {
    heard = true;
  });
  expect(await sinceHead(serviceDatabase(database, database), 'f'.repeat(64), sha256Hex)).toBeUndefined();
  expect(heard).toBe(true);
  await database.close();
});
