import { type LedgerFinding, MOST_FINDINGS } from '../../../activation/chain-verifier.ts';

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
