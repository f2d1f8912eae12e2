import { spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';

/** A run that may be killed before its end. */
export interface Killable {
  readonly code: number | null;
  readonly killed: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Starts the built program, and ends it with SIGKILL: after so many milliseconds, when a file appears in its folder, or
 * when something has come true.
 */
export function start(
  home: string,
  args: readonly string[],
  kill?: number | { readonly file: RegExp } | Promise<unknown>,
): Promise<Killable> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: cleanEnvironment(home),
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const timer = typeof kill === 'number' ? setTimeout(() => child.kill('SIGKILL'), kill) : undefined;
    if (kill instanceof Promise) void kill.then(() => child.kill('SIGKILL'));
    const watcher =
      typeof kill === 'object' && 'file' in kill
        ? watch(home, (_, name) => {
            if (name !== null && kill.file.test(name)) child.kill('SIGKILL');
          })
        : undefined;
    child.on('error', reject);
    child.on('close', (code, signal) => {
      watcher?.close();
      clearTimeout(timer);
      resolve({ code, killed: signal === 'SIGKILL', stdout, stderr });
    });
  });
}

/** Repeatable numbers from 0 up to 1 (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Runs jobs, so many at a time, and keeps their order. */
export async function together<T>(jobs: readonly (() => Promise<T>)[], width: number): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < jobs.length; at = next++) {
      const job = jobs[at];
      if (job !== undefined) results[at] = await job();
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
