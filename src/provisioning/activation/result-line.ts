import * as z from 'zod/mini';
import { AppError } from '../../errors.ts';
import { type ActivationOutcome, outcomeOf } from './outcome.ts';
import { parseJson, REPORT_FIELDS, tidyReport } from './report.ts';

/** What the result line of a script begins with; JSON follows. */
export const RESULT_MARK = 'mpn-benefits-result:';

/** Consoles and logs break long lines, so the JSON may go on over several; it has no objects inside. */
const RESULT_LINE = new RegExp(`${RESULT_MARK}\\s*(\\{[^{}]{0,4000}\\})`, 'g');
const LINE_BREAKS = /[\r\n]+/g;

const RESULT = z.object({
  activationId: z.string().check(z.minLength(1), z.maxLength(100)),
  ...REPORT_FIELDS,
});

/** The result of a script that ran elsewhere. */
export interface ResultLine {
  readonly activationId: string;
  readonly last5: string;
  readonly licenseStatus: number | null;
  readonly licenseStatusReason: string | null;
  readonly outcome: ActivationOutcome;
}

/**
 * The result line for an activation in what a script printed, or in a log that it is somewhere in. Undefined if the
 * text has no result line at all; of several for this activation the last one holds.
 * @throws AppError INVALID_DATA for a line that cannot be read or is about another activation or product key.
 */
export function readResultLine(
  text: string,
  activation: { readonly activationId: string; readonly keyLast5: string },
): ResultLine | undefined {
  if (!text.includes(RESULT_MARK)) return undefined;
  const lines = [...text.matchAll(RESULT_LINE)].map(([, json = '']) => readOne(json));
  if (lines.length === 0) throw unreadable();
  const mine = lines.filter((line) => line?.activationId === activation.activationId).at(-1);
  if (mine === undefined) {
    // A torn line may have been ours, so it says more than the other activation does.
    if (lines.includes(undefined)) throw unreadable();
    throw invalid(
      'The result is about another activation.',
      'Look for its id with: mpn-benefits activations list',
    );
  }
  if (mine.last5.toUpperCase() !== activation.keyLast5.toUpperCase()) {
    throw invalid(
      'The result is about another product key than the activation.',
      `The activation is for the key that ends in ${activation.keyLast5}.`,
    );
  }
  const report = tidyReport(mine);
  const { activationId, last5 } = mine;
  const { licenseStatus, licenseStatusReason } = report;
  return {
    activationId,
    last5,
    licenseStatus,
    licenseStatusReason,
    outcome: outcomeOf(report, activation.keyLast5),
  };
}

function readOne(json: string): z.infer<typeof RESULT> | undefined {
  const parsed = RESULT.safeParse(parseJson(json.replace(LINE_BREAKS, '')));
  return parsed.success ? parsed.data : undefined;
}

function unreadable(): AppError {
  return invalid(
    'The result line cannot be read.',
    `Give the whole line that begins with ${RESULT_MARK}, as the script printed it.`,
  );
}

function invalid(message: string, hint: string): AppError {
  return new AppError('INVALID_DATA', message, { hint });
}
