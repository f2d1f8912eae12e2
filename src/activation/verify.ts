import { compare } from '../keys/order.ts';
import { type ChainEnd, chainEnds, ledgerHead, type Sha256Hex, type StoredEvent } from './chain.ts';
import { type ChainClaim, ChainVerifier, type LedgerFinding, type VerifiedChain } from './chain-verifier.ts';
import { ACCESS_CHAIN, type LedgerEvent, PROFILE_CHAIN } from './events.ts';

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

/** What was found of some chains of a ledger, or of all. */
export interface VerifiedChains {
  readonly chains: readonly VerifiedChain[];
  /** Chains that the profile's chain tells the beginning of, with the last characters of their keys. */
  readonly opened: ReadonlyMap<string, string | null>;
}

/**
 * Verifies chains in one pass, in memory that grows with their number only. Finds every edit, reordering or cut that
 * does not also rewrite hashes, chain rows and the list of chains; against an earlier record also those that do.
 */
export async function verifyChains<Stored extends StoredEvent>(
  input: LedgerToVerify<Stored>,
): Promise<VerifiedChains> {
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
  return { chains: [...verifiers].map(([chain, verifier]) => verifier.finish(claims.get(chain))), opened };
}

/** The report on a whole ledger, from parts that hold each of its chains once. */
export function ledgerReport(
  parts: readonly VerifiedChains[],
  { ledger, earlier, sha256Hex }: Pick<LedgerToVerify, 'ledger' | 'earlier' | 'sha256Hex'>,
): LedgerReport {
  const opened = new Map(parts.flatMap((part) => [...part.opened]));
  const verified = parts.flatMap((part) => part.chains).sort((a, b) => compare(a.chain, b.chain));
  const chains: ChainReport[] = [];
  const findings: LedgerFinding[] =
    earlier !== undefined && earlier.ledger !== ledger
      ? [{ chain: null, seq: null, problem: 'the earlier record is of another ledger' }]
      : [];
  for (const { chain, head, events, findings: found } of verified) {
    const unopened = events > 0 && !opened.has(chain) && chain !== PROFILE_CHAIN && chain !== ACCESS_CHAIN;
    const own = [
      ...found,
      ...(unopened ? [{ chain, seq: null, problem: 'was never opened in the profile chain' }] : []),
    ];
    findings.push(...own);
    chains.push({ chain, keyLast5: opened.get(chain) ?? null, events, head, ok: own.length === 0 });
  }
  const there = new Set(verified.map(({ chain }) => chain));
  for (const chain of opened.keys()) {
    if (!there.has(chain)) findings.push({ chain, seq: null, problem: 'was opened and is gone' });
  }
  return {
    ok: findings.length === 0,
    ledger,
    events: chains.reduce((sum, { events }) => sum + events, 0),
    head: ledgerHead(ledger, chainEnds(verified), sha256Hex),
    chains,
    findings,
  };
}

/** Verifies a whole ledger at once. */
export async function verifyLedger<Stored extends StoredEvent>(
  input: LedgerToVerify<Stored>,
): Promise<LedgerReport> {
  return ledgerReport([await verifyChains(input)], input);
}
