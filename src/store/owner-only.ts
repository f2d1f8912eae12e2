/**
 * Files and folders that only their owner may read, from their first byte.
 *
 * Threat model: other users of the machine, a careless umask, and links planted where we are about to write.
 * Modes are given when a file is created, never repaired afterwards, and a symbolic link in the place of one of
 * our own files or folders is refused. On Windows the user folder's access list does this work.
 */
import { closeSync, constants, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { AppError, systemCode } from '../errors.ts';

/** What stands at a path, without following a link. */
type Found = 'nothing' | 'file' | 'folder' | 'link' | 'other';

function look(path: string): Found {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return 'nothing';
    if (stats.isSymbolicLink()) return 'link';
    if (stats.isDirectory()) return 'folder';
    return stats.isFile() ? 'file' : 'other';
  } catch (error) {
    throw storageError(error, path);
  }
}

function refuse(path: string, why: string): never {
  throw new AppError('STORAGE_UNAVAILABLE', `${path} ${why}, so it is not used.`, {
    hint: 'Remove it or move it away, or set MPN_BENEFITS_HOME to a folder of your own.',
    details: { path },
  });
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Turns an error of the file system into one that a user can act on. */
export function storageError(error: unknown, path: string): AppError {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  const reasons: Record<string, string> = {
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EROFS: 'the file system is read-only',
    EACCES: 'access is denied',
    EPERM: 'access is denied',
    ENOENT: 'there is no such folder',
    ENOTDIR: 'a part of the path is not a folder',
    ELOOP: 'it is a symbolic link',
    ENAMETOOLONG: 'the path is too long',
  };
  return new AppError('STORAGE_UNAVAILABLE', `Cannot use ${path}: ${reasons[code] ?? `error ${code}`}.`, {
    hint: `${FULL.has(code) ? 'Free some space' : 'Correct that'}, or set MPN_BENEFITS_HOME to a folder you may write to.`,
    details: { path, reason: code },
    cause: error,
  });
}

/** True if a file of ours is there. Throws STORAGE_UNAVAILABLE for a link or anything that is no file. */
export function ownFileExists(path: string): boolean {
  const found = look(path);
  if (found === 'link') return refuse(path, 'is a symbolic link');
  if (found === 'folder' || found === 'other') return refuse(path, 'is not a file');
  return found === 'file';
}

/** True if a folder of ours is there. Throws STORAGE_UNAVAILABLE for a link or anything that is no folder. */
export function ownFolderExists(path: string): boolean {
  const found = look(path);
  if (found === 'link') return refuse(path, 'is a symbolic link');
  if (found === 'file' || found === 'other') return refuse(path, 'is not a folder');
  return found === 'folder';
}

/** Makes a folder (and those above it) that only its owner may enter. Throws STORAGE_UNAVAILABLE. */
export function ensureOwnFolder(path: string): void {
  if (ownFolderExists(path)) return;
  try {
    if (look(dirname(path)) === 'nothing') ensureOwnFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if (look(path) !== 'folder') throw storageError(error, path);
  }
}

/** Creates an empty owner-only file if there is none. Throws STORAGE_UNAVAILABLE. */
export function ensureOwnFile(path: string): void {
  if (ownFileExists(path)) return;
  const { O_CREAT, O_EXCL, O_WRONLY } = constants;
  try {
    // O_NOFOLLOW is unknown on Windows; O_EXCL refuses a link there too.
    closeSync(openSync(path, O_CREAT | O_EXCL | O_WRONLY | (constants.O_NOFOLLOW ?? 0), 0o600));
  } catch (error) {
    if (!ownFileExists(path)) throw storageError(error, path);
  }
}
