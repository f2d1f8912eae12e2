/**
 * The files through which GitHub's runner takes variables and outputs. They belong to the runner: what is in them
 * stays, and a link or anything else in their place is refused, as it would carry a key to a place nobody named.
 */
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Environment } from '../../environment.ts';
import { AppError, systemCode } from '../../errors.ts';
import type { KeyTarget } from './formats.ts';

const HINT = 'The variable that names it must hold the path that the runner gave.';

const VARIABLES: Readonly<Record<KeyTarget, string>> = { env: 'GITHUB_ENV', output: 'GITHUB_OUTPUT' };

/**
 * The file that the runner has named for variables or outputs. Asked for before anything is revealed.
 * @throws AppError USAGE away from a runner.
 */
export function runnerFilePath(env: Environment, to: KeyTarget): string {
  const variable = VARIABLES[to];
  const path = env[variable];
  if (path !== undefined && path !== '') return path;
  throw new AppError('USAGE', `The github format needs the file named by ${variable}, and there is none.`, {
    hint: 'It is set in the steps of a GitHub Actions job. Elsewhere use another --format.',
  });
}

/**
 * Says whether something could be added, so that no key is revealed for a file that cannot take it.
 * @throws AppError STORAGE_UNAVAILABLE
 */
export function checkRunnerFile(path: string): void {
  withRunnerFile(path, () => {});
}

/**
 * Adds text to the end of the runner's file, on a line of its own.
 * @throws AppError STORAGE_UNAVAILABLE
 */
export function appendToRunnerFile(path: string, text: string): void {
  withRunnerFile(path, (file, size) => {
    const bytes = Buffer.from(endsInsideLine(file, size) ? `\n${text}` : text);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  });
}

function withRunnerFile(path: string, work: (file: number, size: number) => void): void {
  let file: number | undefined;
  try {
    // Not O_CREAT: the runner made it. O_NOFOLLOW is unknown on Windows.
    file = openSync(path, constants.O_RDWR | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0));
    work(file, refuseNonFile(file, path).size);
  } catch (error) {
    throw unusable(error, path);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function refuseNonFile(file: number, path: string): { readonly size: number } {
  const stats = fstatSync(file);
  if (stats.isFile()) return stats;
  throw new AppError('STORAGE_UNAVAILABLE', `${path} is not a file, so nothing is added to it.`, {
    hint: HINT,
    details: { path },
  });
}

/** True if an earlier command left its last line open; ours would become a part of it. */
function endsInsideLine(file: number, size: number): boolean {
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(file, last, 0, 1, size - 1);
  return last.toString('latin1') !== '\n';
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'access is denied',
  ELOOP: 'it is a link',
  ENOSPC: 'the disk is full',
  EROFS: 'it is read-only',
};

function unusable(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const reason = systemCode(error);
  return new AppError(
    'STORAGE_UNAVAILABLE',
    `Cannot add to the runner's file ${path}: ${REASONS[reason] ?? `error ${reason}`}.`,
    {
      hint: reason === 'ENOSPC' ? 'Free some space on that disk, then run the step again.' : HINT,
      details: { path, reason },
      cause: error,
    },
  );
}
