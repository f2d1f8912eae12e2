import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect } from 'vitest';
import { type RunOptions, temporaryFolder } from '../helpers/cli.ts';
import { runProgram } from '../helpers/warm.ts';
import { type Json, ok, type Runner } from './support.ts';

export const OFFICE = 'office-proplus-2019';
export const SERVER = 'ws-standard-2019';

/** Made-up keys; the same five groups nowhere else in the project. */
export const OFFICE_KEY = 'GHJKM-PQRTV-WXY23-46789-BCDFG';
export const SERVER_KEY = 'HJKMP-QRTVW-XY234-6789B-CDFGH';
export const SERVER_KEY_2 = 'JKMPQ-RTVWX-Y2346-789BC-DFGHJ';
export const LAST = { office: 'BCDFG', server: 'CDFGH', server2: 'DFGHJ' } as const;

/** Every spelling in which a key could be found by somebody who searches. */
export function spellings(key: string): readonly string[] {
  return [key, key.toLowerCase(), key.replaceAll('-', ''), key.replaceAll('-', '').toLowerCase()];
}

/** Fails if a text holds a key in any spelling. */
export function expectNoKey(text: string, ...keys: readonly string[]): void {
  const wanted = keys.length === 0 ? [OFFICE_KEY, SERVER_KEY, SERVER_KEY_2] : keys;
  for (const key of wanted) {
    for (const spelling of spellings(key)) {
      // Not the key itself in a failing assertion: a test's own log is a log.
      expect(text.includes(spelling), `a key ending in ${key.slice(-5)} was found`).toBe(false);
    }
  }
}

export async function storeKey(
  run: Runner,
  product: string,
  key: string,
  options: readonly string[] = [],
): Promise<void> {
  await ok(run, ['import', 'key', product, ...options], { stdin: `${key}\n` });
}

let template: string | undefined;
afterAll(() => {
  if (template !== undefined) rmSync(template, { recursive: true, force: true });
  template = undefined;
});

/**
 * A home with Office (one key, 50 allowed) and Windows Server (one key with 20, one with 10 allowed). Made once for a
 * file of tests; each test gets a copy.
 */
export async function keyHome(): Promise<{
  readonly home: string;
  readonly run: Runner;
}> {
  if (template === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'mpn-benefits-template-'));
    template = made;
    const run: Runner = (args, options) => runProgram(made, args, options);
    await storeKey(run, OFFICE, OFFICE_KEY, ['--type', 'mak', '--allowed', '50']);
    await storeKey(run, SERVER, SERVER_KEY, ['--type', 'mak', '--allowed', '10']);
    await storeKey(run, SERVER, SERVER_KEY_2, ['--type', 'mak', '--allowed', '20']);
  }
  const home = temporaryFolder();
  copyHome(template, home);
  return { home, run: (args: readonly string[], options?: RunOptions) => runProgram(home, args, options) };
}

/** With the rights of folders, unlike Node's own copying. */
export function copyHome(from: string, to: string): void {
  execFileSync('cp', ['-a', `${from}/.`, to]);
}

export function databaseOf(home: string, profile = 'default'): string {
  return join(home, 'profiles', profile, 'benefits.db');
}

/** The access log as the database has it, oldest first; read without the program. */
export function accessLog(home: string, profile = 'default'): Json[] {
  // Not read-only: such a reader leaves the files of SQLite's log behind.
  const database = new DatabaseSync(databaseOf(home, profile));
  try {
    const rows = database.prepare("SELECT text FROM ledger_event WHERE chain = 'access' ORDER BY seq").all();
    return rows.map((row) => JSON.parse(String(row['text'])));
  } finally {
    database.close();
  }
}

/** Changes something behind the program's back. */
export function meddle(home: string, sql: string, profile = 'default'): void {
  const database = new DatabaseSync(databaseOf(home, profile));
  try {
    database.exec(sql);
  } finally {
    database.close();
  }
}
