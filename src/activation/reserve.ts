import type { ActivationNumbers } from '../entitlements/types.ts';
import type { ActivationStatus } from './activations.ts';
import type { EventBody, ReservedBody, Via } from './events.ts';
import { toEventHardware } from './hardware-file.ts';
import { NOTHING_COUNTED } from './numbers.ts';
import type { ActivationPlan, CountedPlan } from './plan-types.ts';
import type { PolicyId, Scenario } from './policy.ts';

/** What a plan does not say of what it begins. */
export interface Beginning {
  readonly activationId: string;
  /** Used if the plan begins a machine record. */
  readonly machineId: string;
  readonly actor: string | null;
}

/** The event that reserves a plan in its key's chain; undefined if the plan continues a pending activation. */
export function reservationOf(plan: CountedPlan, beginning: Beginning): ReservedBody | undefined {
  if (plan.continues !== null) return undefined;
  return {
    type: 'reserved',
    delta: plan.delta,
    actor: beginning.actor,
    activationId: beginning.activationId,
    productId: plan.productId,
    keyLast5: plan.keyLast5,
    machine: { id: plan.machine.id ?? beginning.machineId, name: plan.machine.name },
    hardware: toEventHardware(plan.hardware),
    scenario: plan.scenario,
    assumed: plan.assumed,
    reasons: plan.reasons,
    policy: plan.policy,
    via: plan.via,
    purpose: plan.purpose,
    reason: plan.reason,
  };
}

/** What a plan says of machines, for the `profile` chain, in order: seen, renamed, replaced. */
export function machineEventsOf(plan: CountedPlan, beginning: Beginning): EventBody[] {
  const { actor } = beginning;
  const { renamedFrom, replaces, returns } = plan.machine;
  const machine = { id: plan.machine.id ?? beginning.machineId, name: plan.machine.name };
  const events: EventBody[] = [];
  if (plan.machine.id === null || returns) {
    events.push({ type: 'machine-seen', delta: 0, actor, machine, hardware: toEventHardware(plan.hardware) });
  }
  if (renamedFrom !== null) {
    events.push({ type: 'machine-renamed', delta: 0, actor, machine, from: renamedFrom });
  }
  if (replaces !== null) {
    const reason = plan.reason ?? 'replaced';
    events.push({
      type: 'machine-retired',
      delta: 0,
      actor,
      machine: replaces,
      reason,
      replacedBy: machine.id,
    });
  }
  return events;
}

/** The fields of `activate`, in their order. Numbers are those after this activation. */
export type ActivationResult = {
  readonly activationId: string | null;
  readonly productId: string;
  readonly keyId: string | null;
  readonly keyLast5: string | null;
  readonly machine: string;
  readonly scenario: Scenario | null;
  readonly assumed: boolean;
  readonly reasons: readonly string[];
  readonly delta: number;
  readonly policy: PolicyId | null;
  readonly used: number;
  readonly pending: number;
  readonly allowed: number | null;
  readonly remaining: number | null;
  readonly via: Via;
  readonly status: 'planned' | 'not-needed' | ActivationStatus;
};

/** How an activation went; a plan that was only made has none. */
export interface Performed {
  readonly activationId: string;
  readonly status: ActivationStatus;
  /** The key's numbers as stored after it. */
  readonly numbers: ActivationNumbers;
}

/** What `activate` answers, for a plan alone (`--dry-run`, not needed) or for one that was carried out. */
export function activationResult(plan: ActivationPlan, performed?: Performed): ActivationResult {
  const planned = plan.status === 'planned' ? plan : null;
  const { used, pending, allowed, remaining } = performed?.numbers ?? planned?.after ?? NOTHING_COUNTED;
  return {
    activationId: performed?.activationId ?? planned?.continues ?? null,
    productId: plan.productId,
    keyId: plan.keyId,
    keyLast5: plan.keyLast5,
    machine: planned?.machine.name ?? (plan.status === 'not-needed' ? plan.machine : ''),
    scenario: planned?.scenario ?? null,
    assumed: (planned?.assumed ?? null) !== null,
    reasons: plan.reasons,
    delta: planned?.delta ?? 0,
    policy: planned?.policy ?? null,
    used,
    pending,
    allowed,
    remaining,
    via: plan.via,
    status: performed?.status ?? plan.status,
  };
}
