/*
 * Threat model of this file: a product key goes through it to a program that runs with administrator rights. The key
 * may be in standard input and nowhere else: arguments and environment are read by every process of the user, and by
 * the event log where process creation is audited. Nothing of ours that is secret is handed on with the environment.
 * The program is named by its full path, so that no other powershell.exe can take its place.
 */
import { existsSync } from 'node:fs';
import { win32 } from 'node:path';
import { type Environment, windowsVariable } from '../../environment.ts';
import { childEnvironment } from '../child/environment.ts';

/** What a run of PowerShell came to. */
export interface PowerShellAnswer {
  readonly ended: 'exited' | 'timed-out' | 'not-started';
  /** Null unless it exited by itself. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** PowerShell as activations need it: the narrowest seam between them and Windows. */
export interface PowerShell {
  /** Runs a script that finds `stdin` in `$input`. Never throws. */
  run(script: string, stdin: string, timeoutMs: number): Promise<PowerShellAnswer>;
}

/** The options of spawn that are used here. */
interface SpawnOptions {
  readonly env: Record<string, string>;
  readonly stdio: ['pipe', 'pipe', 'pipe'];
  readonly windowsHide: boolean;
  readonly shell: false;
}

interface Stream {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  destroy(): unknown;
}

/** The part of a child process that is used here. */
export interface Child {
  readonly stdin: { end(text: string): unknown; on(event: 'error', listener: () => void): unknown };
  readonly stdout: Stream;
  readonly stderr: Stream;
  on(event: 'error', listener: () => void): unknown;
  on(event: 'close', listener: (code: number | null) => void): unknown;
  kill(signal: 'SIGKILL'): unknown;
}
export type Spawn = (command: string, args: readonly string[], options: SpawnOptions) => Child;

/** Output beyond this is not ours. */
const MOST_OUTPUT = 1024 * 1024;

/**
 * The real PowerShell.
 * @param place.env the environment to hand on; what opens our vault, service or database is left out.
 */
export function createPowerShell(place: {
  readonly env: Environment;
  readonly spawn?: Spawn;
  readonly exists?: (path: string) => boolean;
}): PowerShell {
  const command = powerShellCommand(place.env, place.exists ?? existsSync);
  const env = withoutModulePath(childEnvironment(place.env, 'win32'));
  return {
    async run(script, stdin, timeoutMs) {
      const spawn = place.spawn ?? (await nodeSpawn());
      return runChild(() => spawn(command, powerShellArguments(script), options(env)), stdin, timeoutMs);
    },
  };
}

async function nodeSpawn(): Promise<Spawn> {
  const { spawn } = await import('node:child_process');
  return (command, args, given) => spawn(command, [...args], given);
}

function options(env: Record<string, string>): SpawnOptions {
  return { env, stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true, shell: false };
}

/** Encoded, so that no quoting is needed; not from a file, so that no execution policy and no leftover matters. */
export function powerShellArguments(script: string): readonly string[] {
  const encoded = Buffer.from(script, 'utf16le').toString('base64');
  const format = ['-InputFormat', 'Text', '-OutputFormat', 'Text'];
  return ['-NoLogo', '-NoProfile', '-NonInteractive', ...format, '-EncodedCommand', encoded];
}

/** Windows PowerShell by its full path; without one whatever `pwsh` is. Sysnative serves a 32-bit Node. */
function powerShellCommand(env: Environment, exists: (path: string) => boolean): string {
  const root = windowsVariable(env, 'SystemRoot');
  if (root === undefined || !win32.isAbsolute(root)) return 'pwsh';
  const candidates = ['Sysnative', 'System32'].map((folder) =>
    win32.join(root, folder, 'WindowsPowerShell', 'v1.0', 'powershell.exe'),
  );
  return candidates.find((path) => exists(path)) ?? 'pwsh';
}

/** If another PowerShell started us, this names its modules, which do not load here. Each builds its own path. */
function withoutModulePath(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => name.toUpperCase() !== 'PSMODULEPATH'));
}

function runChild(start: () => Child, stdin: string, timeoutMs: number): Promise<PowerShellAnswer> {
  return new Promise((resolve) => {
    let child: Child;
    try {
      child = start();
    } catch {
      resolve({ ended: 'not-started', exitCode: null, stdout: '', stderr: '' });
      return;
    }
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    const finish = (ended: PowerShellAnswer['ended'], exitCode: number | null): void => {
      clearTimeout(timer);
      resolve({ ended, exitCode, stdout: stdout(), stderr: stderr() });
    };
    const timer = setTimeout(() => {
      // First of all, for a kill that is refused is an error like that of a start.
      finish('timed-out', null);
      child.kill('SIGKILL');
      // Something that it started may keep the pipes open: do not wait for their end.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutMs);
    child.on('error', () => finish('not-started', null));
    child.on('close', (code) => finish('exited', code));
    // It may be gone before it has read anything.
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}

function collect(stream: Stream): () => string {
  const chunks: Uint8Array[] = [];
  let length = 0;
  stream.on('data', (chunk) => {
    length += chunk.length;
    if (length <= MOST_OUTPUT) chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
