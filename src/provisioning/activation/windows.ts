import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { type LicenceTarget, licensingProgram } from './licensing-program.ts';
import { type ActivationOutcome, NOT_ELEVATED, outcomeOf } from './outcome.ts';
import type { PowerShell, PowerShellAnswer } from './powershell.ts';
import { REPORT_BEGINS, REPORT_ENDS, readReport } from './report.ts';

/** Reading the licences takes seconds, with Office on the machine some more. */
const LOOK_TIMEOUT_MS = 60_000;
/** Microsoft's service may be slow; after this nobody can say what happened. */
const ACTIVATION_TIMEOUT_MS = 300_000;

const PRINT = `
[Console]::Out.WriteLine('${REPORT_BEGINS}')
[Console]::Out.WriteLine((ConvertTo-Json -InputObject $report -Compress))
[Console]::Out.WriteLine('${REPORT_ENDS}')
`;

/**
 * Looks at the machine before anything is reserved: are there administrator rights, and do the licences answer?
 * Changes nothing.
 * @throws AppError NOT_ELEVATED without administrator rights, UNAVAILABLE if PowerShell does not answer.
 */
export async function checkElevation(
  target: LicenceTarget,
  powerShell: PowerShell,
  timeoutMs = LOOK_TIMEOUT_MS,
): Promise<void> {
  const answer = await powerShell.run(lookScript(target), '', timeoutMs);
  const report = readReport(answer.stdout);
  if (report === undefined) {
    throw new AppError(
      'UNAVAILABLE',
      `PowerShell on this machine cannot be used: ${whyUnreadable(answer)}.`,
      {
        hint: 'Use --via script and run the script on the machine, or --via manual.',
      },
    );
  }
  // Without rights even reading may fail; that they are missing says more.
  if (!report.elevated && report.step !== 'elevation') {
    throw new AppError('NOT_ELEVATED', NOT_ELEVATED, {
      hint: 'Nothing was reserved. Start the terminal with "Run as administrator" and try again, or use --via script.',
    });
  }
  if (report.error !== null) {
    throw new AppError('UNAVAILABLE', `The licences of this machine cannot be read (${report.error}).`, {
      hint: `Find out why: mpn-benefits troubleshoot ${report.error}`,
      details: { activationCode: report.error },
    });
  }
}

/**
 * Installs the key and activates with it, on this machine. Never throws: whatever happens is an outcome, for the
 * activation is reserved by now. The key is in standard input and nowhere else.
 */
export async function activateOnWindows(
  request: LicenceTarget & { readonly key: Secret; readonly timeoutMs?: number },
  powerShell: PowerShell,
): Promise<ActivationOutcome> {
  const timeoutMs = request.timeoutMs ?? ACTIVATION_TIMEOUT_MS;
  const answer = await powerShell.run(activationScript(request), `${request.key.reveal()}\n`, timeoutMs);
  const report = readReport(answer.stdout);
  if (report !== undefined) return outcomeOf(report, request.last5);
  if (answer.ended === 'not-started') {
    return { kind: 'failed', code: null, message: 'PowerShell could not be started, and nothing was done.' };
  }
  return { kind: 'unknown', why: whyUnreadable(answer) };
}

/** What PowerShell printed is not repeated: nobody knows what is in it. */
function whyUnreadable({ ended, exitCode }: PowerShellAnswer): string {
  if (ended === 'not-started') return 'it could not be started';
  if (ended === 'timed-out') return 'it gave no answer in time';
  return `its answer cannot be read (exit code ${exitCode ?? 'unknown'})`;
}

/** Exported for the tests that parse it; holds no key. */
export function lookScript(target: LicenceTarget): string {
  return licensingProgram(target, 'look') + PRINT;
}

/** Exported for the tests that parse it; holds no key. */
export function activationScript(target: LicenceTarget): string {
  // First of all, for every later line might read from it.
  return `$key = ($input | Out-String).Trim()\n${licensingProgram(target, 'activate')}${PRINT}`;
}
