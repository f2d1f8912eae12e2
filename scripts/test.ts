/** Everything that has to hold, in one run: checks of the code first, because they are quick, then the suite by part. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PARTS } from '../vitest.config.ts';

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
}

const scratch = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));

async function run(name: string, command: string, args: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const status = await new Promise<number | null>((resolve) => {
    spawn(command, args, { stdio: 'inherit', env: { ...process.env, LC_ALL: 'C.UTF-8' } })
      .on('error', () => resolve(null))
      .on('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  return { name, ok: status === 0, seconds, passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
}

async function runPart(part: string): Promise<Outcome> {
  const report = join(scratch, `${part}.json`);
  const args = ['run', '--project', part, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const outcome = await run(`test ${part}`, 'vitest', args);
  try {
    const counts: { numPassedTests: number; numFailedTests: number } = JSON.parse(
      readFileSync(report, 'utf8'),
    );
    return {
      ...outcome,
      passed: counts.numPassedTests,
      failed: Math.max(counts.numFailedTests, outcome.failed),
    };
  } catch {
    return { ...outcome, ok: false, passed: 0, failed: 1 };
  }
}

type Check = readonly [name: string, command: string, args: readonly string[]];

const BUILD: Check = ['build', 'npm', ['run', '--silent', 'build']];

/** They only read, so they run side by side. */
const CHECKS: readonly Check[] = [
  ['types', 'tsc', ['-p', '.']],
  ['lint and format', 'biome', ['ci', '--error-on-warnings', '.']],
  ['arrows', 'depcruise', ['--output-type', 'err', 'src']],
  ['unused code', 'knip', []],
];

const wanted = process.argv.slice(2);
const outcomes: Outcome[] = [];
const started = performance.now();
if (wanted.length === 0) {
  outcomes.push(await run(...BUILD));
  outcomes.push(...(await Promise.all(CHECKS.map((check) => run(...check)))));
}
for (const part of PARTS)
  if (wanted.length === 0 || wanted.includes(part)) outcomes.push(await runPart(part));
rmSync(scratch, { recursive: true, force: true });

const lines = outcomes.map(
  ({ name, ok, seconds, passed }) =>
    `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s${name.startsWith('test ') ? `  ${passed} passed` : ''}`,
);
const sum = (pick: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, each) => total + pick(each), 0);
const total = ((performance.now() - started) / 1000).toFixed(1);
process.stdout.write(`\n${lines.join('\n')}\n\n${total} s in all\n`);
process.stdout.write(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed\n`);
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
