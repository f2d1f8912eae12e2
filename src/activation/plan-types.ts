import type { ActivationNumbers, Fact } from '../entitlements/types.ts';
import type { ChoosableKey, KeyWish } from '../keys/choose.ts';
import type { Activation } from './activations.ts';
import type { Assumption, Purpose, Via } from './events.ts';
import type { HardwareProfile, HardwareTable } from './hardware.ts';
import type { Machine } from './machines.ts';
import type { PolicyId, PolicyTable, Scenario } from './policy.ts';

/** A key of the product, with its numbers, its policy and its own history. */
export interface PlanKey extends ChoosableKey {
  readonly counted: boolean;
  /** Why it is or is not counted. */
  readonly why: string;
  readonly numbers: ActivationNumbers;
  /** Already the stricter one of its offers'. */
  readonly policy: PolicyId;
  /** Activations of this key, any order; the pending and the succeeded ones matter. */
  readonly history: readonly Activation[];
  /** Something to be told if this key is chosen. */
  readonly warning: string | null;
}

export interface PlanInput {
  readonly product: { readonly id: string; readonly name: string; readonly requiresActivation: Fact };
  /** Something to be told of the product before an activation of it is counted. */
  readonly productWarning: string | null;
  readonly keys: readonly PlanKey[];
  readonly wish: KeyWish;
  /** Name of the machine, and its hardware where it was read or given. */
  readonly machine: { readonly name: string; readonly hardware: HardwareProfile | null };
  /** All machines of the profile. */
  readonly machines: readonly Machine[];
  readonly assume: Assumption | null;
  readonly reason: string | null;
  readonly purpose: Purpose;
  readonly via: Via;
  readonly policies: PolicyTable;
  readonly hardwareTable: HardwareTable;
}

/** The machine a plan is about: a known one, or one that begins with this activation. */
export interface PlannedMachine {
  /** Null if it begins with this activation. */
  readonly id: string | null;
  readonly name: string;
  /** The name it had so far, if its hardware shows that it was renamed. */
  readonly renamedFrom: string | null;
  /** The known machine that it replaces (`--assume new`). */
  readonly replaces: { readonly id: string; readonly name: string } | null;
  /** True for a retired machine that is in use again. */
  readonly returns: boolean;
}

/** Why an activation is refused at the limit (S8, T6), and what can be done. */
export interface LimitRefusal {
  readonly message: string;
  readonly facts: readonly string[];
  readonly options: readonly string[];
}

/** Nothing has to be activated, or nothing is counted; nothing is recorded. */
export interface NotNeededPlan {
  readonly status: 'not-needed';
  readonly productId: string;
  readonly keyId: string | null;
  readonly keyLast5: string | null;
  readonly machine: string;
  readonly via: Via;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/** An activation computed and not yet done. It can be printed; reserving it is done elsewhere. */
export interface CountedPlan {
  readonly status: 'planned';
  readonly productId: string;
  readonly keyId: string;
  readonly keyLast5: string;
  readonly machine: PlannedMachine;
  readonly hardware: HardwareProfile | null;
  readonly scenario: Scenario;
  readonly assumed: Assumption | null;
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
  /** What has to be confirmed before it is done; empty if nothing. */
  readonly confirm: readonly string[];
  readonly policy: PolicyId;
  /** What this activation adds to the count; 0 when it continues a pending one, which is counted already. */
  readonly delta: number;
  /** Id of the pending activation that this one continues. */
  readonly continues: string | null;
  /** The key's numbers now, and after this activation. */
  readonly before: ActivationNumbers;
  readonly after: ActivationNumbers;
  /** Not null: it must not be done. */
  readonly refusal: LimitRefusal | null;
  readonly via: Via;
  readonly purpose: Purpose;
  readonly reason: string | null;
  /** The product's keys in the order of choice, with reasons, for `--verbose`. */
  readonly choice: readonly { readonly keyLast5: string; readonly reason: string }[];
}

export type ActivationPlan = NotNeededPlan | CountedPlan;
