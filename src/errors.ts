/** Every code a failing command can carry. The exit codes are a contract with scripts: they only grow. */
export const EXIT_CODES = {
  INTERNAL: 1,
  USAGE: 2,
  CONFIRMATION_REQUIRED: 2,
  NOT_FOUND: 3,
  AMBIGUOUS: 3,
  AUTH_REQUIRED: 4,
  FORBIDDEN: 4,
  NOT_ELEVATED: 4,
  ACTIVATION_LIMIT_REACHED: 5,
  UNAVAILABLE: 6,
  STORAGE_UNAVAILABLE: 6,
  KEYCHAIN_UNAVAILABLE: 7,
  KEYCHAIN_LOCKED: 7,
  VAULT_KEY_MISSING: 7,
  VAULT_KEY_WRONG: 7,
  INVALID_DATA: 8,
  CHECK_FAILED: 9,
  ACTIVATION_FAILED: 10,
  ACTIVATION_UNKNOWN: 10,
  CANCELLED: 130,
} as const;

export type ErrorCode = keyof typeof EXIT_CODES;

/** Values that help a script or a ticket; never a secret. Shown in the JSON form of an error. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

interface More {
  /** What to do. */
  readonly hint: string;
  readonly details?: ErrorDetails;
  readonly cause?: unknown;
}

/**
 * A failure that the user can read: what happened in one sentence, what to do about it, and a stable code.
 * Anything else that is thrown is a defect of ours and ends as INTERNAL.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  /** What to do; empty only for what somebody cancelled. */
  readonly hint: string;
  readonly details: ErrorDetails;

  /** Whoever cancelled needs no advice. */
  constructor(code: 'CANCELLED', message: string, more?: { readonly cause?: unknown });
  constructor(code: ErrorCode, message: string, more: More);
  constructor(code: ErrorCode, message: string, options: Partial<More> = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.hint = options.hint ?? '';
    this.details = options.details ?? {};
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Whether a name stands for nothing, or for more than one thing. */
export function isNoSuchThing(error: unknown): error is AppError {
  return error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'AMBIGUOUS');
}

/** The code that the system or a library gave an error, such as ENOENT; `unknown` without one. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
