/**
 * Measures the built program and prints a table. Nothing here fails because something is slow: the table says what
 * was aimed at and what was measured, and people judge.
 *
 *   npm run bench                        everything
 *   npm run bench -- start-up            one group
 *   npm run bench -- ledger --rounds 5   fewer or more runs of each process (15)
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ledgerGroup } from './ledger.ts';
import type { Setup } from './measure.ts';
import { type Line, table } from './report.ts';
import { scaleGroup } from './scale.ts';
import { serviceGroup } from './service.ts';
import { startUpGroup } from './start-up.ts';

const GROUPS: Readonly<Record<string, (setup: Setup) => Promise<Line[]>>> = {
  'start-up': startUpGroup,
  scale: scaleGroup,
  ledger: ledgerGroup,
  service: serviceGroup,
};

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string' } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !Object.hasOwn(GROUPS, name));
if (unknown !== undefined)
  throw new Error(`There is no group ${unknown}, only ${Object.keys(GROUPS).join(', ')}.`);

// Not in a temporary folder that may be memory: a ledger is durable, and so is what it is measured on.
const root = fileURLToPath(new URL('../.bench', import.meta.url));
mkdirSync(root, { recursive: true });
const folder = mkdtempSync(join(root, 'run-'));
const setup: Setup = {
  folder,
  rounds: Number(values.rounds ?? 15),
  hyperfine: spawnSync('hyperfine', ['--version']).status === 0,
};

process.stdout.write(
  `Node ${process.versions.node}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, ` +
    `${setup.hyperfine ? 'hyperfine' : 'own clock'}, ${setup.rounds} rounds. × is times \`node -e 0\`.\n`,
);
try {
  for (const [name, group] of Object.entries(GROUPS)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    const before = loadavg()[0] ?? 0;
    const lines = await group(setup);
    const load = `load ${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
    process.stdout.write(`\n${name} (${load})\n\n${table(lines)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
