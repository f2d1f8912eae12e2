import { AppError } from '../errors.ts';

/** SQLSTATE of transactions that were given up in favour of others, and can simply be done again. */
const OUTDONE = new Set(['40001', '40P01']);

/** True for a transaction that the database gave up because of others. */
export function isOutdone(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return (
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && OUTDONE.has(cause.code)
  );
}
