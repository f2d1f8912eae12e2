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

/** SQLSTATE, and SQLite's codes for a primary key and for another unique index. */
const DUPLICATE = new Set(['23505', 1555, 2067]);

/** True for something that is there already. */
export function isDuplicate(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const codes = ['code' in error ? error.code : null, 'errcode' in error ? error.errcode : null];
  return codes.some((code) => (typeof code === 'string' || typeof code === 'number') && DUPLICATE.has(code));
}
