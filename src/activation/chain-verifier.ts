import { isCanonicalJson } from './canonical.ts';
import { type ChainEnd, type ChainRow, genesis, type Sha256Hex, type StoredEvent } from './chain.ts';
import { readEvent } from './event-reader.ts';
import type { LedgerEvent } from './events.ts';

/** Something in the ledger that is not as it was written. */
export type LedgerFinding = {
  /** Null for what concerns the whole ledger. */
  readonly chain: string | null;
  /** Null for what concerns a whole chain. */
  readonly seq: number | null;
  readonly problem: string;
};

/** What is kept beside a chain's events; an export keeps no counts. */
export type ChainClaim = Omit<ChainRow, 'used'> & { readonly used?: number; readonly pending?: number };

/** What was found of one chain. */
export interface VerifiedChain {
  readonly chain: string;
  /** Of the last event that is there; 0 and the genesis if there is none. */
  readonly lastSeq: number;
  readonly head: string;
  readonly events: number;
  readonly findings: readonly LedgerFinding[];
}

/** A chain that is broken throughout is told by its first findings; memory stays constant. */
export const MOST_FINDINGS = 100;

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
  finish(claim: ChainClaim | undefined): VerifiedChain {
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
      chain: this.#chain,
      lastSeq: this.#seq,
      head: this.#head,
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
