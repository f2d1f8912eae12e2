import { type ErrorBody, HINT } from '../contract/conventions.ts';
import { AppError, type ErrorCode } from '../errors.ts';

/** The status of each error; the code goes along, so a client needs no more than that to tell them apart. */
const STATUS: Readonly<Record<ErrorCode, number>> = {
  INTERNAL: 500,
  USAGE: 400,
  CONFIRMATION_REQUIRED: 409,
  NOT_FOUND: 404,
  AMBIGUOUS: 409,
  AUTH_REQUIRED: 401,
  FORBIDDEN: 403,
  NOT_ELEVATED: 500,
  ACTIVATION_LIMIT_REACHED: 409,
  UNAVAILABLE: 503,
  STORAGE_UNAVAILABLE: 503,
  KEYCHAIN_UNAVAILABLE: 503,
  KEYCHAIN_LOCKED: 503,
  VAULT_KEY_MISSING: 503,
  VAULT_KEY_WRONG: 503,
  INVALID_DATA: 422,
  CHECK_FAILED: 422,
  ACTIVATION_FAILED: 500,
  ACTIVATION_UNKNOWN: 500,
  CANCELLED: 500,
};

/** A refusal of the protocol itself, which no command line has a word for. */
export class ProtocolError extends Error {
  readonly status: number;
  readonly code: string;
  /** Seconds after which it makes sense to ask again. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

export interface Failure {
  readonly status: number;
  readonly body: ErrorBody | { readonly statusCode: 429; readonly message: string };
  readonly retryAfter: number | undefined;
  /** True for what is no fault of the request: it goes to the log with its cause. */
  readonly ours: boolean;
}

const INTERNAL = 'Something went wrong in the service; those who run it find it by the correlation id.';

/** Whatever was thrown, as an answer. What is a defect says nothing of itself to the outside. */
export function failureOf(error: unknown): Failure {
  if (error instanceof ProtocolError) {
    const { status, code, message, retryAfter } = error;
    const body =
      status === 429
        ? ({ statusCode: 429, message } as const)
        : { code, description: message, data: [], source: 'service' };
    return { status, body, retryAfter, ours: false };
  }
  if (error instanceof AppError && error.code !== 'INTERNAL') {
    const status = STATUS[error.code];
    const data = Object.entries(error.details).map(([key, value]) => ({
      key,
      value: typeof value === 'object' && value !== null ? [...value] : value,
    }));
    const hint = error.hint === '' ? [] : [{ key: HINT, value: error.hint }];
    // Where the service keeps its data is nobody's business outside.
    const inside = status >= 500;
    return {
      status,
      body: {
        code: error.code,
        description: inside ? insideMessage(error.code) : error.message.slice(0, 4096),
        data: inside ? [] : [...hint, ...data],
        source: 'service',
      },
      retryAfter: status === 503 ? 1 : undefined,
      ours: inside,
    };
  }
  const status = requestFault(error);
  if (status !== undefined) {
    return {
      status,
      body: {
        code: 'USAGE',
        description: FAULTS.get(status) ?? 'The request cannot be read.',
        data: [],
        source: 'service',
      },
      retryAfter: undefined,
      ours: false,
    };
  }
  return {
    status: 500,
    body: { code: 'INTERNAL', description: INTERNAL, data: [], source: 'service' },
    retryAfter: undefined,
    ours: true,
  };
}

function insideMessage(code: ErrorCode): string {
  if (code === 'STORAGE_UNAVAILABLE') return 'The service cannot use its database at the moment.';
  if (code.startsWith('KEYCHAIN') || code.startsWith('VAULT'))
    return 'The service cannot open its vault at the moment.';
  return INTERNAL;
}

/** In our words: those of the library repeat the address, which is the caller's. */
const FAULTS: ReadonlyMap<number, string> = new Map([
  [413, 'The request is larger than it may be.'],
  [414, 'The address of the request is longer than it may be.'],
  [415, 'The body of the request must be JSON.'],
]);

/** The status of what the HTTP layer refused by itself: a body that is too large or no JSON. */
function requestFault(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number')
    return undefined;
  return error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : undefined;
}
