/** What a check looks at; running it is an edge's work. */
export interface CheckDescription {
  readonly id: string;
  readonly title: string;
  /** What is read, in words; a check changes nothing. */
  readonly reads: string;
  readonly platform: 'windows' | 'any';
  /** Needs `--online`. */
  readonly online: boolean;
  /** Fact that the result settles, and its value per result. */
  readonly fact?: string;
  readonly values?: Readonly<Partial<Record<CheckOutcome, string>>>;
  /** What to do about each result that is not `ok`. */
  readonly fix: string;
  readonly source: string;
}

export const CHECK_OUTCOMES = ['ok', 'warn', 'fail', 'skip', 'crash'] as const;
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

/** The result of a check. `evidence` may name this machine; `shareable` is its twin for a ticket. */
export interface CheckResult {
  readonly id: string;
  readonly title: string;
  readonly result: CheckOutcome;
  readonly evidence: string;
  readonly shareable: string;
  readonly fix: string | null;
}
