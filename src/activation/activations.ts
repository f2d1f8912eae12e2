import { AppError } from '../errors.ts';
import {
  type Assumption,
  type EventMachine,
  type LedgerEvent,
  OUTCOMES,
  type Purpose,
  type Via,
} from './events.ts';
import type { HardwareProfile } from './hardware.ts';
import { fromEventHardware } from './hardware-file.ts';
import type { PolicyId, Scenario } from './policy.ts';

export const STATUSES = ['pending', ...OUTCOMES] as const;
export type ActivationStatus = (typeof STATUSES)[number];

/** An activation as its events tell it. */
export interface Activation {
  readonly activationId: string;
  /** Place of its reservation in the key's chain: the order that no clock can change. */
  readonly seq: number;
  readonly at: string;
  /** When its outcome was last set; null while pending. */
  readonly settledAt: string | null;
  readonly productId: string;
  readonly keyId: string;
  readonly keyLast5: string;
  readonly machine: EventMachine;
  readonly hardware: HardwareProfile | null;
  readonly scenario: Scenario;
  readonly assumed: Assumption | null;
  readonly reasons: readonly string[];
  /** What it was reserved with. */
  readonly reserved: number;
  /** What it costs now: the sum of its deltas, corrections included. */
  readonly delta: number;
  readonly policy: PolicyId;
  readonly via: Via;
  readonly status: ActivationStatus;
  readonly code: string | null;
  /** The last reason given for it. */
  readonly reason: string | null;
  readonly purpose: Purpose;
  readonly actor: string | null;
}

function reservation(event: LedgerEvent & { readonly type: 'reserved' }): Activation {
  return {
    activationId: event.activationId,
    seq: event.seq,
    at: event.at,
    settledAt: null,
    productId: event.productId,
    keyId: event.chain,
    keyLast5: event.keyLast5,
    machine: event.machine,
    hardware: fromEventHardware(event.machine.name, event.hardware),
    scenario: event.scenario,
    assumed: event.assumed,
    reasons: event.reasons,
    reserved: event.delta,
    delta: event.delta,
    policy: event.policy,
    via: event.via,
    status: 'pending',
    code: null,
    reason: event.reason,
    purpose: event.purpose,
    actor: event.actor,
  };
}

function orphan(event: LedgerEvent): AppError {
  return new AppError(
    'INVALID_DATA',
    `Event ${event.seq} of a key's chain settles an activation that was not reserved.`,
    { hint: 'Look at the whole ledger with: mpn-benefits activations verify' },
  );
}

/** An activation after one more of its events. */
function settled(
  activation: Activation,
  event: LedgerEvent & { readonly type: 'succeeded' | 'failed' | 'correction' },
): Activation {
  return {
    ...activation,
    settledAt: event.at,
    delta: activation.delta + event.delta,
    status: event.type === 'correction' ? event.outcome : event.type,
    code: event.code,
    reason: event.reason ?? activation.reason,
  };
}

/**
 * Reads an activation from its events; undefined if there are none.
 * @throws AppError INVALID_DATA if it is settled and was not reserved.
 */
export function foldActivation(events: Iterable<LedgerEvent>): Activation | undefined {
  let activation: Activation | undefined;
  for (const event of events) {
    if (event.type === 'reserved') activation = reservation(event);
    else if (event.type === 'succeeded' || event.type === 'failed' || event.type === 'correction') {
      if (activation === undefined) throw orphan(event);
      activation = settled(activation, event);
    }
  }
  return activation;
}

/**
 * The products that an activation is told of: the one that its events name; if that is no product of its key any more,
 * since it was joined to another, whatever the key is for now as well.
 */
export function toldOf(productId: string, keyProductIds: readonly string[]): readonly string[] {
  return keyProductIds.includes(productId) ? [productId] : [productId, ...keyProductIds];
}

/** The fields of `activations list` and `show`, in their order (a type, so that it fits a JSON object). */
export type ActivationRow = {
  readonly activationId: string;
  readonly at: string;
  readonly settledAt: string | null;
  readonly productId: string;
  readonly keyId: string;
  readonly keyLast5: string;
  readonly machine: string;
  readonly scenario: Scenario;
  readonly assumed: boolean;
  readonly delta: number;
  readonly policy: PolicyId;
  readonly via: Via;
  readonly status: ActivationStatus;
  readonly code: string | null;
  readonly reason: string | null;
  readonly purpose: Purpose;
  readonly actor: string | null;
};

/** An activation as lists show it: `delta` is what it costs now. */
export function activationRow(activation: Activation): ActivationRow {
  const { activationId, at, settledAt, productId, keyId, keyLast5, machine, scenario, assumed } = activation;
  const { delta, policy, via, status, code, reason, purpose, actor } = activation;
  return {
    activationId,
    at,
    settledAt,
    productId,
    keyId,
    keyLast5,
    machine: machine.name,
    scenario,
    assumed: assumed !== null,
    delta,
    policy,
    via,
    status,
    code,
    reason,
    purpose,
    actor,
  };
}
