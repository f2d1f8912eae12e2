import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Run, RunOptions } from '../helpers/cli.ts';

/** A file of the project's own samples. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/importers/${name}`, import.meta.url));
}

export type Runner = (args: readonly string[], options?: RunOptions) => Promise<Run>;

/** A record as JSON gives it: what is in it is compared, never trusted. */
export type Json = Readonly<Record<string, unknown>>;

/** Runs a command that has to succeed. */
export async function ok(run: Runner, args: readonly string[], options?: RunOptions): Promise<Run> {
  const done = await run(args, options);
  expect(done, `${args.join(' ')}: ${done.stderr}`).toMatchObject({ code: 0, signal: null });
  return done;
}

/** The JSON answer of a command that has to succeed. */
export async function answer<T = Json>(
  run: Runner,
  args: readonly string[],
  options?: RunOptions,
): Promise<T> {
  const done = await ok(run, [...args, '-o', 'json'], options);
  // The border: each test names the shape that it then compares.
  return done.json() as T;
}

/** Runs a command that has to fail; gives the error object, having checked that nothing else was said. */
export async function failure(
  run: Runner,
  args: readonly string[],
  exitCode: number,
  options?: RunOptions,
): Promise<{ code: string; message: string; hint: string | null; details: Json }> {
  const done = await run([...args, '-o', 'json'], options);
  expect(done.code, `${args.join(' ')}: ${done.stdout}${done.stderr}`).toBe(exitCode);
  expect(done.stdout).toBe('');
  const said = JSON.parse(done.stderr);
  expect(Object.keys(said)).toEqual(['error', 'warnings']);
  expect(Object.keys(said.error)).toEqual(['code', 'message', 'hint', 'details']);
  expect(done.stderr.trimEnd()).not.toContain('\n');
  return said.error;
}

/** Writes a file into a folder and gives its path. */
export function write(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Every file below a folder, by its path in it. Pipes hold nothing, and who reads one waits. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.isFIFO())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Every file below a folder with its bytes: two such pictures are equal if nothing was touched. */
export function picture(folder: string): Record<string, string> {
  return Object.fromEntries(
    filesIn(folder).map((file) => [file, readFileSync(join(folder, file), 'base64')]),
  );
}

/** A day, so many days from today (UTC, as the program under test has it). */
export function dayFromNow(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

/** Does something that speaks of today; once more if midnight came in between. */
export async function withinOneDay(work: () => Promise<void>): Promise<void> {
  const day = dayFromNow(0);
  try {
    await work();
  } catch (error) {
    if (day === dayFromNow(0)) throw error;
    await work();
  }
}

/** The portal's table as text. */
export function grid(
  rows: readonly (readonly [product: string, source: string, quantity: string, activateBy: string])[],
): string {
  const heading = ['Benefit Name', 'Source (Program Name & Specialization)', 'Quantity', 'Activate By'];
  return `${[heading, ...rows].map((row) => row.join('\t')).join('\n')}\n`;
}

/** Product keys that were never issued: as many as wanted, each different. */
export function madeUpKey(number: number): string {
  const alphabet = 'BCDFGHJKMPQRTVWXY2346789';
  let rest = number;
  let tail = '';
  for (let place = 0; place < 10; place += 1) {
    tail = alphabet.charAt(rest % alphabet.length) + tail;
    rest = Math.floor(rest / alphabet.length);
  }
  return `BCDFG-HJKMP-QRTVW-${tail.slice(0, 5)}-${tail.slice(5)}`;
}

/** A pseudo-random number from 0 to 1, the same in every run of the tests. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
