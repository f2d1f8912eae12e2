import json from '../../data/manual-activation.json' with { type: 'json' };
import type { ProductKind } from '../entitlements/types.ts';

/** The steps of an activation by hand, and which of them each kind of product has. */
export interface ManualActivationData {
  readonly steps: Readonly<Record<string, string>>;
  readonly kinds: Readonly<Partial<Record<ProductKind, readonly string[]>>>;
  /** For every other kind. */
  readonly others: readonly string[];
}

/** How to activate by hand: data/manual-activation.json; checked by test/data/manual-activation.test.ts. */
export const MANUAL_ACTIVATION: ManualActivationData = json;
