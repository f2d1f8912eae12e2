import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../terminal/result.ts';
import type { TroubleshootOptions } from './troubleshoot/options.ts';

/**
 * Answers a code or a pasted screen straight away; walks through the rest. Each way is loaded only when it is taken:
 * the answer to a code has to be there at once.
 */
export async function run(options: TroubleshootOptions, context: Context): Promise<Result> {
  checkOptions(options);
  if (options.list) return (await import('./troubleshoot/list.ts')).list(context);
  if (isWalk(options)) return (await import('./troubleshoot/walkthrough.ts')).walkthrough(options, context);
  if (options.checks !== undefined) return (await import('./troubleshoot/checks.ts')).check(options, context);
  return (await import('./troubleshoot/straight.ts')).straight(options, context);
}

/** With answers, and with nothing at all to go by. A code, a text or a scenario alone is answered straight away. */
function isWalk({
  text,
  scenario,
  answers,
  answer = [],
  resume,
  transcript,
  checks,
}: TroubleshootOptions): boolean {
  if (resume !== undefined || answers !== undefined || answer.length > 0 || transcript !== undefined)
    return true;
  const begins = text.length > 0 || scenario !== undefined;
  return checks === undefined ? !begins : begins;
}

function checkOptions({
  text,
  scenario,
  resume,
  list,
  checks,
  online,
  transcript,
  includePersonal,
}: TroubleshootOptions): void {
  const problems: readonly (readonly [boolean, string])[] = [
    [text.length > 0 && scenario !== undefined, 'A code or text and --scenario exclude each other.'],
    [
      resume !== undefined && (text.length > 0 || scenario !== undefined),
      'With --resume the walkthrough knows what it began with.',
    ],
    [
      list === true &&
        (text.length > 0 || scenario !== undefined || resume !== undefined || checks !== undefined),
      '--list stands alone.',
    ],
    [online === true && checks === undefined, '--online belongs to --checks.'],
    [includePersonal === true && transcript === undefined, '--include-personal belongs to --transcript.'],
  ];
  const problem = problems.find(([applies]) => applies);
  if (problem !== undefined)
    throw new AppError('USAGE', problem[1], { hint: 'See: mpn-benefits help troubleshoot' });
}
