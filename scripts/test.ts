/**
 * Everything that has to hold, in one run: the parts of the suite and the checks of the code, two at a time. What each of
 * them prints comes when it is over, so that nothing is mixed.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { PARTS, type Part } from '../vitest.config.ts';

interface Outcome {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly passed: number;
  readonly failed: number;
  /** What failed and why, told once more at the end, where whoever sees only the end of a long log finds it. */
  readonly failures: readonly string[];
}

const scratch = mkdtempSync(join(tmpdir(), 'mpn-benefits-test-'));

async function run(name: string, command: string, args: readonly string[]): Promise<Outcome> {
  const started = performance.now();
  const printed: Buffer[] = [];
  const status = await new Promise<number | null>((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C.UTF-8', NO_COLOR: '1' },
    });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => printed.push(chunk));
    child.on('error', () => resolve(null)).on('close', resolve);
  });
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`\n--- ${name}, ${seconds.toFixed(1)} s\n${Buffer.concat(printed).toString()}`);
  const ok = status === 0;
  return { name, ok, seconds, passed: ok ? 1 : 0, failed: ok ? 0 : 1, failures: ok ? [] : [name] };
}

async function runPart(part: Part): Promise<Outcome> {
  const report = join(scratch, `${part}.json`);
  const args = ['run', '--project', part, '--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  const outcome = await run(`test ${part}`, 'vitest', args);
  try {
    const counted: Report = JSON.parse(readFileSync(report, 'utf8'));
    const failures = counted.testResults.flatMap(failuresOf);
    return {
      ...outcome,
      passed: counted.numPassedTests,
      failed: Math.max(counted.numFailedTests, outcome.failed),
      failures: failures.length === 0 ? outcome.failures : failures,
    };
  } catch {
    return { ...outcome, ok: false, passed: 0, failed: 1, failures: [`${outcome.name}: it left no report`] };
  }
}

/** What of vitest's report is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages: readonly string[];
  }[];
}

function failuresOf({ name, status, message, assertionResults }: FileResult): string[] {
  const file = relative('.', name);
  const failed = assertionResults.filter((test) => test.status === 'failed');
  if (failed.length === 0) return status === 'failed' ? [`${file}\n${message}`] : [];
  return failed.map((test) => `${file} > ${test.fullName}\n${test.failureMessages.join('\n')}`);
}

type Check = readonly [name: string, command: string, args: readonly string[]];

const BUILD: Check = ['build', 'npm', ['run', '--silent', 'build']];

const CHECKS: readonly Check[] = [
  ['types', 'node', ['node_modules/@typescript/native/bin/tsc', '-p', '.']],
  ['lint and format', 'biome', ['ci', '--error-on-warnings', '.']],
  ['arrows', 'depcruise', ['--output-type', 'err', 'src']],
  ['unused code', 'knip', []],
];

const wanted = process.argv.slice(2);
const started = performance.now();
const outcomes: Outcome[] = wanted.length === 0 ? [await run(...BUILD)] : [];

const jobs = [
  ...PARTS.filter((part) => wanted.length === 0 || wanted.includes(part)).map((part) => () => runPart(part)),
  ...(wanted.length === 0 ? CHECKS : []).map((check) => () => run(...check)),
];

/** Two of them go side by side, because what waits much leaves room for what computes; the longest come first. */
async function runJobs(): Promise<void> {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) outcomes.push(await job());
}
await Promise.all([runJobs(), runJobs()]);
rmSync(scratch, { recursive: true, force: true });

const lines = outcomes.map(
  ({ name, ok, seconds, passed }) =>
    `${ok ? 'ok  ' : 'FAIL'}  ${name.padEnd(16)} ${seconds.toFixed(1).padStart(6)} s${name.startsWith('test ') ? `  ${passed} passed` : ''}`,
);
const sum = (pick: (outcome: Outcome) => number): number =>
  outcomes.reduce((total, each) => total + pick(each), 0);
const total = ((performance.now() - started) / 1000).toFixed(1);
for (const failure of outcomes.flatMap(({ failures }) => failures)) {
  process.stdout.write(`\nFAILED ${failure}\n`);
}
process.stdout.write(`\n${lines.join('\n')}\n\n${total} s in all\n`);
process.stdout.write(`${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed\n`);
process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1;
