/** Whole processes, measured against `node -e 0` of the same Node in the same run. */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const PROGRAM = fileURLToPath(new URL('../bin/mpn-benefits.js', import.meta.url));

export type Env = Readonly<Record<string, string>>;

/** How often, and with what of the machine. */
export interface Setup {
  readonly rounds: number;
  /** Where it is, hyperfine measures: it also tells the processor time. */
  readonly hyperfine: boolean;
  /** A folder for what is measured with; it goes at the end. */
  readonly folder: string;
}

export interface Measured {
  /** Medians. */
  readonly milliseconds: number;
  readonly cpuMilliseconds: number | null;
  /** Of `node -e 0`, measured in turns with this. */
  readonly ratio: number;
  readonly cpuRatio: number | null;
  /** Highest resident memory of one run; null where the system does not tell. */
  readonly peakMiB: number | null;
}

interface Run {
  readonly wall: number;
  readonly cpu: number | null;
}

/** The arguments of Node for this program. */
export const program = (...args: string[]): string[] => [PROGRAM, ...args];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** A command's first runs leave what they compiled for all that follow. */
const WARM_UP = 6;

/**
 * Measures Node with each of these arguments. Round by round every case runs once, so that whatever else the machine
 * does hits all of them alike. The first rounds only warm up.
 */
export async function measure<Name extends string>(
  cases: Readonly<Record<Name, readonly string[]>>,
  env: Env,
  setup: Setup,
): Promise<Record<Name, Measured>> {
  const all = new Map<string, readonly string[]>([
    ['', ['-e', '0']],
    ...Object.entries<readonly string[]>(cases),
  ]);
  for (const args of all.values()) check(args, env);
  const runs = new Map([...all.keys()].map((name) => [name, [] as Run[]]));
  for (let round = 1 - WARM_UP; round <= setup.rounds; round += 1) {
    const results = setup.hyperfine
      ? roundOfHyperfine([...all.values()], env, setup)
      : ownRound([...all.values()], env);
    if (round <= 0) continue;
    for (const [index, name] of [...all.keys()].entries())
      runs.get(name)?.push(...results.slice(index, index + 1));
  }
  const bare = summary(runs.get('') ?? []);
  const measured: [string, Measured][] = [];
  for (const [name, args] of all) {
    if (name === '') continue;
    const own = summary(runs.get(name) ?? []);
    const ratio = own.milliseconds / bare.milliseconds;
    const cpuRatio =
      own.cpuMilliseconds === null || bare.cpuMilliseconds === null
        ? null
        : own.cpuMilliseconds / bare.cpuMilliseconds;
    measured.push([name, { ...own, ratio, cpuRatio, peakMiB: (await observe(args, env)).peakMiB }]);
  }
  return Object.fromEntries(measured) as Record<Name, Measured>;
}

function summary(runs: readonly Run[]): { milliseconds: number; cpuMilliseconds: number | null } {
  const cpu = runs.map((run) => run.cpu).filter((value) => value !== null);
  return {
    milliseconds: median(runs.map(({ wall }) => wall)),
    cpuMilliseconds: cpu.length === runs.length ? median(cpu) : null,
  };
}

/** A command that fails would be measured as a fast one. */
function check(args: readonly string[], env: Env): void {
  const { status, stderr } = spawnSync(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
}

function ownRound(cases: readonly (readonly string[])[], env: Env): Run[] {
  return cases.map((args) => {
    const start = performance.now();
    spawnSync(process.execPath, args, { env, stdio: 'ignore' });
    return { wall: performance.now() - start, cpu: null };
  });
}

function roundOfHyperfine(cases: readonly (readonly string[])[], env: Env, { folder }: Setup): Run[] {
  const file = join(folder, 'hyperfine.json');
  const commands = cases.map((args) => [process.execPath, ...args].map(quote).join(' '));
  const options = ['-N', '--style', 'none', '--runs', '1', '--export-json', file];
  const { status, stderr } = spawnSync('hyperfine', [...options, ...commands], { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`hyperfine ended with ${status}: ${stderr}`);
  const { results }: { results: { mean: number; user: number; system: number }[] } = JSON.parse(
    readFileSync(file, 'utf8'),
  );
  return results.map(({ mean, user, system }) => ({ wall: mean * 1000, cpu: (user + system) * 1000 }));
}

const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** One run, watched from outside. Times in milliseconds from its start. */
export interface Observed {
  readonly firstByte: number;
  readonly lastByte: number;
  readonly exit: number;
  readonly bytes: number;
  /** Processor time, user and system; to 10 ms. */
  readonly cpu: number | null;
  readonly peakMiB: number | null;
}

export function observe(args: readonly string[], env: Env, input = ''): Promise<Observed> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const now = (): number => performance.now() - start;
    const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let firstByte = 0;
    let lastByte = 0;
    let bytes = 0;
    let used: Used | null = null;
    let errors = '';
    // The system counts by itself, so the last look before the end tells what there is to tell.
    const watch = setInterval(() => {
      used = usedBy(child.pid) ?? used;
    }, 2);
    child.stdout.on('data', (chunk: Buffer) => {
      lastByte = now();
      if (bytes === 0) firstByte = lastByte;
      bytes += chunk.length;
      used = usedBy(child.pid) ?? used;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    child.on('error', reject);
    let exit = 0;
    child.on('exit', () => {
      exit = now();
      clearInterval(watch);
    });
    child.on('close', (code) => {
      if (code !== 0) reject(new Error(`node ${args.join(' ')} ended with ${code}: ${errors}`));
      else
        resolve({ firstByte, lastByte, exit, bytes, cpu: used?.cpu ?? null, peakMiB: used?.peakMiB ?? null });
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

interface Used {
  readonly peakMiB: number;
  readonly cpu: number;
}

/** Linux counts processor time in hundredths of a second. */
const TICK_MILLISECONDS = 10;

function usedBy(pid: number | undefined): Used | null {
  try {
    const kibibytes = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    // Behind the name, which stands in brackets and may hold anything.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ');
    if (kibibytes === undefined) return null;
    return {
      peakMiB: Number(kibibytes) / 1024,
      cpu: (Number(fields[11]) + Number(fields[12])) * TICK_MILLISECONDS,
    };
  } catch {
    return null;
  }
}
