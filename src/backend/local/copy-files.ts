import { randomBytes } from 'node:crypto';
import { lstatSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** A name beside the database for a copy of it that lives for a moment. */
export function temporaryPath(databaseFile: string, purpose: 'export' | 'import'): string {
  return `${databaseFile}.${purpose}-${randomBytes(6).toString('hex')}.tmp`;
}

const LEFTOVER = /^\.(export|import)-[0-9a-f]{12}\.tmp(-wal|-shm|-journal)?$/;
/** What is younger may belong to a process that is at work. */
const LEFTOVER_AGE_MS = 3_600_000;

/** Removes what a kill left behind. */
export function removeLeftovers(databaseFile: string): void {
  const folder = dirname(databaseFile);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(basename(databaseFile)) || !LEFTOVER.test(name.slice(basename(databaseFile).length)))
      continue;
    const path = join(folder, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_AGE_MS) rmSync(path, { force: true });
  }
}
