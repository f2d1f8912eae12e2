import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** The program as it is installed: the built file behind the command's name. */
export const PROGRAM = fileURLToPath(new URL('../../bin/mpn-benefits.js', import.meta.url));

/**
 * What the program compiles of itself, and Node of our TypeScript, kept from test to test: not in the homes, whose files
 * are looked at.
 */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/mpn-benefits', import.meta.url)),
};

/** A vault key for tests: no keychain is asked. */
export const VAULT_KEY = Buffer.alloc(32, 7).toString('base64');

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as JSON. */
  readonly json: () => unknown;
  /** The error object that `-o json` puts on stderr. */
  readonly error: () => {
    code: string;
    message: string;
    hint: string | null;
    details: Record<string, unknown>;
  };
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** A temporary folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** The environment of a child: nothing of the tester's own but the path. */
export function cleanEnvironment(home: string, more: RunOptions['env'] = {}): Record<string, string> {
  const env = {
    PATH: process.env['PATH'],
    HOME: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    MPN_BENEFITS_HOME: home,
    MPN_BENEFITS_VAULT_KEY: VAULT_KEY,
    ...COMPILED,
    ...more,
  };
  return Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Runs the built program to its end. */
export function runProgram(home: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--', PROGRAM, ...args], {
      env: cleanEnvironment(home, options.env),
      cwd: options.cwd ?? home,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve(runOf(code, signal, Buffer.concat(out).toString(), Buffer.concat(err).toString()));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}

/** A run by what came of it. */
export function runOf(
  code: number | null,
  signal: NodeJS.Signals | null,
  stdout: string,
  stderr: string,
): Run {
  const json = () => JSON.parse(stdout);
  return { code, signal, stdout, stderr, json, error: () => JSON.parse(stderr).error };
}

/** A home of its own, and the program in it. */
export function newHome(): {
  readonly home: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Run>;
} {
  const home = temporaryFolder();
  return { home, run: (args, options) => runProgram(home, args, options) };
}
