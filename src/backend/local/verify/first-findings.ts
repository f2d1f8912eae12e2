import type { LedgerFinding } from '../../../activation/chain-verifier.ts';

/** A database that is wrong throughout is told by so many. */
const MOST_FINDINGS = 100;

/** The first of what is found, however much there is. */
export class FirstFindings {
  readonly #findings: LedgerFinding[] = [];

  get all(): readonly LedgerFinding[] {
    return this.#findings;
  }

  add(chain: string, seq: number | null, problem: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ chain, seq, problem });
  }
}
