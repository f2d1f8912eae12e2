/**
 * Files that the user names and only their owner may read: a product key, an artefact of activation, an export, a page.
 *
 * Threat model: other users of the machine, a careless umask, a link planted where we are about to write, a crash in
 * the middle, and a typing error that would cost somebody a file. So the text is written into a new file beside the
 * wanted one, owner-only before its first byte, and takes its place in one step; whatever fails leaves nothing
 * behind. Only a kill that no program can catch, or one in the moment that a short text takes, leaves the file beside
 * it, `.mpn-benefits-<random>.tmp`. On Windows the folder's access list decides who may read.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, systemCode } from '../errors.ts';
import { interruption, type SignalSource } from '../interrupt.ts';
import { storageError } from './owner-only.ts';

export interface OutFileOptions {
  /** A file that is already there may be replaced (`--yes`). */
  readonly overwrite: boolean;
}

/** Errors of a file system that has no second names for files: FAT, some network folders. */
const NO_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
]);

/**
 * Says whether `writeOutFile` could begin, so that nothing is revealed for a file that cannot be written.
 * @throws AppError USAGE (no such folder, no name of a file), CONFIRMATION_REQUIRED (already there), STORAGE_UNAVAILABLE
 * (a symbolic link, a folder that nothing can be written into).
 */
export function checkOutFile(path: string, options: OutFileOptions): void {
  if (path === '' || /[/\\]$/.test(path)) {
    throw new AppError('USAGE', 'The path names no file.', {
      hint: 'Name the file itself, as in: ./key.txt',
      details: { path },
    });
  }
  const folder = dirname(resolve(path));
  try {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
      throw new AppError('USAGE', `There is no folder ${folder}.`, {
        hint: 'Make it first, or write to another place.',
        details: { path },
      });
    }
    // A file is replaced by another, so it is the folder that has to allow it.
    accessSync(folder, constants.W_OK | constants.X_OK);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isSymbolicLink()) {
      throw new AppError(
        'STORAGE_UNAVAILABLE',
        `${path} is a symbolic link, so nothing is written through it.`,
        {
          hint: 'Name the file itself, or remove the link.',
          details: { path },
        },
      );
    }
    if (!found.isFile()) {
      throw new AppError('USAGE', `${path} is not a file.`, {
        hint: 'Name a new file, or one that may be replaced.',
        details: { path },
      });
    }
    if (!options.overwrite) throw alreadyThere(path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/**
 * Writes a file that only its owner may read.
 * @throws AppError as `checkOutFile`; STORAGE_UNAVAILABLE if it cannot be written. Then nothing new is left.
 */
export function writeOutFile(path: string, text: string | Uint8Array, options: OutFileOptions): void {
  checkOutFile(path, options);
  const temporary = temporaryBeside(path);
  try {
    const file = openNew(temporary);
    try {
      writeFully(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(temporary, path, options);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    removeTemporary(temporary);
  }
}

/**
 * The same for what is too long to be held at once. Ctrl-C and its like end it here: whoever ends the process leaves
 * the half of a file behind.
 * @throws AppError as `writeOutFile` does; CANCELLED.
 */
export async function writeOutFileFrom(
  path: string,
  chunks: AsyncIterable<string | Uint8Array>,
  options: OutFileOptions & { readonly signals: SignalSource },
): Promise<void> {
  checkOutFile(path, options);
  const temporary = temporaryBeside(path);
  const { interrupted, stop } = interruption(options.signals, 'Cancelled.');
  try {
    const file = openNew(temporary);
    try {
      // Not `for await`: leaving that waits for the chunk that is under way.
      const iterator = chunks[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([iterator.next(), interrupted]);
        if (next.done === true) break;
        writeFully(file, next.value);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    place(temporary, path, options);
  } catch (error) {
    throw fileError(error, path);
  } finally {
    stop();
    removeTemporary(temporary);
  }
}

/** Its name is short whatever the wanted one is: that may be as long as the file system takes. */
function temporaryBeside(path: string): string {
  return join(dirname(resolve(path)), `.mpn-benefits-${randomBytes(6).toString('hex')}.tmp`);
}

/** What was written, or why it was not, is told in any case. */
function removeTemporary(temporary: string): void {
  try {
    rmSync(temporary, { force: true });
  } catch {}
}

function openNew(path: string): number {
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  // O_NOFOLLOW is unknown on Windows; O_EXCL refuses a link there too.
  const file = openSync(path, O_CREAT | O_EXCL | O_WRONLY | (constants.O_NOFOLLOW ?? 0), 0o600);
  // A umask can take even the owner's rights away.
  fchmodSync(file, 0o600);
  return file;
}

function writeFully(file: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  for (let done = 0; done < bytes.byteLength; ) done += writeSync(file, bytes, done);
}

/** Gives the finished file its name. */
function place(temporary: string, path: string, { overwrite }: OutFileOptions): void {
  if (overwrite) renameSync(temporary, path);
  else placeNew(temporary, path);
  syncFolder(dirname(temporary));
}

/** Unless the name is taken: a link, unlike a rename, replaces nothing. */
function placeNew(temporary: string, path: string): void {
  try {
    linkSync(temporary, path);
  } catch (error) {
    if (!NO_LINKS.has(systemCode(error))) throw error;
    copyNew(temporary, path);
  }
}

/** A copy has the rights of its original from its first byte. */
function copyNew(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_EXCL);
  const file = openSync(to, 'r+');
  try {
    fsyncSync(file);
  } catch (error) {
    rmSync(to, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Makes the new name outlive a power cut. Not every system lets a folder be opened; the file is complete anyway. */
function syncFolder(folder: string): void {
  let handle: number | undefined;
  try {
    handle = openSync(folder, constants.O_RDONLY);
    fsyncSync(handle);
  } catch {
    return;
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

function alreadyThere(path: string): AppError {
  return new AppError('CONFIRMATION_REQUIRED', `${path} is already there.`, {
    hint: 'Use --yes to replace it, or name another file.',
    details: { path },
  });
}

function fileError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  if (systemCode(error) === 'EEXIST') return alreadyThere(path);
  const { message, details } = storageError(error, path);
  return new AppError('STORAGE_UNAVAILABLE', message, {
    hint: 'Name a file in a folder you may write to.',
    details,
    cause: error,
  });
}
