import {
  type ChainRow,
  chainEnds,
  eventsSinceHead,
  ledgerHead,
  type Sha256Hex,
  type StoredEvent,
} from '../../activation/chain.ts';
import { parseEvent } from '../../activation/event-reader.ts';
import type { LedgerEvent } from '../../activation/events.ts';
import {
  type EarlierLedger,
  type LedgerFinding,
  type LedgerReport,
  verifyLedger,
} from '../../activation/verify.ts';
import { integer, type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { Ledger, LedgerExport } from '../backend.ts';
import { DerivedTables } from './derived.ts';
import { ledgerId, placesOf } from './ledger.ts';
import type { ProfileDatabase } from './profile-database.ts';

export function localLedger(database: ProfileDatabase, sha256Hex: Sha256Hex): Ledger {
  return {
    export: () => exportLedger(database.reading(), sha256Hex),
    verify: (earlier) => database.snapshot((sql) => verify(sql, earlier, sha256Hex)),
    sinceHead: async (head) => {
      const sql = database.reading();
      return eventsSinceHead(
        await ledgerId(sql),
        chainEnds(await chainRows(sql)),
        newestFirst(sql),
        head,
        sha256Hex,
      );
    },
  };
}

async function chainRows(sql: Sql): Promise<(ChainRow & { readonly pending: number })[]> {
  const rows = await sql.all('SELECT id, used, pending, last_seq, head FROM chain ORDER BY id');
  return rows.map((row) => ({
    chain: text(row, 'id'),
    used: integer(row, 'used'),
    pending: integer(row, 'pending'),
    lastSeq: integer(row, 'last_seq'),
    head: text(row, 'head'),
  }));
}

/** Events up to the ends of their chains as they were when it began: what is appended meanwhile is not part of it. */
async function exportLedger(sql: Sql, sha256Hex: Sha256Hex): Promise<LedgerExport> {
  const ledger = await ledgerId(sql);
  const chains = chainEnds(await chainRows(sql));
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

/**
 * Proves the chains, and compares what is kept beside them: the columns that find events, the counts, the machines.
 * All of it as it is at one moment, for others may be writing.
 */
async function verify(
  sql: Sql,
  earlier: EarlierLedger | undefined,
  sha256Hex: Sha256Hex,
): Promise<LedgerReport> {
  const strays: LedgerFinding[] = [];
  const derived = new DerivedTables(sql);
  const events = async function* (): AsyncIterable<FiledEvent[]> {
    for await (const page of sql.pages(EVERYTHING)) yield page.map(toFiled);
  };
  const hear = (event: LedgerEvent, filed: FiledEvent): Promise<void> | undefined => {
    const { chain, seq, number } = filed;
    if (strays.length < MOST_STRAYS && !isFoundByItsText(filed, event)) {
      strays.push({ chain, seq, problem: 'is filed under something else than its text says' });
    }
    return derived.add(chain, event, number);
  };
  const report = await verifyLedger({
    ledger: await ledgerId(sql),
    chains: await chainRows(sql),
    events: events(),
    sha256Hex,
    earlier,
    hear,
  });
  const beside = [...strays, ...(await derived.finish())];
  const wrong = new Set(beside.map(({ chain }) => chain));
  return {
    ...report,
    ok: report.ok && beside.length === 0,
    chains: report.chains.map((chain) => (wrong.has(chain.chain) ? { ...chain, ok: false } : chain)),
    findings: [...report.findings, ...beside],
  };
}

const MOST_STRAYS = 100;

const EVERYTHING = `SELECT number, chain, seq, text, hash, type, at, subject, machine_id, product_id
  FROM ledger_event ORDER BY chain, seq`;

/** An event with the columns that find it. */
interface FiledEvent extends StoredEvent {
  readonly number: number;
  readonly type: string;
  readonly at: string;
  readonly subject: string | null;
  readonly machineId: string | null;
  readonly productId: string | null;
}

function toFiled(row: Row): FiledEvent {
  return {
    ...toStored(row),
    number: integer(row, 'number'),
    type: text(row, 'type'),
    at: text(row, 'at'),
    subject: textOrNull(row, 'subject'),
    machineId: textOrNull(row, 'machine_id'),
    productId: textOrNull(row, 'product_id'),
  };
}

function isFoundByItsText(filed: FiledEvent, event: LedgerEvent): boolean {
  const places = placesOf(event);
  return (
    filed.type === event.type &&
    filed.at === event.at &&
    filed.subject === places.subject &&
    filed.machineId === places.machineId &&
    filed.productId === places.productId
  );
}
