import type { ActivationNumbers, ProductFacts } from '../entitlements/types.ts';
import type { KeyType } from '../keys/product-key.ts';
import type { CheckDescription, CheckResult } from './knowledge.ts';

/** A key as the ledger sees it. */
export interface KeyFacts {
  readonly last5: string;
  readonly type: KeyType;
  readonly numbers: ActivationNumbers;
}

/** A reservation without an outcome: it holds a count that settling may give back. */
export interface PendingFacts {
  readonly activationId: string;
  readonly machine: string;
  readonly at: string;
}

export interface MachineFacts {
  readonly name: string;
  readonly activations: number;
  /** Day, or null if it is in use. */
  readonly retiredOn: string | null;
}

/** What the tool could read by itself, so that nobody is asked for it. */
export interface WalkFacts {
  readonly product: ProductFacts | null;
  readonly key: KeyFacts | null;
  /** Sum of the grants in unit `activations`; null if there are none. */
  readonly granted: number | null;
  readonly pending: readonly PendingFacts[];
  /** Machines that this key was activated on. */
  readonly machines: readonly MachineFacts[];
  /** Other keys of the product, or products near it, that still have room. */
  readonly otherKeys: readonly {
    readonly last5: string;
    readonly product: string;
    readonly remaining: number | null;
  }[];
  readonly policy: 'documented' | 'every-activation' | null;
  /** Ids of programmes that the membership consists of, as in `action-pack`. */
  readonly programs: readonly string[];
  readonly checks: readonly CheckResult[];
}

/** Nothing known: no profile, no product, no checks. */
export const NO_FACTS: WalkFacts = {
  product: null,
  key: null,
  granted: null,
  pending: [],
  machines: [],
  otherKeys: [],
  policy: null,
  programs: [],
  checks: [],
};

export type KnownAnswers = (
  facts: WalkFacts,
  checks: readonly CheckDescription[],
) => ReadonlyMap<string, string>;
