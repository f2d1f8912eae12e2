import { AppError } from '../errors.ts';
import type { CheckOutcome, CheckResult } from '../troubleshooting/checks.ts';

/** The finding of one check; the JSON contract of `doctor` and `troubleshoot --checks`. */
export type Finding = {
  readonly id: string;
  readonly title: string;
  readonly result: CheckOutcome;
  /** What was seen. Never a secret. */
  readonly evidence: string;
  /** What to do about it; null if nothing. */
  readonly fix: string | null;
};

/** What a check says for itself. */
export interface Verdict {
  readonly result: Exclude<CheckOutcome, 'crash'>;
  readonly evidence: string;
  /** The evidence without what names this machine or a person, for a ticket; without it, the result alone is shared. */
  readonly shareable?: string;
  readonly fix?: string;
}

/** A verdict whose evidence names nobody. */
export function said(result: Verdict['result'], evidence: string, fix?: string): Verdict {
  return { result, evidence, shareable: evidence, ...(fix === undefined ? {} : { fix }) };
}

/** A look at something, that changes nothing. */
export interface Check {
  readonly id: string;
  readonly title: string;
  readonly look: () => Promise<Verdict> | Verdict;
}

/** Runs checks one after the other; `onBegin` hears of each before it looks. */
export async function lookAll(
  checks: readonly Check[],
  onBegin: (check: Check) => void = () => {},
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of checks) {
    onBegin(check);
    results.push(await lookOne(check));
  }
  return results;
}

/** The same for `doctor`. */
export async function runChecks(checks: readonly Check[]): Promise<Finding[]> {
  return (await lookAll(checks)).map(finding);
}

/** What is printed of a result: its twin for tickets stays behind. */
export function finding({ id, title, result, evidence, fix }: CheckResult): Finding {
  return { id, title, result, evidence, fix };
}

/** Whether a result makes `doctor` and `troubleshoot --checks` fail. */
export function isBad({ result }: Pick<Finding, 'result'>): boolean {
  return result === 'fail' || result === 'crash';
}

async function lookOne({ id, title, look }: Check): Promise<CheckResult> {
  try {
    const { result, evidence, shareable = '', fix } = await look();
    return { id, title, result, evidence, shareable, fix: fix ?? null };
  } catch (error) {
    const { evidence, fix = null } = crashOf(error);
    return { id, title, result: 'crash', evidence, shareable: evidence, fix };
  }
}

function crashOf(error: unknown): Pick<Verdict, 'evidence' | 'fix'> {
  if (error instanceof AppError) return wordsOf(error);
  // The text of an unknown error may quote anything; its name may not.
  const name = error instanceof Error ? error.name : typeof error;
  return {
    evidence: `The check itself failed (${name}).`,
    fix: 'This is a defect of mpn-benefits. Please report it, with the title of this check.',
  };
}

/** What the check looked at cannot be used. An error that nobody expects is thrown on. */
export function failed(error: unknown): Verdict {
  if (!(error instanceof AppError)) throw error;
  return { result: 'fail', ...wordsOf(error) };
}

function wordsOf({ message, hint }: AppError): Pick<Verdict, 'evidence' | 'fix'> {
  return { evidence: message, ...(hint === '' ? {} : { fix: hint }) };
}
