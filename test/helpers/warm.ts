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
  /** What of the environment cannot change any more. */
  readonly kind: string;
  readonly folder: string;
  readonly child: ChildProcess;
  readonly files: readonly string[];
}

const CHILD = fileURLToPath(new URL('./warm-child.ts', import.meta.url));

/** What Node and its libraries read when a process starts, and not again. */
const READ_AT_THE_START = /^(?:NODE_|LANG$|LC_|TZ$|SSL_|DBUS_|XDG_RUNTIME_DIR$|LD_)/;

/** As many as may wait for their next run; there are as many at work as a test asks for at a time. */
const MOST_IDLE = 2;
const idle: Warm[] = [];

/**
 * Runs the built program to its end like its namesake in `cli.ts`, in a process that is up already: for tables of
 * things that the program does between its start and its end. What is about the process itself (signals, streams that
 * close or block, several at a time) needs one of its own.
 */
export function runProgram(home: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  // It may hook into how the process starts and ends.
  if (options.env?.['NODE_OPTIONS'] !== undefined) return runProgramAlone(home, args, options);
  const env = cleanEnvironment(home, options.env);
  const fixed = Object.entries(env).filter(([name]) => READ_AT_THE_START.test(name));
  const kind = JSON.stringify(fixed);
  const at = idle.findIndex((warm) => warm.kind === kind);
  const warm = idle.splice(at, at < 0 ? 0 : 1)[0] ?? start(kind, env);
  return runIn(warm, { args, env, cwd: options.cwd ?? home, files: warm.files }, options.stdin);
}

/** A home of its own, and the program in it. */
export function newHome(): {
  readonly home: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Run>;
} {
  const home = temporaryFolder();
  return { home, run: (args, options) => runProgram(home, args, options) };
}

function runIn(warm: Warm, order: Order, stdin: RunOptions['stdin'] = ''): Promise<Run> {
  const { child, files } = warm;
  const [input = '', output = '', errors = ''] = files;
  writeFileSync(input, stdin);
  writeFileSync(output, '');
  writeFileSync(errors, '');
  return new Promise((resolve, reject) => {
    const finish = (code: number | null, signal: NodeJS.Signals | null, reusable: boolean): void => {
      child.off('error', reject).off('exit', onExit).off('message', onMessage);
      const run = runOf(code, signal, readFileSync(output, 'utf8'), readFileSync(errors, 'utf8'));
      if (reusable) idle.push(warm);
      else stop(warm);
      // The newest are kept: nobody comes back to an environment of earlier tests.
      for (const old of idle.splice(0, idle.length - MOST_IDLE)) stop(old);
      resolve(run);
    };
    const onExit = (code: number | null, signal: NodeJS.Signals | null) => finish(code, signal, false);
    const onMessage = ({ code, left }: Done) => finish(code, null, left.length === 1);
    child.once('error', reject).once('exit', onExit).once('message', onMessage);
    child.send(order);
  });
}

function start(kind: string, env: Order['env']): Warm {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-warm-'));
  const child = fork(CHILD, [PROGRAM, folder], {
    env,
    stdio: 'ignore',
    execArgv: [],
  });
  child.unref();
  child.channel?.unref();
  return { kind, folder, child, files: ['in', 'out', 'err'].map((name) => join(folder, name)) };
}

/** Whatever a run left behind goes with its process. */
function stop({ child, folder }: Warm): void {
  child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
