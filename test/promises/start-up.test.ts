import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inProcessAt } from '../commands/in-process.ts';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { ok } from '../process/support.ts';

const ROOT = join(import.meta.dirname, '../..');
const OFFICE = 'office-proplus-2019';

/**
 * What a start loads, since that is what it costs. How long it takes is measured by `npm run bench`, never by a test.
 * Files and KiB are of dist/; a little room is left for growth.
 */
interface Budget {
  readonly line: string;
  readonly files: number;
  readonly kibibytes: number;
  /** Node's cryptography comes with its streams; nothing else at a start has a use for them. */
  readonly streams?: true;
}

const BUDGETS: readonly Budget[] = [
  { line: '--version', files: 3, kibibytes: 80 },
  { line: '--help', files: 3, kibibytes: 80 },
  { line: 'list -p sandbox', files: 7, kibibytes: 200 },
  { line: `show ${OFFICE} -p sandbox`, files: 24, kibibytes: 260 },
  { line: 'troubleshoot 0xC004C020', files: 19, kibibytes: 230 },
  { line: `key ${OFFICE}`, files: 25, kibibytes: 260, streams: true },
];

/** Parts of Node that take long to load; none of these commands needs them. */
const HEAVY = [
  'net',
  'tls',
  'http',
  'https',
  'child_process',
  'worker_threads',
  'internal/deps/undici/undici',
];
/** Runs before the program, and at its end writes down what Node has loaded. */
const PROBE = `
process.on('exit', () => {
  const files = Object.keys(require.cache).filter((file) => file !== __filename);
  const builtIn = process.moduleLoadList.map((name) => name.replace('NativeModule ', ''));
  require('node:fs').writeFileSync(process.env.LOADED, JSON.stringify({ files, builtIn }));
});
`;

function loadedBy(args: readonly string[]): { readonly files: string[]; readonly builtIn: string[] } {
  const probe = join(home, 'probe.cjs');
  const result = join(home, 'loaded.json');
  writeFileSync(probe, PROBE);
  const env = cleanEnvironment(home, { LOADED: result });
  // Into nothing: for a socket in place of a pipe Node would load its networking.
  const done = spawnSync(process.execPath, ['--require', probe, PROGRAM, ...args], { env, stdio: 'ignore' });
  expect(done.status).toBe(0);
  return JSON.parse(readFileSync(result, 'utf8'));
}

let home: string;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'mpn-benefits-start-up-'));
  // The sandbox is made by whoever comes first; that is no start like others.
  const run = inProcessAt(home);
  await ok(run, ['list', '-p', 'sandbox']);
  await ok(run, ['import', 'key', OFFICE], { stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789B' });
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test.each(BUDGETS)('$line: at most $files files and $kibibytes KiB, and no network', (budget) => {
  const { files, builtIn } = loadedBy(budget.line.split(' '));
  expect(files.filter((file) => file.includes('node_modules'))).toEqual([]);
  const heavy = budget.streams === true ? HEAVY : [...HEAVY, 'stream'];
  expect(builtIn.filter((name) => heavy.includes(name))).toEqual([]);
  const own = files.filter((file) => file.startsWith(join(ROOT, 'dist/')));
  expect(own.length, own.join('\n')).toBeLessThanOrEqual(budget.files);
  const size = own.reduce((sum, file) => sum + statSync(file).size, 0) / 1024;
  expect(size).toBeLessThanOrEqual(budget.kibibytes);
});
