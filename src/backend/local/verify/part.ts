import {
  type ChainEnd,
  chainEnds,
  ledgerHead,
  type Sha256Hex,
  type StoredEvent,
} from '../../../activation/chain.ts';
import type { ChainClaim, LedgerFinding } from '../../../activation/chain-verifier.ts';
import type { LedgerEvent } from '../../../activation/events.ts';
import { MachineHistory, type ToldMachine } from '../../../activation/machine-history.ts';
import { type EarlierLedger, type VerifiedChains, verifyChains } from '../../../activation/verify.ts';
import { integer, type Row, type Sql, text } from '../../../store/sql.ts';
import { ledgerId, placesOf } from '../ledger.ts';
import { FirstFindings } from './first-findings.ts';
import { ALL_CHAINS, type ChainRange, chainsIn, isIn } from './range.ts';
import { StandingsCheck } from './standings.ts';

/** What to verify: the chains of a range. */
export interface PartToVerify {
  readonly ledger: string;
  readonly range: ChainRange;
  readonly earlier: EarlierLedger | undefined;
}

/** What was found in a part; nothing but data, so that it can come from another thread. */
export interface VerifiedPart {
  readonly range: ChainRange;
  readonly verified: VerifiedChains;
  /** Of what is kept beside the events of these chains. */
  readonly beside: readonly LedgerFinding[];
  readonly machines: ReadonlyMap<string, ToldMachine>;
}

/** Proves the chains of a range and compares what is kept beside each: the columns that find events, the standings. */
export async function verifyPart(
  sql: Sql,
  { ledger, range, earlier }: PartToVerify,
  sha256Hex: Sha256Hex,
): Promise<VerifiedPart> {
  const strays = new FirstFindings();
  const standings = new StandingsCheck(sql, range);
  const machines = new MachineHistory();
  const hear = (event: LedgerEvent, filed: FiledEvent): Promise<void> | undefined => {
    const { chain, seq, number } = filed;
    if (filed.places !== placesText(event))
      strays.add(chain, seq, 'is filed under something else than its text says');
    machines.hear(event, number);
    return standings.add(chain, event);
  };
  const chains = earlier?.chains.filter(([chain]) => isIn(range, chain)) ?? [];
  const verified = await verifyChains({
    ledger,
    chains: await chainClaims(sql, range),
    events: filedEvents(sql, range),
    sha256Hex,
    earlier: earlier === undefined ? undefined : { ...earlier, chains },
    hear,
  });
  return {
    range,
    verified,
    beside: [...strays.all, ...(await standings.finish())],
    machines: machines.machines,
  };
}

/** The rows that are kept of chains. */
export async function chainClaims(sql: Sql, range: ChainRange): Promise<Required<ChainClaim>[]> {
  const { condition, values } = chainsIn(range, 'id');
  const rows = await sql.all(
    `SELECT id, used, pending, last_seq, head FROM chain WHERE ${condition} ORDER BY id`,
    ...values,
  );
  return rows.map((row) => ({
    chain: text(row, 'id'),
    used: integer(row, 'used'),
    pending: integer(row, 'pending'),
    lastSeq: integer(row, 'last_seq'),
    head: text(row, 'head'),
  }));
}

/** How far each chain reaches, and the hash over all of them. */
export async function headOf(
  sql: Sql,
  sha256Hex: Sha256Hex,
): Promise<{ readonly ledger: string; readonly chains: readonly ChainEnd[]; readonly head: string }> {
  const ledger = await ledgerId(sql);
  const chains = chainEnds(await chainClaims(sql, ALL_CHAINS));
  return { ledger, chains, head: ledgerHead(ledger, chains, sha256Hex) };
}

/** An event with its place in the order of writing and what it is filed under. */
interface FiledEvent extends StoredEvent {
  readonly number: number;
  readonly places: string;
}

/** Separate the columns in one text, which is read sooner than five. No id of ours holds such a character. */
const NEXT = '\u001F';
const NONE = '\u001E';

const PLACES = ['type', 'at', 'subject', 'machine_id', 'product_id']
  .map((column) => `COALESCE(${column}, '${NONE}')`)
  .join(` || '${NEXT}' || `);

function placesText(event: LedgerEvent): string {
  const { subject, machineId, productId } = placesOf(event);
  return [event.type, event.at, subject ?? NONE, machineId ?? NONE, productId ?? NONE].join(NEXT);
}

async function* filedEvents(sql: Sql, range: ChainRange): AsyncIterable<FiledEvent[]> {
  const { condition, values } = chainsIn(range, 'chain');
  const statement = `SELECT number, chain, seq, text, hash, ${PLACES} AS places
    FROM ledger_event WHERE ${condition} ORDER BY chain, seq`;
  for await (const page of sql.pages(statement, ...values)) yield page.map(toFiled);
}

function toFiled(row: Row): FiledEvent {
  return {
    number: integer(row, 'number'),
    chain: text(row, 'chain'),
    seq: integer(row, 'seq'),
    text: text(row, 'text'),
    hash: text(row, 'hash'),
    places: text(row, 'places'),
  };
}
