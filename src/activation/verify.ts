import { isCanonicalJson } from './canonical.ts';
import {
  type ChainEnd,
  type ChainRow,
  chainEnds,
  genesis,
  ledgerHead,
  type Sha256Hex,
  type StoredEvent,
} from './chain.ts';
import { readEvent } from './event-reader.ts';
import { ACCESS_CHAIN, type LedgerEvent, PROFILE_CHAIN } from './events.ts';

/** Something in the ledger that is not as it was written. */
export type LedgerFinding = {
  /** Null for what concerns the whole ledger. */
  readonly chain: string | null;
  /** Null for what concerns a whole chain. */
  readonly seq: number | null;
  readonly problem: string;
};

/** The fields of a chain in `activations verify`, in their order. */
export type ChainReport = {
  readonly chain: string;
  readonly keyLast5: string | null;
  readonly events: number;
  readonly head: string;
  readonly ok: boolean;
};

/** The fields of `activations verify`, in their order. */
export type LedgerReport = {
  readonly ok: boolean;
  readonly ledger: string;
  readonly events: number;
  readonly head: string;
  readonly chains: readonly ChainReport[];
  readonly findings: readonly LedgerFinding[];
};

/** What is kept beside a chain's events; an export keeps no counts. */
export type ChainClaim = Omit<ChainRow, 'used'> & { readonly used?: number; readonly pending?: number };

/** An earlier state that must be a prefix of this one. */
export interface EarlierLedger {
  readonly ledger: string;
  readonly chains: readonly ChainEnd[];
}

export interface LedgerToVerify<Stored extends StoredEvent = StoredEvent> {
  readonly ledger: string;
  readonly chains: Iterable<ChainClaim>;
  /** All events, some at a time; those of a chain in the order of seq. */
  readonly events: AsyncIterable<readonly Stored[]> | Iterable<readonly Stored[]>;
  readonly sha256Hex: Sha256Hex;
  readonly earlier?: EarlierLedger | undefined;
  /** Hears every event that can be read, with what it was read from; is waited for only if it has to wait itself. */
  readonly hear?: (event: LedgerEvent, stored: Stored) => Promise<void> | undefined;
}

/** A chain that is broken throughout is told by its first findings; memory stays constant. */
const MOST_FINDINGS = 100;

const span = (from: number, to: number): string =>
  from === to ? `event ${from} is missing` : `events ${from} to ${to} are missing`;

/** Looks at one chain, event by event, keeping only its end. */
export class ChainVerifier {
  readonly #ledger: string;
  readonly #chain: string;
  readonly #sha256Hex: Sha256Hex;
  readonly #earlier: ChainEnd | undefined;
  readonly #findings: LedgerFinding[] = [];
  #unsaid = 0;
  #used = 0;
  /** What unsettled activations were reserved with. */
  readonly #pending = new Map<string, number>();
  #seq = 0;
  #head: string;
  #events = 0;

  constructor(ledger: string, chain: string, sha256Hex: Sha256Hex, earlier?: ChainEnd) {
    this.#ledger = ledger;
    this.#chain = chain;
    this.#sha256Hex = sha256Hex;
    this.#earlier = earlier;
    this.#head = genesis(ledger, chain, sha256Hex);
  }

  /** The next event as stored. Gives it back as read, if it can be read. */
  add(row: StoredEvent): LedgerEvent | undefined {
    const follows = row.seq === this.#seq + 1;
    if (row.seq > this.#seq + 1) this.#find(row.seq, span(this.#seq + 1, row.seq - 1));
    else if (!follows) this.#find(row.seq, `stands after event ${this.#seq}`);
    if (this.#sha256Hex(row.text) !== row.hash) this.#find(row.seq, 'its text does not have its hash');
    const event = this.#read(row);
    // After a gap nobody can tell what it should follow: the gap is the finding.
    if (event !== undefined && follows && event.prev !== this.#head) {
      this.#find(row.seq, 'does not follow the event before it');
    }
    const [, earlierSeq, earlierHead] = this.#earlier ?? [];
    if (row.seq === earlierSeq && row.hash !== earlierHead) {
      this.#find(row.seq, 'is not the event that the earlier record has here');
    }
    this.#seq = row.seq;
    this.#head = row.hash;
    this.#events += 1;
    if (event !== undefined) this.#count(event);
    return event;
  }

  #count(event: LedgerEvent): void {
    this.#used += event.delta;
    if (event.type === 'reserved') this.#pending.set(event.activationId, event.delta);
    else if ('activationId' in event) this.#pending.delete(event.activationId);
  }

  /** @param claim the chain row; undefined if there is none. */
  finish(claim: ChainClaim | undefined): {
    readonly end: Omit<ChainRow, 'used'>;
    readonly events: number;
    readonly findings: readonly LedgerFinding[];
  } {
    if (claim === undefined) this.#find(null, 'is not in the list of chains');
    else this.#compare(claim);
    const [, earlierSeq = 0] = this.#earlier ?? [];
    if (earlierSeq > this.#seq) {
      this.#find(null, `ends at event ${this.#seq}; the earlier record has ${earlierSeq}`);
    }
    const rest: LedgerFinding[] =
      this.#unsaid === 0
        ? []
        : [{ chain: this.#chain, seq: null, problem: `and ${this.#unsaid} more findings` }];
    return {
      end: { chain: this.#chain, lastSeq: this.#seq, head: this.#head },
      events: this.#events,
      findings: [...this.#findings, ...rest],
    };
  }

  #compare(claim: ChainClaim): void {
    if (claim.lastSeq > this.#seq) this.#find(null, `${span(this.#seq + 1, claim.lastSeq)} at its end`);
    else if (claim.lastSeq < this.#seq) {
      this.#find(null, `has ${this.#seq} events, the list of chains says ${claim.lastSeq}`);
    } else if (claim.head !== this.#head)
      this.#find(null, 'its last hash is not the one in the list of chains');
    if (claim.used !== undefined && claim.used !== this.#used) {
      this.#find(null, `its count is ${claim.used}, its events add up to ${this.#used}`);
    }
    const pending = [...this.#pending.values()].reduce((sum, delta) => sum + delta, 0);
    if (claim.pending !== undefined && claim.pending !== pending) {
      this.#find(null, `its pending count is ${claim.pending}, its events leave ${pending} pending`);
    }
  }

  #read(row: StoredEvent): LedgerEvent | undefined {
    const read = readEvent(row.text);
    if ('problem' in read) {
      this.#find(row.seq, read.problem);
      return undefined;
    }
    const { event } = read;
    if (!isCanonicalJson(event, row.text)) this.#find(row.seq, 'its text is not canonical');
    if (event.ledger !== this.#ledger) this.#find(row.seq, 'belongs to another ledger');
    if (event.chain !== this.#chain) this.#find(row.seq, 'belongs to another chain');
    if (event.seq !== row.seq) this.#find(row.seq, `its text says that it is event ${event.seq}`);
    return event;
  }

  #find(seq: number | null, problem: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ chain: this.#chain, seq, problem });
    else this.#unsaid += 1;
  }
}

/**
 * Verifies a whole ledger in one pass, in memory that grows with the number of chains only. Finds every edit,
 * reordering or cut that does not also rewrite hashes, chain rows and the list of chains; against an earlier record
 * also those that do.
 */
export async function verifyLedger<Stored extends StoredEvent>(
  input: LedgerToVerify<Stored>,
): Promise<LedgerReport> {
  const { ledger, sha256Hex, earlier } = input;
  const earlierEnds = new Map((earlier?.chains ?? []).map((end) => [end[0], end]));
  const claims = new Map([...input.chains].map((claim) => [claim.chain, claim]));
  const verifiers = new Map<string, ChainVerifier>();
  const verifierOf = (chain: string): ChainVerifier => {
    const known = verifiers.get(chain);
    if (known !== undefined) return known;
    const verifier = new ChainVerifier(ledger, chain, sha256Hex, earlierEnds.get(chain));
    verifiers.set(chain, verifier);
    return verifier;
  };
  for (const chain of [...claims.keys(), ...earlierEnds.keys()]) verifierOf(chain);

  const opened = new Map<string, string | null>();
  for await (const page of input.events) {
    for (const row of page) {
      const event = verifierOf(row.chain).add(row);
      if (event === undefined) continue;
      if (event.type === 'chain-opened') opened.set(event.opened, event.keyLast5);
      const heard = input.hear?.(event, row);
      if (heard !== undefined) await heard;
    }
  }

  const ends: Omit<ChainRow, 'used'>[] = [];
  const chains: ChainReport[] = [];
  const findings: LedgerFinding[] =
    earlier !== undefined && earlier.ledger !== ledger
      ? [{ chain: null, seq: null, problem: 'the earlier record is of another ledger' }]
      : [];
  for (const [chain, verifier] of verifiers) {
    const found = verifier.finish(claims.get(chain));
    const unopened =
      found.events > 0 && !opened.has(chain) && chain !== PROFILE_CHAIN && chain !== ACCESS_CHAIN;
    const own = [
      ...found.findings,
      ...(unopened ? [{ chain, seq: null, problem: 'was never opened in the profile chain' }] : []),
    ];
    ends.push(found.end);
    findings.push(...own);
    const { head } = found.end;
    const keyLast5 = opened.get(chain) ?? null;
    chains.push({ chain, keyLast5, events: found.events, head, ok: own.length === 0 });
  }
  for (const chain of opened.keys()) {
    if (!verifiers.has(chain)) findings.push({ chain, seq: null, problem: 'was opened and is gone' });
  }
  return {
    ok: findings.length === 0,
    ledger,
    events: chains.reduce((sum, { events }) => sum + events, 0),
    head: ledgerHead(ledger, chainEnds(ends), sha256Hex),
    chains,
    findings,
  };
}
