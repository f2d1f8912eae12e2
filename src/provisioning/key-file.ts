/**
 * Files that hold a product key: `--out-file` and the artefacts of activation.
 *
 * Threat model: other users of the machine, a careless umask, a link planted where we are about to write, a crash in
 * the middle, and a typing error that would cost somebody a file. So the key is written into a new file beside the
 * wanted one, owner-only before its first byte, and takes its place in one step; whatever fails leaves nothing
 * behind. Only a kill that no program can catch leaves the file beside it, `.<name>.<random>.tmp`. On Windows the
 * folder's access list decides who may read.
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
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, systemCode } from '../errors.ts';
import type { SignalSource } from '../interrupt.ts';
import { storageError } from '../store/owner-only.ts';

export interface KeyFileOptions {
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
 * Says whether `writeKeyFile` could begin, so that a key is not revealed for a file that cannot be written.
 * @throws AppError USAGE (no such folder, no name of a file), CONFIRMATION_REQUIRED (already there), STORAGE_UNAVAILABLE
 * (a symbolic link, a folder that nothing can be written into).
 */
export function checkKeyFile(path: string, options: KeyFileOptions): void {
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
        `${path} is a symbolic link, so no key is written through it.`,
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
 * @throws AppError as `checkKeyFile`; STORAGE_UNAVAILABLE if it cannot be written. Then nothing new is left.
 */
export function writeKeyFile(path: string, text: string | Uint8Array, options: KeyFileOptions): void {
  checkKeyFile(path, options);
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
    rmSync(temporary, { force: true });
  }
}

/**
 * The same for what is too long to be held at once. Ctrl-C ends it here, as whoever ends the process leaves the half
 * of a file behind.
 * @throws AppError as `writeKeyFile` does; CANCELLED.
 */
export async function writeFileFrom(
  path: string,
  chunks: AsyncIterable<string | Uint8Array>,
  options: KeyFileOptions & { readonly signals: SignalSource },
): Promise<void> {
  checkKeyFile(path, options);
  const { signals } = options;
  const temporary = temporaryBeside(path);
  const interrupt = Promise.withResolvers<never>();
  // Looked at with the next chunk only; until then it must not count as unhandled.
  interrupt.promise.catch(() => {});
  const onInterrupt = (): void => interrupt.reject(new AppError('CANCELLED', 'Cancelled.'));
  signals.on('SIGINT', onInterrupt);
  try {
    const file = openNew(temporary);
    try {
      // Not `for await`: leaving that waits for the chunk that is under way.
      const iterator = chunks[Symbol.asyncIterator]();
      for (;;) {
        const next = await Promise.race([iterator.next(), interrupt.promise]);
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
    signals.off('SIGINT', onInterrupt);
    rmSync(temporary, { force: true });
  }
}

function temporaryBeside(path: string): string {
  const name = `.${basename(path).slice(0, 100)}.${randomBytes(6).toString('hex')}.tmp`;
  return join(dirname(resolve(path)), name);
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
function place(temporary: string, path: string, { overwrite }: KeyFileOptions): void {
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
