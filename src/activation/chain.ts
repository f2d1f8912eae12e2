import { AppError } from '../errors.ts';
import { maskKeys } from '../keys/hidden.ts';
import { compare } from '../keys/order.ts';
import { canonicalJson } from './canonical.ts';
import type { EventBody, EventPlace, LedgerEvent } from './events.ts';

/** Lower-case hex SHA-256 of the text's UTF-8 bytes; given by the caller, this room has no libraries. */
export type Sha256Hex = (text: string) => string;

/** What is stored of a chain beside its events; changed in the transaction that appends. */
export interface ChainRow {
  readonly chain: string;
  /** Sum of all deltas, pending included. */
  readonly used: number;
  /** 0 before the first event. */
  readonly lastSeq: number;
  /** Hash of the last event; before the first one the chain's genesis. */
  readonly head: string;
}

/** An event as stored: the text exactly as hashed, and its hash beside it. */
export interface StoredEvent {
  readonly chain: string;
  readonly seq: number;
  readonly text: string;
  readonly hash: string;
}

/** What an event gets from its surroundings. */
export interface Stamp {
  readonly ledger: string;
  readonly id: string;
  readonly at: Date;
  /** `at` of the chain's event before, if the caller has it: a clock that went back becomes a note. */
  readonly lastAt?: string | null;
  readonly sha256Hex: Sha256Hex;
}

export interface AppendedEvent {
  readonly event: LedgerEvent;
  readonly stored: StoredEvent;
  /** The chain row after it. */
  readonly chain: ChainRow;
}

/** `prev` of a chain's first event. */
export function genesis(ledger: string, chain: string, sha256Hex: Sha256Hex): string {
  return sha256Hex(`mpn-benefits/ledger/1|${ledger}|${chain}`);
}

/** What people type, or a pipeline says of itself. */
const FREE_TEXTS: readonly string[] = ['actor', 'reason', 'purpose', 'job', 'target'];

/** Nothing is ever taken out of a ledger again, so a product key that somebody typed does not get in (T8). */
function withoutKeys(body: EventBody): EventBody {
  const masked = Object.entries(body).flatMap(([name, value]) =>
    FREE_TEXTS.includes(name) && typeof value === 'string' ? [[name, maskKeys(value).shown]] : [],
  );
  return { ...body, ...Object.fromEntries(masked) };
}

/**
 * The chain's next event, ready to be stored with its hash, and the chain row that belongs to it.
 * @throws AppError INVALID_DATA for values that have no canonical form (lone surrogates).
 */
export function nextEvent(chain: ChainRow, body: EventBody, stamp: Stamp): AppendedEvent {
  const at = stamp.at.toISOString();
  const lastAt = stamp.lastAt ?? null;
  const place: EventPlace = {
    v: 1,
    ledger: stamp.ledger,
    chain: chain.chain,
    seq: chain.lastSeq + 1,
    id: stamp.id,
    at,
    prev: chain.head,
    ...(lastAt !== null && at < lastAt ? { note: `the clock went back from ${lastAt}` } : {}),
  };
  const event: LedgerEvent = { ...withoutKeys(body), ...place };
  const used = chain.used + event.delta;
  if (!Number.isSafeInteger(used))
    throw new AppError('INVALID_DATA', 'The count of a key is out of range.', {
      hint: 'Give the number that the portal or VAMT shows.',
    });
  const text = canonicalJson(event);
  const hash = stamp.sha256Hex(text);
  return {
    event,
    stored: { chain: chain.chain, seq: place.seq, text, hash },
    chain: { chain: chain.chain, used, lastSeq: place.seq, head: hash },
  };
}

/** A chain's end as the head over all and the exports name it: chain, number of events, hash of the last. */
export type ChainEnd = readonly [chain: string, seq: number, head: string];

/** The ends of chains in the order the head over all wants them. A chain without events has no end. */
export function chainEnds(chains: Iterable<Omit<ChainRow, 'used'>>): ChainEnd[] {
  return [...chains]
    .filter(({ lastSeq }) => lastSeq > 0)
    .map((row): ChainEnd => [row.chain, row.lastSeq, row.head])
    .sort(([a], [b]) => compare(a, b));
}

/** The head over all chains. Computed when asked, never stored: chains must not wait for each other. */
export function ledgerHead(ledger: string, ends: readonly ChainEnd[], sha256Hex: Sha256Hex): string {
  return headOver(ledger, endTexts(ends).values(), sha256Hex);
}

/** The canonical text of each chain's end, in the order of the head. */
function endTexts(ends: readonly ChainEnd[]): Map<string, string> {
  const sorted = [...ends].sort(([a], [b]) => compare(a, b));
  return new Map(sorted.map((end) => [end[0], canonicalJson(end)]));
}

/** The hash of the canonical form of `{ledger, chains}`, put together from the texts of its chains. */
function headOver(ledger: string, ends: Iterable<string>, sha256Hex: Sha256Hex): string {
  return sha256Hex(`{"chains":[${[...ends].join(',')}],"ledger":${canonicalJson(ledger)}}`);
}

/**
 * Whether a head noted earlier was this ledger's, and how many events have been appended since; undefined if it
 * never was. Walks back from today, so a recent head is found soon. Each step is a hash over the ends of all chains.
 * @param newestFirst the events in the reverse order of their appending.
 */
export async function eventsSinceHead(
  ledger: string,
  ends: readonly ChainEnd[],
  newestFirst: AsyncIterable<Pick<EventPlace, 'chain' | 'seq' | 'prev'>> | Iterable<EventPlace>,
  head: string,
  sha256Hex: Sha256Hex,
): Promise<number | undefined> {
  // On the way back chains become shorter or vanish, and none comes: their order stays as it is.
  const texts = endTexts(ends);
  let since = 0;
  const isHead = (): boolean => headOver(ledger, texts.values(), sha256Hex) === head;
  if (isHead()) return since;
  for await (const { chain, seq, prev } of newestFirst) {
    since += 1;
    if (seq > 1) texts.set(chain, canonicalJson([chain, seq - 1, prev]));
    else texts.delete(chain);
    if (isHead()) return since;
  }
  return undefined;
}
