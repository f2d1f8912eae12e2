import type { Activation } from './activations.ts';
import type { Assumption } from './events.ts';
import { compareHardware, type HardwareProfile, type HardwareTable } from './hardware.ts';
import type { Scenario } from './policy.ts';

/** What a key's history says about a machine: its scenario, or that more must be known to tell. */
export type HistoryFinding =
  | { readonly kind: 'continues'; readonly activation: Activation }
  | {
      readonly kind: 'scenario';
      readonly scenario: Scenario;
      readonly reasons: readonly string[];
      /** An assumption calls it the same machine, and the history has nothing that it could be the same as. */
      readonly unfounded: boolean;
    }
  | {
      readonly kind: 'undecided';
      readonly reasons: readonly string[];
      /** The activation with this key that the machine has already. */
      readonly base: Activation;
    };

export interface HistoryInput {
  /** Null for a machine that is not known yet. */
  readonly machineId: string | null;
  readonly hardware: HardwareProfile | null;
  readonly assume: Assumption | null;
  readonly history: readonly Activation[];
  readonly table: HardwareTable;
}

const ASSUMED: Readonly<Record<Assumption, Scenario>> = {
  new: 'new-machine',
  unchanged: 'same-machine-unchanged',
  changed: 'same-machine-changed',
};

function latest(activations: readonly Activation[]): Activation | undefined {
  return activations.reduce<Activation | undefined>(
    (found, activation) => (found === undefined || activation.seq > found.seq ? activation : found),
    undefined,
  );
}

/**
 * The activation whose hardware Windows would compare with: the last one that cost something, because changes add
 * up until then. A machine that was only ever assumed unchanged has none: then its last one stands in.
 */
function baseline(succeeded: readonly Activation[]): Activation | undefined {
  return latest(succeeded.filter(({ delta }) => delta > 0)) ?? latest(succeeded);
}

/** What a comparison would have said where `--assume` stands in its place. */
function overruled(
  base: Activation | undefined,
  hardware: HardwareProfile | null,
  table: HardwareTable,
): readonly string[] {
  const before = base?.hardware ?? null;
  if (before === null || hardware === null) return [];
  const { verdict, reasons } = compareHardware(table, before, hardware);
  return [`the comparison says: ${verdict ?? 'no verdict'}`, ...reasons];
}

/** The scenario of one more activation of this key on this machine (S6; model.md, machines, rules 3 to 5). */
export function findScenario(input: HistoryInput): HistoryFinding {
  const { machineId, hardware, assume, table } = input;
  const own = input.history.filter(({ machine }) => machineId !== null && machine.id === machineId);
  const pending = latest(own.filter(({ status }) => status === 'pending'));
  if (pending !== undefined && assume !== 'new') return { kind: 'continues', activation: pending };
  const base = baseline(own.filter(({ status }) => status === 'succeeded'));
  if (assume !== null) {
    // The machine may be older than the ledger, so whoever says why is believed; but it is told.
    const unfounded = assume !== 'new' && base === undefined;
    const reasons = [
      `assumed ${assume}`,
      ...(unfounded ? ['this ledger knows no activation of this key on this machine'] : []),
      ...overruled(base, hardware, table),
    ];
    return { kind: 'scenario', scenario: ASSUMED[assume], reasons, unfounded };
  }
  if (base === undefined) {
    const reason =
      machineId === null ? 'this machine is new here' : 'this key was never activated on this machine';
    return { kind: 'scenario', scenario: 'new-machine', reasons: [reason], unfounded: false };
  }
  if (hardware === null) {
    return { kind: 'undecided', reasons: ['the hardware of this machine was not read'], base };
  }
  if (base.hardware === null) {
    return {
      kind: 'undecided',
      reasons: ['no hardware was recorded with its last counted activation'],
      base,
    };
  }
  const { verdict, reasons } = compareHardware(table, base.hardware, hardware);
  if (verdict === null) return { kind: 'undecided', reasons, base };
  return {
    kind: 'scenario',
    scenario: verdict === 'unchanged' ? 'same-machine-unchanged' : 'same-machine-changed',
    reasons,
    unfounded: false,
  };
}
