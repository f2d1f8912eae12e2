import type { Assumption, EventMachine, Purpose, Via } from './events.ts';
import type { HardwareProfile } from './hardware.ts';
import type { PolicyId, Scenario } from './policy.ts';

export type ActivationStatus = 'pending' | 'succeeded' | 'failed';

/** An activation as its events tell it. */
export interface Activation {
  readonly activationId: string;
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
