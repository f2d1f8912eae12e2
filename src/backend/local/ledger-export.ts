import { chainEnds, eventsSinceHead, type Sha256Hex, type StoredEvent } from '../../activation/chain.ts';
import { parseEvent } from '../../activation/event-reader.ts';
import type { LedgerEvent } from '../../activation/events.ts';
import { counted } from '../../counted.ts';
import { AppError } from '../../errors.ts';
import { integer, type Row, type Sql, text } from '../../store/sql.ts';
import type { Ledger, LedgerExport } from '../backend.ts';
import { breathe } from './breath.ts';
import { ledgerId } from './ledger.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { chainClaims, headOf } from './verify/part.ts';
import { ALL_CHAINS } from './verify/range.ts';
import { type VerifierSetup, verifyLocal } from './verify/threads.ts';

/** @param verifier what verifies large ledgers faster, where the database is a file. */
export function localLedger(
  database: ProfileDatabase,
  sha256Hex: Sha256Hex,
  verifier?: VerifierSetup,
): Ledger {
  return {
    export: () => exportLedger(database, sha256Hex),
    verify: (earlier) => verifyLocal(database, earlier, sha256Hex, verifier),
    sinceHead: (head) => sinceHead(database, head, sha256Hex),
  };
}

/**
 * How many events came after an earlier head; undefined if it never was one.
 * @param mostEnds so many ends of chains are hashed before it is given up: each event back costs one for each chain.
 * @throws AppError USAGE if that is not enough
 */
export function sinceHead(
  database: ProfileDatabase,
  head: string,
  sha256Hex: Sha256Hex,
  mostEnds = Number.POSITIVE_INFINITY,
): Promise<number | undefined> {
  return database.snapshot(async (sql) => {
    const ends = chainEnds(await chainClaims(sql, ALL_CHAINS));
    const events = newestFirst(sql, Math.ceil(mostEnds / (ends.length + 1)));
    return eventsSinceHead(await ledgerId(sql), ends, events, head, sha256Hex);
  });
}

/** Events up to the ends of their chains as they were when it began: what is appended meanwhile is not part of it. */
async function exportLedger(database: ProfileDatabase, sha256Hex: Sha256Hex): Promise<LedgerExport> {
  const { ledger, chains, head } = await database.settled((sql) => headOf(sql, sha256Hex));
  const events = (async function* (): AsyncIterable<StoredEvent> {
    const sql = database.reading();
    for (const [chain, last] of chains) yield* eventsOfChain(sql, chain, last);
  })();
  return { ledger, chains, head, events };
}

async function* eventsOfChain(sql: Sql, chain: string, last: number): AsyncIterable<StoredEvent> {
  const statement =
    'SELECT chain, seq, text, hash FROM ledger_event WHERE chain = ? AND seq <= ? ORDER BY seq';
  for await (const row of sql.each(statement, chain, last)) yield toStored(row);
}

function toStored(row: Row): StoredEvent {
  return {
    chain: text(row, 'chain'),
    seq: integer(row, 'seq'),
    text: text(row, 'text'),
    hash: text(row, 'hash'),
  };
}

/** Events between two looks around: at each of them all chains are hashed. */
const EVENTS_AT_ONCE = 50;

async function* newestFirst(sql: Sql, most: number): AsyncIterable<LedgerEvent> {
  let read = 0;
  for await (const row of sql.each('SELECT text FROM ledger_event ORDER BY number DESC')) {
    if (read === most) throw tooFarBack(most);
    read += 1;
    await breathe(read, EVENTS_AT_ONCE);
    yield parseEvent(text(row, 'text'));
  }
}

function tooFarBack(events: number): AppError {
  return new AppError(
    'USAGE',
    `That is no head of the last ${counted(events, 'event')}; none further back is looked for.`,
    {
      hint: 'Compare with the export that it is the head of: mpn-benefits activations verify --against <file>',
      details: { events },
    },
  );
}
