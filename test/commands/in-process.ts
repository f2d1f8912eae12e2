import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { onTestFinished } from 'vitest';
import { parseCommandLine } from '../../src/command-line/parse.ts';
import { createContext, type Surroundings } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';
import type { PowerShell } from '../../src/provisioning/activation/powershell.ts';
import { presentError } from '../../src/terminal/error.ts';
import { present } from '../../src/terminal/present.ts';
import type { Output, OutputStream } from '../../src/terminal/streams.ts';
import { type Run, VAULT_KEY } from '../helpers/cli.ts';
import { Recorder } from '../terminal/fake-terminal.ts';

Object.assign(globalThis, { __VERSION__: '0.0.0-test' });

export interface InProcessSetup {
  readonly platform?: NodeJS.Platform;
  readonly hostName?: string;
  readonly powerShell?: PowerShell;
  readonly now?: () => Date;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What Ctrl-C is told to; nobody presses it unless a test does. */
  readonly signals?: Surroundings['signals'];
  /** In place of one that remembers. */
  readonly stdout?: OutputStream & Output;
}

export type InProcess = (
  args: readonly string[],
  setup?: InProcessSetup & { readonly stdin?: string | Uint8Array },
) => Promise<Run>;

/** A home that goes with the test, and commands that run in this process with made-up surroundings. */
export function inProcess(standard: InProcessSetup = {}): { readonly home: string; readonly run: InProcess } {
  const home = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return { home, run: inProcessAt(home, standard) };
}

/** Commands in this process for a home that is there already. */
export function inProcessAt(home: string, standard: InProcessSetup = {}): InProcess {
  return (args, own) => runCommand(home, args, { ...standard, ...own });
}

async function runCommand(
  home: string,
  args: readonly string[],
  setup: InProcessSetup & { readonly stdin?: string | Uint8Array },
): Promise<Run> {
  const stdout = new Recorder();
  const stderr = new Recorder();
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  stdin.end(setup.stdin ?? '');
  const surroundings: Surroundings = {
    env: { MPN_BENEFITS_HOME: home, MPN_BENEFITS_VAULT_KEY: VAULT_KEY, ...setup.env },
    stdin,
    stdinIsTerminal: () => false,
    stdout: setup.stdout ?? stdout,
    stderr,
    streams: { stdout: setup.stdout ?? stdout, stderr },
    now: setup.now ?? (() => new Date()),
    nodeVersion: process.versions.node,
    platform: setup.platform ?? 'linux',
    userName: () => 'tester',
    hostName: () => setup.hostName ?? 'made-up',
    signals: setup.signals ?? { on: () => {}, off: () => {} },
    clipboardHelper: { node: '', entry: '' },
    powerShell: async () => {
      if (setup.powerShell === undefined) throw new Error('no Windows here');
      return setup.powerShell;
    },
  };
  const invocation = parsed(args);
  if (invocation instanceof AppError) {
    return { ...NOTHING_RUN, code: invocation.exitCode, stderr: `error: ${invocation.message}\n` };
  }
  const context = await createContext(invocation.global, surroundings);
  let code: number;
  try {
    const presentation = await context.presentation();
    const result = await invocation.run(context);
    if (result.kind !== 'nothing') {
      await present(result, presentation, context.terminal);
    }
    if (result.kind === 'record' && result.failure !== undefined) throw result.failure;
    context.terminal.flush();
    code = 0;
  } catch (error) {
    code = presentError(error, context.terminal);
  } finally {
    await context.close();
  }
  return {
    code,
    signal: null,
    stdout: stdout.text,
    stderr: stderr.text,
    json: () => JSON.parse(stdout.text),
    error: () => JSON.parse(stderr.text).error,
  };
}

const NOTHING_RUN: Run = {
  code: 0,
  signal: null,
  stdout: '',
  stderr: '',
  json: () => undefined,
  error: () => ({ code: 'USAGE', message: '', hint: null, details: {} }),
};

function parsed(args: readonly string[]) {
  try {
    const invocation = parseCommandLine(args, undefined);
    if (invocation.kind === 'command') return invocation;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('not a command');
}
