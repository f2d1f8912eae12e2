import { closeSync, openSync, readSync } from 'node:fs';
import { type Migration, newerSchema } from './migrations.ts';
import type { SqlValue } from './sql.ts';
import { damaged } from './sqlite-errors.ts';

/** Marks a SQLite file as a profile of ours ("MPNB" in its header). */
export const APPLICATION_ID = 0x4d504e42;

/** What a file of ours holds, and how it is known by its header. */
export interface FileSchema {
  readonly applicationId: number;
  readonly migrations: readonly Migration[];
  /** What a new database is given once. */
  readonly firstRow?: () => { readonly statement: string; readonly values: readonly SqlValue[] };
  /** FULL: a transaction is on the disk when it returns. NORMAL: it may be lost with the power, never half. */
  readonly synchronous: 'FULL' | 'NORMAL';
}

/** The newest version of a schema. */
export function versionOf({ migrations }: FileSchema): number {
  return migrations.at(-1)?.version ?? 0;
}

/** How many connections of this thread hold a file, and 1 more if another thread does. */
const held = new Map<string, number>();

/**
 * Says that this process is about to have the file open in SQLite; gives back how to say that it no longer has.
 *
 * POSIX takes all locks of a process on a file away when the process closes any descriptor of it, and SQLite cannot
 * know of those that are not its own: other processes then take the file for free, and may delete a write-ahead log
 * that is in use, with what was confirmed in it. So no file that is held is opened with `node:fs`, here or anywhere.
 */
export function hold(path: string): () => void {
  held.set(path, (held.get(path) ?? 0) + 1);
  return () => {
    held.set(path, (held.get(path) ?? 1) - 1);
  };
}

/**
 * Refuses a file of another program or of a newer schema by its header alone, so that not even SQLite's own
 * recovery writes to it. Tells whether it has a write-ahead log: asking for one again takes as long as opening it.
 * A file that is held was looked at by whoever came first.
 */
export function checkHeader(path: string, schema: FileSchema): { readonly writesAhead: boolean } {
  if ((held.get(path) ?? 0) > 0) return { writesAhead: true };
  const header = Buffer.alloc(100);
  const file = openSync(path, 'r');
  const length = readSync(file, header, 0, header.length, 0);
  closeSync(file);
  if (length === 0) return { writesAhead: false };
  if (length < header.length || header.toString('latin1', 0, 15) !== 'SQLite format 3') throw damaged(path);
  const pages = header.readUInt32BE(28);
  const version = header.readUInt32BE(60);
  const application = header.readUInt32BE(68);
  // Of ours that is just being made the rest may stand in the log alone; then there is this one page.
  if ((version > 0 || pages > 1) && application !== schema.applicationId) throw damaged(path);
  if (version > versionOf(schema)) throw newerSchema(path, version, versionOf(schema));
  return { writesAhead: header[18] === 2 };
}
