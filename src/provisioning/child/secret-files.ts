/**
 * Product keys as files for one child process (`run --file`): owner-only in a folder that only its owner may enter,
 * so that a name to guess gives nothing away. They are gone when the child is; only a kill that no program can catch
 * leaves them behind.
 */
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../errors.ts';
import { storageError } from '../../store/owner-only.ts';

export interface SecretFiles {
  /** Variable name to path. */
  readonly paths: Readonly<Record<string, string>>;
  /** Removes files and folder. May be called again. @throws AppError STORAGE_UNAVAILABLE, naming what is left. */
  remove(): void;
}

/**
 * Writes one file for each variable, named like it, with the text and nothing else. No texts, no folder.
 * @throws AppError STORAGE_UNAVAILABLE; then nothing is left.
 */
export function createSecretFiles(temporaryFolder: string, texts: ReadonlyMap<string, string>): SecretFiles {
  const paths: Record<string, string> = {};
  if (texts.size === 0) return { paths, remove: () => {} };
  let folder: string | undefined;
  const remove = (): void => {
    if (folder !== undefined) removeFolder(folder);
  };
  try {
    // Made with mode 0700.
    folder = mkdtempSync(join(temporaryFolder, 'mpn-benefits-'));
    for (const [variable, text] of texts) {
      const path = join(folder, variable);
      writeOwnerOnly(path, text);
      paths[variable] = path;
    }
  } catch (error) {
    remove();
    const { message, details } = storageError(error, folder ?? temporaryFolder);
    const hint =
      'A file for the program needs a temporary folder: correct it, or have TMPDIR name another one.';
    throw new AppError('STORAGE_UNAVAILABLE', message, { hint, details, cause: error });
  }
  return { paths, remove };
}

/**
 * Tries whether files can be made there, before a key is taken out for one.
 * @throws AppError STORAGE_UNAVAILABLE
 */
export function trySecretFiles(temporaryFolder: string): void {
  createSecretFiles(temporaryFolder, new Map([['TRIAL', '']])).remove();
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    const { message, details } = storageError(error, folder);
    const hint = 'The program has ended and a product key is still in this folder: delete it yourself.';
    throw new AppError('STORAGE_UNAVAILABLE', message, { hint, details, cause: error });
  }
}

function writeOwnerOnly(path: string, text: string): void {
  const file = openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
  try {
    const bytes = Buffer.from(text);
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
  } finally {
    closeSync(file);
  }
}
