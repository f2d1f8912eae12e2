/**
 * Runs a program with product keys in its environment or in files (`run`).
 *
 * Threat model: arguments are seen by every user of a machine, logs by every reader of a pipeline. So no key is in an
 * argument of ours or of the child's, no shell reads anything, the child's piped output is masked, our own keys and
 * tokens are withheld, and files are gone when the child is. The environment of the child can be read by the same
 * user and by root, and a terminal shows what the child prints: both are said in the help.
 */

import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import type { Environment } from '../../environment.ts';
import { systemCode } from '../../errors.ts';
import type { SignalSource } from '../../interrupt.ts';
import type { Secret } from '../../keys/secret.ts';
import type { KeyWay } from './assignments.ts';
import { childEnvironment } from './environment.ts';
import { EXIT_NOT_EXECUTABLE, EXIT_NOT_FOUND } from './find-command.ts';
import { NO_PIPES, OUTPUTS, openPipes, type PipeName, type Pipes } from './pipes.ts';
import { createSecretFiles, type SecretFiles } from './secret-files.ts';
import { relaySignals } from './signals.ts';

/** Which of our own streams are terminals. */
export interface Terminals {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

export interface ChildKey {
  readonly variable: string;
  readonly way: KeyWay;
  readonly key: Secret;
}

export interface ChildRequest {
  /** Where the program is, as `findCommand` says, and the name it is called by. */
  readonly command: { readonly path: string; readonly name: string };
  readonly args: readonly string[];
  /** Our own environment. */
  readonly env: Environment;
  /** Variables without a key, from an `--env-file`. */
  readonly plain: Readonly<Record<string, string>>;
  readonly keys: readonly ChildKey[];
  /** A terminal is handed to the child as it is; anything else gets the masked output. */
  readonly terminals: Terminals;
  /** Asked for once the child is on its way: making such a stream takes as long as its first steps. */
  readonly stdout: () => NodeJS.WritableStream;
  readonly stderr: () => NodeJS.WritableStream;
  /** The process. */
  readonly signals: SignalSource;
  readonly platform: NodeJS.Platform;
  /** Where files for the child are made. */
  readonly temporaryFolder: string;
  /** Where pipes for the next child wait. */
  readonly pipesFolder: string;
}

export interface ChildOutcome {
  /** As a shell would say it: the child's own, 128 + n after signal n, 126 or 127 if it could not be started. */
  readonly exitCode: number;
  /** Why it could not be started, for stderr. */
  readonly problem: string | null;
}

/**
 * Resolves when the child has ended and its output is written.
 * @throws AppError STORAGE_UNAVAILABLE if a file for the child or its output cannot be written, or a file cannot be
 * removed.
 */
export async function runChild(request: ChildRequest): Promise<ChildOutcome> {
  const { env, plain, keys, terminals, signals, platform } = request;
  // The one place where this way out sees the characters.
  const texts = keys.map(({ variable, way, key }) => ({ variable, way, text: key.reveal() }));
  const valuesOf = (way: KeyWay): Map<string, string> =>
    new Map(texts.filter((each) => each.way === way).map(({ variable, text }) => [variable, text]));

  const terminal = terminals.stdin || terminals.stdout || terminals.stderr;
  let files: SecretFiles | undefined;
  const remove = (): void => files?.remove();
  // Before there is anything to remove: a signal that nobody listens for ends us where we stand.
  const relay = relaySignals(signals, { platform, terminal, atExit: remove });
  try {
    files = createSecretFiles(request.temporaryFolder, valuesOf('file'));
    const added = { ...plain, ...Object.fromEntries(valuesOf('env')), ...files.paths };
    const started = start(request, childEnvironment(env, platform, added));
    if (started instanceof Error) return notStarted(started);
    relay.to(started.child);
    const ended = endOf(started.child);
    const written = maskOutput(
      started,
      request,
      texts.map(({ text }) => text),
    );
    // Looked at when the child has ended; until then it must not count as unhandled.
    written.catch(() => {});
    const outcome = await ended;
    // What the child has started may live on and keep the output open; the files were for the child.
    remove();
    if (outcome.problem === null) await written;
    return outcome;
  } finally {
    relay.stop();
    remove();
  }
}

/** A child and what comes out of it; null for what goes to a terminal. */
interface Started {
  readonly child: ChildProcess;
  readonly stdout: NodeJS.ReadableStream | null;
  readonly stderr: NodeJS.ReadableStream | null;
  readonly prepareNext: Pipes['prepareNext'];
}

/** A terminal has been handed to the child; what masks anything else is loaded while the child starts. */
async function maskOutput(
  { stdout, stderr, prepareNext }: Started,
  request: ChildRequest,
  secrets: readonly string[],
): Promise<void> {
  if (stdout === null && stderr === null) return;
  const { copyMasked } = await import('./copy-masked.ts');
  const written = Promise.all([
    stdout === null ? undefined : copyMasked(stdout, request.stdout(), secrets),
    stderr === null ? undefined : copyMasked(stderr, request.stderr(), secrets),
  ]);
  prepareNext();
  await written;
}

/** Some failures are thrown, others reported later. The thrown ones may quote a value: only their code is used. */
function start(request: ChildRequest, env: Record<string, string>): Started | Error {
  const { command, args, terminals } = request;
  const { pipes, prepareNext } = pipesFor(request);
  const wayOf = (name: PipeName) => (terminals[name] ? 'inherit' : (pipes.get(name)?.writing ?? 'pipe'));
  let child: ChildProcess;
  try {
    const stdio: StdioOptions = ['inherit', wayOf('stdout'), wayOf('stderr')];
    child = spawn(command.path, args, { argv0: command.name, stdio, env });
  } catch (error) {
    for (const { reading } of pipes.values()) closeSync(reading);
    return error instanceof Error ? error : new Error('unknown');
  } finally {
    // The child has its own; while ours is open, the output has no end.
    for (const { writing } of pipes.values()) closeSync(writing);
  }
  const outputOf = (name: PipeName): Started['stdout'] => {
    const pipe = pipes.get(name);
    return pipe === undefined
      ? child[name]
      : new Socket({ fd: pipe.reading, readable: true, writable: false });
  };
  return { child, stdout: outputOf('stdout'), stderr: outputOf('stderr'), prepareNext };
}

function pipesFor({ env, platform, terminals, pipesFolder, temporaryFolder }: ChildRequest): Pipes {
  if (platform !== 'linux') return NO_PIPES;
  const masked = OUTPUTS.filter((name) => !terminals[name]);
  return openPipes(masked, { folder: pipesFolder, temporaryFolder, env: childEnvironment(env, platform) });
}

function endOf(child: ChildProcess): Promise<ChildOutcome> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      // A child that runs and cannot be signalled says so here as well; its end will follow.
      if (child.pid === undefined) resolve(notStarted(error));
    });
    child.once('exit', (code, signal) => {
      const exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
      resolve({ exitCode, problem: null });
    });
  });
}

function notStarted(error: Error): ChildOutcome {
  const code = systemCode(error);
  const exitCode = code === 'ENOENT' ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE;
  return { exitCode, problem: `The command could not be started: ${code}.` };
}
