/**
 * Threat model of this file: the sandbox keeps its vault key in a file beside its database, where it guards made-up
 * keys only; the file is owner-only so that the habit is right. Nobody else can read it at any moment of its making
 * (mode 0600 from the first byte), nobody can make us read or write through a link in its place, and of two
 * processes that make it at once both end up with the same key. On Windows the folder's own rights protect it.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { link, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import type { VaultKeySource } from '../vault/vault.ts';

/** More than any key; a file that is longer is not ours. */
const MAX_BYTES = 1024;

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

/** The key in a file whose folder exists. @throws AppError STORAGE_UNAVAILABLE from `read` and `store`. */
export function fileKey(path: string): VaultKeySource {
  return {
    firstWins: true,
    describe: () => `the file ${path}`,
    read: (account) =>
      guarded(path, async () => (await readKey(besidePath(path, account))) ?? (await readKey(path))),
    store: (_account, key) => guarded(path, () => writeKey(path, key)),
    rotation: {
      keep: (account, key) => guarded(path, () => writeKey(besidePath(path, account), key)),
      drop: (account, current) => guarded(path, () => dropKey(path, account, current)),
    },
  };
}

/** Where a key waits that is to take the file's place. */
function besidePath(path: string, account: string): string {
  return `${path}.${account.replace(/[^A-Za-z0-9-]/g, '_')}`;
}

/** A key beside the file goes; one that the file holds is replaced by the one that waits beside it. */
async function dropKey(path: string, account: string, current: string): Promise<void> {
  await rm(besidePath(path, account), { force: true });
  try {
    await rename(besidePath(path, current), path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function readKey(path: string): Promise<Secret | null> {
  await refuseLinks(path);
  let file: Awaited<ReturnType<typeof open>>;
  try {
    file = await open(path, constants.O_RDONLY | NO_FOLLOW);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const found = await file.stat();
    if (!found.isFile() || found.size > MAX_BYTES) throw refused(path, 'is not a key file');
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0)
      throw refused(path, 'can be read by others');
    return new Secret((await file.readFile('utf8')).trim());
  } finally {
    await file.close();
  }
}

/** The key appears under its name in one step and complete, or not at all; an earlier one stays. */
async function writeKey(path: string, key: Secret): Promise<void> {
  await refuseLinks(path);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | NO_FOLLOW;
  const file = await open(temporary, flags, 0o600);
  try {
    await file.writeFile(`${key.reveal()}\n`);
    await file.sync();
    await file.close();
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
  }
}

/** Neither the folder nor the file may be a link: both are places that only we fill. */
async function refuseLinks(path: string): Promise<void> {
  if ((await lstat(dirname(path))).isSymbolicLink()) throw refused(dirname(path), 'is a symbolic link');
  const found = await lstat(path).catch(() => null);
  if (found?.isSymbolicLink() === true) throw refused(path, 'is a symbolic link');
}

async function guarded<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refused(path, `cannot be used (${codeOf(error) ?? 'unknown error'})`);
  }
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

function refused(path: string, why: string): AppError {
  return new AppError('STORAGE_UNAVAILABLE', `${path} ${why}.`, {
    hint: 'The file with the vault key must be a plain file that only its owner can read, in a folder of ours.',
    details: { path },
  });
}
