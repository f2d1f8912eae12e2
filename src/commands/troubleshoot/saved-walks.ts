/**
 * Walkthroughs on disk: what was answered, so that a restart is no setback. Threat model: other users of the machine
 * and links planted in our folder; so the files are the owner's alone. They hold codes, answers and the last five
 * characters of a key, never a text that was pasted and never a whole key.
 */
import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { AppError, systemCode } from '../../errors.ts';
import { writeOutFile } from '../../store/own-file-writing.ts';
import { ensureOwnFolder, ownFileExists, storageError } from '../../store/owner-only.ts';
import type { WalkState } from '../../troubleshooting/types.ts';
import { readState } from '../../troubleshooting/walk-state.ts';

/** Older ones than these are removed when one is saved. */
const MOST = 20;
const LARGEST = 1024 * 1024;
const FILE = /^walk-([a-z0-9]{1,20})\.json$/;
const LETTERS = 'bcdfghjkmnpqrstvwxz23456789';

/** Short enough to type, and no word. */
export function newWalkId(): string {
  return Array.from({ length: 6 }, () => LETTERS.charAt(randomInt(LETTERS.length))).join('');
}

/** Throws STORAGE_UNAVAILABLE. */
export function saveWalk(folder: string, state: WalkState, ended: boolean): void {
  ensureOwnFolder(folder);
  writeOutFile(join(folder, `walk-${state.id}.json`), `${JSON.stringify({ ...state, ended })}\n`, {
    overwrite: true,
  });
  for (const { path } of savedFiles(folder).slice(MOST)) rmSync(path, { force: true });
}

/**
 * The walkthrough with this id, or the latest that has not ended, or the latest. Throws NOT_FOUND, INVALID_DATA,
 * STORAGE_UNAVAILABLE.
 */
export function loadWalk(folder: string, id: string | undefined): WalkState {
  const files = savedFiles(folder);
  if (id !== undefined) {
    const file = files.find((saved) => saved.id === id);
    if (file !== undefined) return readState(readFile(file.path));
    throw new AppError('NOT_FOUND', `There is no saved walkthrough "${id.slice(0, 40)}".`, {
      hint:
        files.length === 0
          ? 'None is saved. Begin one: mpn-benefits troubleshoot'
          : `Without an id the latest is taken. Saved: ${files.map((saved) => saved.id).join(', ')}. What they are about: mpn-benefits troubleshoot --list`,
      details: { candidates: files.map((saved) => saved.id) },
    });
  }
  const [latest] = files;
  if (latest === undefined) {
    throw new AppError('NOT_FOUND', 'No walkthrough is saved.', {
      hint: 'Begin one: mpn-benefits troubleshoot',
    });
  }
  for (const { path } of files) {
    const content = readFile(path);
    if (!hasEnded(content)) return readState(content);
  }
  return readState(readFile(latest.path));
}

/** A walkthrough as it is listed. */
export interface SavedWalk {
  readonly state: WalkState;
  readonly ended: boolean;
}

/** All that can be read, the latest first. Throws STORAGE_UNAVAILABLE for the folder. */
export function savedWalks(folder: string): readonly SavedWalk[] {
  return savedFiles(folder).flatMap(({ path }) => {
    try {
      const content = readFile(path);
      return [{ state: readState(content), ended: hasEnded(content) }];
    } catch (error) {
      // One that is damaged says so when it is resumed.
      if (error instanceof AppError) return [];
      throw error;
    }
  });
}

interface SavedFile {
  readonly id: string;
  readonly path: string;
  readonly at: number;
}

/** The latest first. */
function savedFiles(folder: string): readonly SavedFile[] {
  let names: readonly string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw storageError(error, folder);
  }
  return names
    .flatMap((name) => {
      const id = FILE.exec(name)?.[1];
      const path = join(folder, name);
      const at = id === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.mtimeMs;
      return id === undefined || at === undefined ? [] : [{ id, path, at }];
    })
    .sort((a, b) => b.at - a.at);
}

function readFile(path: string): unknown {
  if (!ownFileExists(path))
    throw new AppError('NOT_FOUND', 'The walkthrough is no longer there.', {
      hint: 'Begin anew: mpn-benefits troubleshoot',
    });
  try {
    return statSync(path).size > LARGEST ? undefined : JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw storageError(error, path);
  }
}

function hasEnded(content: unknown): boolean {
  return typeof content === 'object' && content !== null && 'ended' in content && content.ended === true;
}
