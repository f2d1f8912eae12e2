import { statfsSync } from 'node:fs';
import { finding, lookAll } from '../../checks/check.ts';
import { type LedgerState, type MachineSetup, machineChecks } from '../../checks/machine.ts';
import type { WindowsSetup } from '../../checks/windows/windows-checks.ts';
import type { Context } from '../../context.ts';
import { troubleshootingKnowledge } from '../../data/troubleshooting.ts';
import { AppError } from '../../errors.ts';
import { once } from '../../once.ts';
import type { Result } from '../../terminal/result.ts';
import type { CheckDescription, CheckResult } from '../../troubleshooting/checks.ts';
import { parseCode } from '../../troubleshooting/codes.ts';
import { findingsResult } from '../shared/findings.ts';
import { ifAllowed } from './if-allowed.ts';
import type { TroubleshootOptions } from './options.ts';

/** Looks at this machine. Exit code 9 if something is wrong. Throws NOT_FOUND for a check that there is not. */
export async function check(options: TroubleshootOptions, context: Context): Promise<Result> {
  return findingsResult((await runMachineChecks(options, context)).map(finding));
}

/** The checks that were asked for, run. Throws NOT_FOUND. */
export async function runMachineChecks(
  { checks, online }: TroubleshootOptions,
  context: Context,
): Promise<readonly CheckResult[]> {
  const all = await troubleshootingKnowledge.checks();
  const wanted = typeof checks === 'object' ? checks.map((id) => described(id, all)) : all;
  const { terminal } = context;
  try {
    return await lookAll(machineChecks(wanted, setupOf(online === true, context)), ({ title }) =>
      terminal.transient(`Looking: ${title}`),
    );
  } finally {
    terminal.transient(undefined);
  }
}

function described(id: string, all: readonly CheckDescription[]): CheckDescription {
  const found = all.find((description) => description.id === id);
  if (found !== undefined) return found;
  // What follows --checks is taken for the names of checks.
  const isText = /[\s./\\]/.test(id) || parseCode(id) !== undefined;
  throw new AppError('NOT_FOUND', `There is no check "${id.slice(0, 80)}".`, {
    hint: isText
      ? `A code or a text stands before --checks: mpn-benefits troubleshoot ${/\s/.test(id) ? '"…"' : id} --checks`
      : 'mpn-benefits troubleshoot --list names them.',
    details: { candidates: all.map((description) => description.id) },
  });
}

function setupOf(online: boolean, context: Context): MachineSetup {
  const { platform, now, env } = context.surroundings;
  return {
    platform,
    online,
    now,
    windows: once(() => windowsSetup(context)),
    network: async () => (await import('../../checks/real-network.ts')).realNetwork(),
    virtual: thisVirtual,
    disk: () => {
      const { bavail, blocks, bsize } = statfsSync(
        platform === 'win32' ? `${env['SystemDrive'] ?? 'C:'}\\` : '/',
      );
      return { free: bavail * bsize, size: blocks * bsize };
    },
    ledger: () => ledgerState(context),
  };
}

async function windowsSetup(context: Context): Promise<WindowsSetup> {
  return {
    powerShell: await context.surroundings.powerShell(),
    index: await troubleshootingKnowledge.index(),
    knownKeys: async () => {
      const backend = await context.backend();
      return (await backend.keys.list(undefined)).map(({ last5 }) => last5);
    },
  };
}

async function thisVirtual(): Promise<{ readonly virtual: boolean; readonly on: string }> {
  const [{ askAll, systemInformation }, { isVirtual }, { row, text }] = await Promise.all([
    import('../../hardware/source.ts'),
    import('../../hardware/virtual.ts'),
    import('../../hardware/values.ts'),
  ]);
  const answers = await askAll(await systemInformation(), 10_000);
  const system = row(answers.system);
  return { virtual: isVirtual(answers), on: text(system, 'virtualHost') ?? text(system, 'model') ?? '' };
}

async function ledgerState(context: Context): Promise<LedgerState | 'not allowed' | null> {
  const backend = await context.backend();
  const report = await ifAllowed(() => backend.ledger.verify(undefined));
  if (report === null) return 'not allowed';
  const { events, findings } = report;
  if (events === 0) return null;
  let pending = 0;
  const overUsed: string[] = [];
  for await (const row of backend.usage.list(undefined)) {
    pending += row.pending;
    if (row.overUse > 0) overUsed.push(row.productId);
  }
  return { pending, overUsed, problems: findings.length, events };
}
