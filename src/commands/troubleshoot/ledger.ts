import type { Backend } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';

/** What keeps a ledger from being read, through no fault of whoever asks: no disk, no service, no right. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'STORAGE_UNAVAILABLE',
  'INVALID_DATA',
  'UNAVAILABLE',
  'AUTH_REQUIRED',
  'FORBIDDEN',
]);

/** The ledger, or why it cannot be read: troubleshooting goes on without. Throws NOT_FOUND, USAGE. */
export async function readableLedger(context: Context): Promise<Backend | AppError> {
  try {
    const backend = await context.backend();
    // Opening may have read nothing yet.
    for await (const _ of backend.entitlements.list({})) break;
    return backend;
  } catch (error) {
    if (isUnreadable(error)) return error;
    throw error;
  }
}

export function isUnreadable(error: unknown): error is AppError {
  return error instanceof AppError && UNREADABLE.has(error.code);
}
