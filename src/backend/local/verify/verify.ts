import type { Sha256Hex } from '../../../activation/chain.ts';
import { PROFILE_CHAIN } from '../../../activation/events.ts';
import { MachineHistory } from '../../../activation/machine-history.ts';
import { type EarlierLedger, type LedgerReport, ledgerReport } from '../../../activation/verify.ts';
import type { Sql } from '../../../store/sql.ts';
import { ledgerId } from '../ledger.ts';
import { compareMachines } from './machines.ts';
import { type VerifiedPart, verifyPart } from './part.ts';
import { ALL_CHAINS, isIn } from './range.ts';

/** Verifies the whole ledger through one connection, and what is kept beside it. */
export async function verifyWhole(
  sql: Sql,
  earlier: EarlierLedger | undefined,
  sha256Hex: Sha256Hex,
): Promise<LedgerReport> {
  const ledger = await ledgerId(sql);
  const part = await verifyPart(sql, { ledger, range: ALL_CHAINS, earlier }, sha256Hex);
  return reportOn(sql, [part], { ledger, earlier, sha256Hex });
}

/** The report on parts that hold all chains together, and on the machines, of which all chains tell. */
export async function reportOn(
  sql: Sql,
  parts: readonly VerifiedPart[],
  whole: {
    readonly ledger: string;
    readonly earlier: EarlierLedger | undefined;
    readonly sha256Hex: Sha256Hex;
  },
): Promise<LedgerReport> {
  const report = ledgerReport(
    parts.map(({ verified }) => verified),
    whole,
  );
  const history = new MachineHistory();
  for (const { machines, range } of parts) history.join(machines, isIn(range, PROFILE_CHAIN));
  const beside = [...parts.flatMap((part) => part.beside), ...(await compareMachines(sql, history.machines))];
  const wrong = new Set(beside.map(({ chain }) => chain));
  return {
    ...report,
    ok: report.ok && beside.length === 0,
    chains: report.chains.map((chain) => (wrong.has(chain.chain) ? { ...chain, ok: false } : chain)),
    findings: [...report.findings, ...beside],
  };
}
