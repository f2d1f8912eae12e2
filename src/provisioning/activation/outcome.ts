import type { LicenceReport } from './report.ts';

/**
 * What became of an activation. `succeeded` and `failed` settle it; `unknown` and `restart-needed` leave it pending;
 * after `not-elevated` nothing was changed, so its reservation can be given back.
 */
export type ActivationOutcome =
  | {
      readonly kind: 'succeeded';
      /** False if the licence was there already and Activate was not called. */
      readonly activated: boolean;
      readonly message: string;
    }
  | {
      readonly kind: 'failed';
      /** Null if the machine gave none. */
      readonly code: string | null;
      readonly message: string;
    }
  | { readonly kind: 'unknown'; readonly why: string }
  | { readonly kind: 'restart-needed'; readonly code: string; readonly message: string }
  | { readonly kind: 'not-elevated'; readonly message: string };

const LICENSED = 1;

/** ERROR_SUCCESS_REBOOT_REQUIRED, ERROR_SUCCESS_RESTART_REQUIRED, ERROR_FAIL_REBOOT_REQUIRED, _INITIATED as HRESULT. */
const RESTART_CODES = new Set(['0x80070BC2', '0x80070BC3', '0x80070BC9', '0x80070BCA']);
/** Methods of the licensing classes may also answer with the bare Windows number. */
const BARE_RESTART_CODES = new Set(['0xBC2', '0xBC3', '0xBC9', '0xBCA']);
const ACCESS_DENIED = new Set(['0x80070005', '0x80041003']);

export const NOT_ELEVATED = 'Installing a product key needs administrator rights on this machine.';

/**
 * Reads a report. Only the licence's own status says that an activation worked: a method that returns without an
 * error does not, and the states of grace (2 to 6) are not success.
 */
export function outcomeOf(report: LicenceReport, last5: string): ActivationOutcome {
  const { step, error, licenseStatus } = report;
  if (report.last5.toUpperCase() !== last5.toUpperCase()) {
    return { kind: 'unknown', why: 'the answer is about another product key' };
  }
  if (!report.elevated && error === null) return { kind: 'not-elevated', message: NOT_ELEVATED };
  if (licenseStatus === LICENSED) {
    const message = report.activated
      ? 'activated'
      : 'already licensed with this key; Activate was not needed';
    return { kind: 'succeeded', activated: report.activated, message };
  }
  const restart = [error, report.licenseStatusReason].find((code) => code !== null && isRestart(code));
  if (restart) {
    return {
      kind: 'restart-needed',
      code: restart,
      message: `Windows asks for a restart first (${restart}).`,
    };
  }
  if (error !== null) return failure(report, error);
  if (step !== 'done') return { kind: 'unknown', why: 'the answer ends before the last step' };
  if (licenseStatus === null) return { kind: 'unknown', why: unclear(report, last5) };
  const reason = failureCode(report.licenseStatusReason);
  return {
    kind: 'failed',
    code: reason,
    message: `The licence is not active: status ${licenseStatus}${reason === null ? '' : ` (${reason})`}.`,
  };
}

/** A step that failed. Before the key was installed nothing has changed; after Activate anything may have. */
function failure({ step }: LicenceReport, error: string): ActivationOutcome {
  if (step === 'install' && ACCESS_DENIED.has(error)) return { kind: 'not-elevated', message: NOT_ELEVATED };
  if (step === 'status') return { kind: 'unknown', why: `the status could not be read again (${error})` };
  const message = step === 'done' ? 'The activation failed' : FAILURES[step];
  return { kind: 'failed', code: error, message: `${message} (${error}).` };
}

const FAILURES = {
  elevation: 'Whether this is an administrator could not be found out, and nothing was done',
  look: 'The status of the licence could not be read, and nothing was done',
  install: 'The product key was not taken',
  activate:
    'The product could not be activated; its key stays installed, and Windows may try again by itself',
} as const;

function unclear({ rows }: LicenceReport, last5: string): string {
  if (rows === 0) return `no licence on the machine shows a key that ends in ${last5}`;
  return `${rows} licences on the machine show a key that ends in ${last5}, none of them in use`;
}

function isRestart(code: string): boolean {
  return RESTART_CODES.has(code) || BARE_RESTART_CODES.has(code);
}

/** Reasons below 0x80000000 inform, and say nothing of a failure. */
function failureCode(reason: string | null): string | null {
  return reason !== null && Number(reason) >= 0x8000_0000 ? reason : null;
}
