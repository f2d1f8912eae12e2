/**
 * Takes the guards of test/promises/guards.ts out, one after the other, and sees the promises' tests fail. In a copy, so
 * that nothing here is touched. Takes minutes, so it is no part of `npm test`. Names of promises or guards narrow it down.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GUARDS, type Guard } from '../test/promises/guards.ts';

const ROOT = join(import.meta.dirname, '..');
const copy = mkdtempSync(join(realpathSync(tmpdir()), 'mpn-benefits-proof-'));
const report = join(copy, 'report.json');

function makeCopy(): void {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => existsSync(join(ROOT, name)) && name !== ''))
    cpSync(join(ROOT, file), join(copy, file), { recursive: true });
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(copy, 'node_modules'));
}

const build = (): boolean => spawnSync(process.execPath, ['scripts/build.ts'], { cwd: copy }).status === 0;

/** How many tests failed and passed; undefined if they did not even begin. */
function testsOf({ promise, test }: Guard): { readonly failed: number; readonly passed: number } | undefined {
  rmSync(report, { force: true });
  // A name with a place for a value is that of a table: the part before it, or all of its tests.
  const name = test.replace(/[$%].*$/, '').trim();
  const only = name === '' ? [] : ['-t', name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')];
  const run = ['run', '--project', 'promises', `test/promises/${promise}.test.ts`, ...only];
  const env = { ...process.env, FORCE_COLOR: '0' };
  spawnSync('vitest', [...run, '--reporter=json', `--outputFile=${report}`], { cwd: copy, env });
  if (!existsSync(report)) return undefined;
  const { numFailedTests: failed, numPassedTests: passed } = JSON.parse(readFileSync(report, 'utf8'));
  return { failed, passed };
}

/** What became of one guard: the words for the table. */
function prove(guard: Guard): string {
  const before = new Map(guard.edits.map(({ file }) => [file, readFileSync(join(copy, file), 'utf8')]));
  try {
    for (const { file, text, without } of guard.edits) {
      const path = join(copy, file);
      writeFileSync(
        path,
        readFileSync(path, 'utf8').replace(text, () => without),
      );
    }
    if (!build()) return 'NOT PROVED: it does not build';
    const tests = testsOf(guard);
    if (tests === undefined || tests.failed + tests.passed === 0)
      return 'NOT PROVED: the tests did not begin';
    if (tests.failed > 0) return `fails (${tests.failed} of ${tests.failed + tests.passed})`;
    return 'NOT PROVED: passes all the same';
  } finally {
    for (const [file, text] of before) writeFileSync(join(copy, file), text);
  }
}

const wanted = process.argv.slice(2);
const chosen = GUARDS.filter(
  ({ promise, guard }) => wanted.length === 0 || wanted.includes(promise) || wanted.includes(guard),
);
try {
  makeCopy();
  build();
  let unproved = 0;
  for (const guard of chosen) {
    const outcome = prove(guard);
    if (outcome.startsWith('NOT')) unproved += 1;
    process.stdout.write(`| ${guard.promise} | ${guard.test} | ${guard.guard} | ${outcome} |\n`);
  }
  process.stdout.write(`${chosen.length - unproved} of ${chosen.length} guards proved\n`);
  process.exitCode = unproved === 0 ? 0 : 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
