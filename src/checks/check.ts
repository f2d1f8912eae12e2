/** What a check found. A check that fails to run is a result too, not the end. */
export const CHECK_RESULTS = ['ok', 'warn', 'fail', 'skip', 'crash'] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** The finding of one check; the JSON contract of `doctor`. */
export type Finding = {
  readonly id: string;
  readonly title: string;
  readonly result: CheckResult;
  /** What was seen. Never a secret. */
  readonly evidence: string;
  /** What to do about it; null if nothing. */
  readonly fix: string | null;
};

/** What a check says for itself. */
export interface Verdict {
  readonly result: Exclude<CheckResult, 'crash'>;
  readonly evidence: string;
  readonly fix?: string;
}

/** A look at something, that changes nothing. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly look: () => Promise<Verdict> | Verdict;
}

/** Runs checks one after the other. */
export async function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) findings.push(await runCheck(check));
  return findings;
}

async function runCheck({ id, title, look }: Check): Promise<Finding> {
  try {
    const { result, evidence, fix } = await look();
    return { id, title, result, evidence, fix: fix ?? null };
  } catch (error) {
    // The text of an unknown error may quote anything; its name may not.
    const name = error instanceof Error ? error.name : typeof error;
    return { id, title, result: 'crash', evidence: `The check itself failed (${name}).`, fix: null };
  }
}
