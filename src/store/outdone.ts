import { AppError } from '../errors.ts';

/** SQLSTATE of transactions that were given up in favour of others, and can simply be done again. */
const OUTDONE = new Set(['40001', '40P01']);

/** A transaction that cannot go on because of others, and can be done again. */
export class OutdoneError extends Error {}

/** Something was asked of a transaction that has ended; the cause, if there is one, is what it failed of. */
export class EndedError extends Error {
  constructor(cause: unknown) {
    super('nothing more happens in an ended or failed transaction', cause === undefined ? {} : { cause });
  }
}

/** SQLSTATE of a statement that a connection has prepared for another schema, and of one that it has no more. */
const SPOILED = new Set(['0A000', '26000']);

/** An error and what it was caused by: a database's own error may stand behind one or two of ours. */
function* causesOf(error: unknown): Iterable<Error> {
  let cause = error;
  for (let depth = 0; depth < DEEPEST && cause instanceof Error; depth += 1) {
    yield cause;
    cause = cause.cause;
  }
}

const DEEPEST = 8;

function codesOf(error: Error): readonly unknown[] {
  // An AppError's code is a word of ours.
  if (error instanceof AppError) return [];
  return ['code' in error ? error.code : null, 'errcode' in error ? error.errcode : null];
}

function hasCode(error: unknown, codes: ReadonlySet<string | number>): boolean {
  for (const cause of causesOf(error)) {
    const found = codesOf(cause).some(
      (code) => (typeof code === 'string' || typeof code === 'number') && codes.has(code),
    );
    if (found) return true;
  }
  return false;
}

/** True for a transaction that was given up because of others. */
export function isOutdone(error: unknown): boolean {
  for (const cause of causesOf(error)) if (cause instanceof OutdoneError) return true;
  return hasCode(error, OUTDONE) || isSpoiled(error);
}

/** True where the schema was changed since a statement was prepared: on a connection that forgot it, it works. */
export function isSpoiled(error: unknown): boolean {
  return hasCode(error, SPOILED);
}

/** SQLSTATE, and SQLite's codes for a primary key and for another unique index. */
const DUPLICATE = new Set(['23505', 1555, 2067]);

/** True for something that is there already. Who made an error of ours of it has said what it means. */
export function isDuplicate(error: unknown): boolean {
  return !(error instanceof AppError) && hasCode(error, DUPLICATE);
}
