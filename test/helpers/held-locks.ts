import { existsSync, readFileSync, statSync } from 'node:fs';

/** Linux tells of the locks that it holds for each process; newer versions of SQLite hide that one was lost. */
export const locksAreTold = existsSync('/proc/locks');

/** Whether the system holds a lock of this process on a file. */
export function isLocked(file: string): boolean {
  const inode = `:${statSync(file).ino}`;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some((words) => words.includes(String(process.pid)) && words.some((word) => word.endsWith(inode)));
}
