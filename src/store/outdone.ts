import { AppError } from '../errors.ts';

/** SQLSTATE of transactions that were given up in favour of others, and can simply be done again. */
const OUTDONE = new Set(['40001', '40P01']);

/** A transaction that cannot go on because of others, and can be done again. */
export class OutdoneError extends Error {}

/** True for a transaction that was given up because of others. */
export function isOutdone(error: unknown): boolean {
  if (error instanceof OutdoneError) return true;
  const cause = error instanceof AppError ? error.cause : error;
  return (
    cause instanceof Error && 'code' in cause && typeof cause.code === 'string' && OUTDONE.has(cause.code)
  );
}
