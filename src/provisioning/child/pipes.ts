/**
 * Real pipes for the output of a child. What Node makes for that are sockets, and on Linux those cannot be opened by
 * name: `echo >/dev/stderr` fails in a program that does so at a terminal, and who writes when nobody reads any more
 * is not ended by SIGPIPE. Node cannot make a pipe, so the system's `mkfifo` makes named ones, a supply of them while
 * a child runs: starting a program takes longer than everything else about them. A pipe has its name only until both
 * its ends are open.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../errors.ts';
import { ensureOwnFolder } from '../../store/owner-only.ts';

/** The output that a pipe is for. */
export type PipeName = 'stdout' | 'stderr';

/** Both ends of a pipe, as descriptors. */
export interface Pipe {
  readonly reading: number;
  readonly writing: number;
}

export interface PipeOptions {
  /** Where the supply is: a folder of this program's own, made if it is not there. */
  readonly folder: string;
  /** Where they are made if that cannot be used. */
  readonly temporaryFolder: string;
  /** What `mkfifo` gets. */
  readonly env: Readonly<Record<string, string>>;
}

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants;

/** All of them. */
export const OUTPUTS: readonly PipeName[] = ['stdout', 'stderr'];

/** What a supply consists of; no two are asked for by one name, so each is given once. */
const SUPPLY: readonly string[] = Array.from({ length: 8 }, (_, number) => `pipe-${number}`);

/** Beginning of the folders in which a pipe is for a moment between waiting and being open. */
const CLAIM = 'run-';
/** A claim takes much less; what is older was left by a process that was killed. */
const CLAIM_MILLISECONDS = 60_000;

export interface Pipes {
  readonly pipes: ReadonlyMap<PipeName, Pipe>;
  /** Has a new supply made if the next child would find none; to be called when this one is under way. */
  readonly prepareNext: () => void;
}

/** Where there are none. */
export const NO_PIPES: Pipes = { pipes: new Map(), prepareNext: () => {} };

/** Pipes for these outputs; none at all where they cannot be made. */
export function openPipes(names: readonly PipeName[], { folder, temporaryFolder, env }: PipeOptions): Pipes {
  if (names.length === 0) return NO_PIPES;
  const pipes = new Map<PipeName, Pipe>();
  const own = claimIn(folder, 'own');
  const claim = own ?? claimIn(temporaryFolder, 'of all');
  if (claim === undefined) return NO_PIPES;
  try {
    const pathOf = (name: string): string => join(claim.folder, name);
    const waiting = own === undefined ? [] : [...SUPPLY];
    const missing = names.filter((name) => !takeOne(waiting, folder, pathOf(name), claim.user));
    // If that fails, there is nothing to be opened.
    if (missing.length > 0) spawnSync(...makerOf(missing.map(pathOf), env));
    for (const name of names) pipes.set(name, openBoth(pathOf(name)));
  } catch {
    // Whatever it is: there is a way without.
    for (const { reading, writing } of pipes.values()) {
      closeSync(reading);
      closeSync(writing);
    }
    pipes.clear();
  } finally {
    remove(claim.folder);
  }
  // Nothing is made or removed in a folder of somebody else.
  const prepareNext = own === undefined ? NO_PIPES.prepareNext : () => supply(folder, env);
  return { pipes, prepareNext };
}

/** A folder in which nobody else can be; in one of our own only if others cannot hold the ends of what waits there. */
function claimIn(
  folder: string,
  whose: 'own' | 'of all',
): { readonly folder: string; readonly user: number } | undefined {
  let claim: string | undefined;
  try {
    if (whose === 'own') ensureOwnFolder(folder);
    // Made with mode 0700, and by us: who owns it tells who we are.
    claim = mkdtempSync(join(folder, CLAIM));
    const { uid: user } = lstatSync(claim);
    const { uid, mode } = lstatSync(folder);
    if (whose === 'of all' || (uid === user && (mode & 0o077) === 0)) return { folder: claim, user };
  } catch {
    // No such folder can be made there.
  }
  if (claim !== undefined) remove(claim);
  return undefined;
}

type Maker = readonly [
  string,
  readonly string[],
  { readonly stdio: 'ignore'; readonly env: PipeOptions['env'] },
];

function makerOf(paths: readonly string[], env: PipeOptions['env']): Maker {
  return ['mkfifo', ['-m', '600', ...paths], { stdio: 'ignore', env }];
}

/** The first that is there. */
function takeOne(waiting: string[], folder: string, path: string, user: number): boolean {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift())
    if (take(join(folder, name), path, user)) return true;
  return false;
}

/** Whoever moves it away has it: no other process does. */
function take(waiting: string, path: string, user: number): boolean {
  try {
    renameSync(waiting, path);
  } catch {
    return false;
  }
  const stats = lstatSync(path);
  const ours = stats.isFIFO() && stats.uid === user && (stats.mode & 0o777) === 0o600;
  if (ours && !isBeingRead(path)) return true;
  remove(path);
  return false;
}

/** What copies or searches all files of a user may have come to one that waits: it would get what is not masked yet. */
function isBeingRead(path: string): boolean {
  try {
    closeSync(openSync(path, O_WRONLY | O_NONBLOCK));
    return true;
  } catch (error) {
    return systemCode(error) !== 'ENXIO';
  }
}

function openBoth(path: string): Pipe {
  // Without a writer, only this does not wait. The child's end is opened apart, since programs expect it to wait.
  const reading = openSync(path, O_RDONLY | O_NONBLOCK);
  try {
    return { reading, writing: openSync(path, O_WRONLY) };
  } catch (error) {
    closeSync(reading);
    throw error;
  }
}

/**
 * Has pipes made where the next child would have to wait for that, and does not wait for it. Removes what killed
 * processes have left of theirs.
 */
function supply(folder: string, env: PipeOptions['env']): void {
  try {
    const there = readdirSync(folder);
    for (const name of there) {
      const path = join(folder, name);
      if (name.startsWith(CLAIM) && lstatSync(path).mtimeMs < Date.now() - CLAIM_MILLISECONDS) remove(path);
    }
    const gone = SUPPLY.filter((name) => !there.includes(name));
    if (SUPPLY.length - gone.length >= OUTPUTS.length) return;
    const missing = gone.map((name) => join(folder, name));
    const maker = spawn(...makerOf(missing, env));
    maker.on('error', () => {});
    maker.unref();
  } catch {
    // The next one makes its own.
  }
}

function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // It holds no data.
  }
}
