import { errorBody, HEADERS, HINT, LIMITS } from '../contract/conventions.ts';
import type { Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId } from '../contract/operations.ts';
import { AppError, type ErrorCode, type ErrorDetails } from '../errors.ts';
import type { Answer, Trouble } from './exchange.ts';
import { ProxyFailure, proxySays } from './proxy-failure.ts';

/** What is said of every failure. */
export interface Occasion {
  readonly origin: string;
  readonly operation: OperationId;
  readonly correlationId: string;
  /** True if it may have happened all the same: the request was sent and changes something. */
  readonly unsure: boolean;
  /** True where what was fetched before can be seen with --offline. */
  readonly keeps: boolean;
}

/** Codes that the service may decide about; others speak of its own machine. */
const TAKEN_OVER: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'USAGE',
  'CONFIRMATION_REQUIRED',
  'NOT_FOUND',
  'AMBIGUOUS',
  'AUTH_REQUIRED',
  'FORBIDDEN',
  'ACTIVATION_LIMIT_REACHED',
  'INVALID_DATA',
  'CHECK_FAILED',
]);

const SIGN_IN =
  'Sign in with: mpn-benefits auth login -p <profile>. Where MPN_BENEFITS_TOKEN is the credential, give it one that is good.';
const ASK_ADMIN = 'Ask an administrator of the team profile.';
const CHECK_ADDRESS = 'Check the address of the profile, and whether a proxy stands in between.';

/** For what the service refuses without a hint of its own: the protocol's own refusals have none. */
function usualHint(code: ErrorCode): string {
  if (code === 'AUTH_REQUIRED') return SIGN_IN;
  if (code === 'FORBIDDEN') return ASK_ADMIN;
  return 'Try again; if that does not help, use the same version of mpn-benefits on both sides.';
}

function details(occasion: Occasion, more: ErrorDetails = {}): ErrorDetails {
  return { service: occasion.origin, correlationId: occasion.correlationId, ...more };
}

/** Throws INVALID_DATA for a body that the service would not take. */
export function checkSize(operation: OperationId, bytes: number): void {
  const { requestBytes = LIMITS.requestBytes }: Operation = OPERATIONS[operation];
  if (bytes <= requestBytes) return;
  throw new AppError('INVALID_DATA', `This is more than the service takes at once (${requestBytes} bytes).`, {
    hint: smallerHint(operation),
  });
}

function smallerHint(operation: OperationId): string {
  if (operation === 'moveIn')
    return 'A profile of this size is served from where it is: mpn-benefits serve init -p <profile>, then serve -p <profile>.';
  if (operation === 'verifyLedger')
    return 'Compare with the head of the earlier ledger in place of its export.';
  if (operation === 'addImport') return 'Split the file and import its parts.';
  return 'Say it in fewer words.';
}

/** What happens to whoever repeats a command of which nobody knows whether it was done. */
const REPEATING: Partial<Record<OperationId, string>> = {
  addImport: 'Repeating the command is safe: what was stored counts as unchanged.',
  reserveActivation: 'Repeating the command is safe: what was reserved is continued, not counted again.',
  settleActivation: 'Repeating the command is safe: an outcome is recorded once.',
  revealKey: 'Repeating the command is safe: it leaves another line in the access log, and counts nothing.',
  moveIn:
    'Look with: mpn-benefits list -p <the team profile>. Repeating is safe: a profile moves into an empty one only.',
};

function unsureHint({ operation }: Occasion): string {
  return `It is not known whether it was done. ${REPEATING[operation] ?? 'Look what is there before you repeat the command.'}`;
}

/** The error for an exchange that gave no answer. */
export function troubleError(trouble: Trouble, occasion: Occasion): AppError {
  const { origin, keeps } = occasion;
  const { reason, cause } = trouble;
  if (cause instanceof ProxyFailure) {
    const { message, hint } = proxySays(cause, origin);
    return new AppError('UNAVAILABLE', message, {
      hint: occasion.unsure ? unsureHint(occasion) : hint,
      details: details(occasion, { reason, proxy: cause.proxy }),
      cause: trouble,
    });
  }
  if (trouble.kind === 'certificate') {
    return new AppError('UNAVAILABLE', `The certificate of ${origin} cannot be trusted (${reason}).`, {
      hint: `One that has ended or names another host is for those who run the service to renew; for one of your own authority, name its file in NODE_EXTRA_CA_CERTS${keeps ? ', or in the profile: mpn-benefits profile add <name> --url … --ca <file>' : '.'}`,
      details: details(occasion, { reason }),
      cause: trouble,
    });
  }
  if (trouble.kind === 'no-tls') {
    return new AppError('UNAVAILABLE', `${origin} does not answer as an https service does (${reason}).`, {
      hint: 'Check the address: the service may be meant to be reached at another port, or through a proxy that has its certificate.',
      details: details(occasion, { reason }),
      cause: trouble,
    });
  }
  if (trouble.kind === 'too-large') {
    return new AppError('INVALID_DATA', `The answer of ${origin} is larger than it may be.`, {
      hint: occasion.unsure ? unsureHint(occasion) : CHECK_ADDRESS,
      details: details(occasion, { reason }),
      cause: trouble,
    });
  }
  const what =
    trouble.kind === 'lost'
      ? `The connection to ${origin} was lost before the answer was there (${reason}).`
      : trouble.kind === 'late'
        ? `${origin} did not answer in time.`
        : `${origin} cannot be reached (${reason}).`;
  const offline = keeps ? '; what was fetched before can be seen with --offline.' : '.';
  return new AppError('UNAVAILABLE', what, {
    hint: occasion.unsure ? unsureHint(occasion) : `Check the network and try again${offline}`,
    details: details(occasion, { reason }),
    cause: trouble,
  });
}

/** The error that an answer of 400 or more (or a redirect) stands for. */
export function answerError(answer: Answer, body: unknown, occasion: Occasion): AppError {
  const { status } = answer;
  const correlationId = answer.header(HEADERS.correlationId.toLowerCase()) ?? occasion.correlationId;
  const about = { ...occasion, correlationId };
  const said = errorBody.safeParse(body);
  const more: Record<string, ErrorDetails[string]> = { httpStatus: status };
  if (!said.success) return foreignError(status, about);
  let hint: string | undefined;
  for (const { key, value } of said.data.data) {
    if (key === HINT && typeof value === 'string') hint = value;
    else if (key !== HINT) more[key] = value;
  }
  const code = codeOf(said.data.code, status);
  const message = said.data.description;
  if (code === 'UNAVAILABLE') {
    const find = `those who run the service; they find it by ${correlationId}.`;
    const certain = isUnopenedVault(answer, body)
      ? `No key was handed out or stored. Tell ${find}`
      : `Tell ${find}`;
    return new AppError('UNAVAILABLE', `${about.origin} failed: ${message}`, {
      hint: about.unsure ? unsureHint(about) : certain,
      details: details(about, more),
    });
  }
  // The service does not know where this side has its credential from.
  const heard = code === 'AUTH_REQUIRED' ? undefined : hint;
  return new AppError(code, message, { hint: heard ?? usualHint(code), details: details(about, more) });
}

/**
 * The service has no vault key that is good. Whatever needs one was undone as a whole, and until somebody gives it one,
 * asking again changes nothing.
 */
export function isUnopenedVault({ status }: Answer, body: unknown): boolean {
  const said = errorBody.safeParse(body);
  return status === 503 && said.success && /^VAULT_KEY_|^KEYCHAIN_/.test(said.data.code);
}

function codeOf(said: string, status: number): ErrorCode {
  if (status === 401) return 'AUTH_REQUIRED';
  for (const code of TAKEN_OVER) if (code === said && status < 500) return code;
  if (status === 403) return 'FORBIDDEN';
  return 'UNAVAILABLE';
}

/** An answer that is not in the form of the service: a proxy, a login page, another server. */
function foreignError(status: number, occasion: Occasion): AppError {
  const { origin } = occasion;
  if (status === 401) {
    return new AppError('AUTH_REQUIRED', `${origin} does not accept this credential.`, {
      hint: SIGN_IN,
      details: details(occasion, { httpStatus: status }),
    });
  }
  if (status === 403) {
    return new AppError('FORBIDDEN', `${origin} does not allow this.`, {
      hint: ASK_ADMIN,
      details: details(occasion, { httpStatus: status }),
    });
  }
  const answersFor = status === 502 || status === 503 || status === 504;
  const what =
    status === 429
      ? `${origin} has too many requests.`
      : status >= 300 && status < 400
        ? `${origin} sends elsewhere, which is not followed with a credential.`
        : answersFor
          ? `Something in between answers in the place of ${origin} (status ${status}).`
          : `${origin} does not answer like the team service (status ${status}).`;
  const certain =
    status === 429
      ? 'Wait a minute, and try again.'
      : answersFor
        ? 'The service may be starting anew: try again in a moment. If it stays so, tell those who run it.'
        : CHECK_ADDRESS;
  return new AppError('UNAVAILABLE', what, {
    hint: occasion.unsure ? unsureHint(occasion) : certain,
    details: details(occasion, { httpStatus: status }),
  });
}

/** The error for an answer that says it is done and cannot be read. */
export function unreadableError(what: string, occasion: Occasion): AppError {
  return new AppError('INVALID_DATA', `The answer of ${occasion.origin} cannot be read: ${what}.`, {
    hint: occasion.unsure ? unsureHint(occasion) : CHECK_ADDRESS,
    details: details(occasion),
  });
}
