import { AppError } from '../errors.ts';

/** SQLite's primary result codes that say something about the machine rather than about our statement. */
const STORAGE_CODES = new Map([
  [3, 'access is denied'],
  [5, 'another process held it locked for 30 seconds'],
  [6, 'another process held it locked for 30 seconds'],
  [8, 'it is read-only'],
  [10, 'reading or writing failed'],
  [13, 'the disk is full'],
  [14, 'it cannot be opened'],
  [23, 'access is denied'],
]);

/** SQLite's primary result code of an error; undefined for any other error. */
export function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** An error of SQLite as one that a user can act on, if it is of the machine or of the file; else the error itself. */
export function explainSqlite(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const reason = STORAGE_CODES.get(code);
  if (reason !== undefined) {
    return new AppError('STORAGE_UNAVAILABLE', `Cannot use the database ${path}: ${reason}.`, {
      hint: 'Free some space or correct the rights, or try again when other runs have finished.',
      details: { path },
      cause: error,
    });
  }
  if (code === 11 || code === 26) return damaged(path);
  return error;
}

export function damaged(path: string): AppError {
  return new AppError('INVALID_DATA', `The database ${path} is damaged or not a database of this program.`, {
    hint: 'Keep the file for recovery, then restore a copy, or import again into a new profile.',
    details: { path },
  });
}
