import {
  chainEnds,
  eventsSinceHead,
  ledgerHead,
  type Sha256Hex,
  type StoredEvent,
} from '../../activation/chain.ts';
import { parseEvent } from '../../activation/event-reader.ts';
import type { LedgerEvent } from '../../activation/events.ts';
import { integer, type Row, type Sql, text } from '../../store/sql.ts';
import type { Ledger, LedgerExport } from '../backend.ts';
import { ledgerId } from './ledger.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { chainClaims } from './verify/part.ts';
import { ALL_CHAINS } from './verify/range.ts';
import { type VerifierSetup, verifyLocal } from './verify/threads.ts';

/** @param verifier what verifies large ledgers faster, where the database is a file. */
export function localLedger(
  database: ProfileDatabase,
  sha256Hex: Sha256Hex,
  verifier?: VerifierSetup,
): Ledger {
  return {
    export: () => exportLedger(database.reading(), sha256Hex),
    verify: (earlier) => verifyLocal(database, earlier, sha256Hex, verifier),
    sinceHead: async (head) => {
      const sql = database.reading();
      return eventsSinceHead(
        await ledgerId(sql),
        chainEnds(await chainClaims(sql, ALL_CHAINS)),
        newestFirst(sql),
        head,
        sha256Hex,
      );
    },
  };
}

/** Events up to the ends of their chains as they were when it began: what is appended meanwhile is not part of it. */
async function exportLedger(sql: Sql, sha256Hex: Sha256Hex): Promise<LedgerExport> {
  const ledger = await ledgerId(sql);
  const chains = chainEnds(await chainClaims(sql, ALL_CHAINS));
  const events = (async function* (): AsyncIterable<StoredEvent> {
    for (const [chain, last] of chains) yield* eventsOfChain(sql, chain, last);
  })();
  return { ledger, chains, head: ledgerHead(ledger, chains, sha256Hex), events };
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

async function* newestFirst(sql: Sql): AsyncIterable<LedgerEvent> {
  for await (const row of sql.each('SELECT text FROM ledger_event ORDER BY number DESC')) {
    yield parseEvent(text(row, 'text'));
  }
}
