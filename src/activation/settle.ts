import type { Outcome } from './events.ts';

/** What became of an activation. */
export interface Settlement {
  readonly outcome: Outcome;
  /** Error code of a failure. */
  readonly code: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
}
