import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  cleanEnvironment,
  PROGRAM,
  type Run,
  type RunOptions,
  runOf,
  runProgram as runProgramAlone,
  temporaryFolder,
} from './cli.ts';

/** What the child is to run. */
export interface Order {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What stands behind the descriptors 0, 1 and 2. */
  readonly files: readonly string[];
}

/** How that ended. */
export interface Done {
  readonly code: number;
  /** What still keeps the process alive. */
  readonly left: readonly string[];
}

interface Warm {
  readonly folder: string;
  readonly child: ChildProcess;
  readonly files: readonly string[];
}

const CHILD = fileURLToPath(new URL('./warm-child.ts', import.meta.url));

/** What Node and its libraries read when a process starts, and not again. */
const READ_AT_THE_START = /^(?:NODE_|LANG$|LC_|TZ$|SSL_|DBUS_|XDG_|DISPLAY$|LD_)/;

/** A run that takes longer than this (milliseconds) hangs. */
const LIMIT = 50_000;

let warm: Warm | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the built program to its end like its namesake in `cli.ts`, in a process that is up already: for tables of
 * things that the program does between its start and its end. What is about the process itself (signals, streams that
 * close or block, several at a time) needs one of its own.
 */
export function runProgram(home: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  if (Object.keys(options.env ?? {}).some((name) => READ_AT_THE_START.test(name))) {
    return runProgramAlone(home, args, options);
  }
  const run = last.then(() => runWarm(home, args, options));
  last = run.catch(() => {});
  return run;
}

/** A home of its own, and the program in it. */
export function newHome(): {
  readonly home: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Run>;
} {
  const home = temporaryFolder();
  return { home, run: (args, options) => runProgram(home, args, options) };
}

function runWarm(home: string, args: readonly string[], options: RunOptions): Promise<Run> {
  warm ??= start();
  const { child, files, folder } = warm;
  const [input = '', output = '', errors = ''] = files;
  writeFileSync(input, options.stdin ?? '');
  writeFileSync(output, '');
  writeFileSync(errors, '');
  return new Promise((resolve, reject) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null, reusable: boolean): void => {
      clearTimeout(limit);
      child.removeAllListeners();
      const run = runOf(code, signal, readFileSync(output, 'utf8'), readFileSync(errors, 'utf8'));
      if (!reusable) stop(child, folder);
      resolve(run);
    };
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT);
    child.once('error', reject);
    child.once('exit', (code, signal) => finish(code, signal, false));
    child.once('message', ({ code, left }: Done) => finish(code, null, left.length === 1));
    child.send({ args, env: cleanEnvironment(home, options.env), cwd: options.cwd ?? home, files });
  });
}

function start(): Warm {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-warm-'));
  const child = fork(CHILD, [PROGRAM, folder], {
    env: cleanEnvironment(folder),
    stdio: 'ignore',
    execArgv: [],
  });
  child.unref();
  child.channel?.unref();
  return { folder, child, files: ['in', 'out', 'err'].map((name) => join(folder, name)) };
}

/** Whatever a run left behind goes with its process. */
function stop(child: ChildProcess, folder: string): void {
  warm = undefined;
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
