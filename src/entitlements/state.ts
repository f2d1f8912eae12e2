import { isPast } from './days.ts';
import type { ActivationNumbers, EntitlementState, IsoDate } from './types.ts';

/** What decides the state of an entitlement. Unknown dates are null and decide nothing. */
export interface StateFacts {
  /** Last day on which the grant may be used: the offer's benefitsEnd. */
  readonly lapsesOn: IsoDate | null;
  readonly activateBy: IsoDate | null;
  /** The product's numbers, or those of the entitlement's keys. */
  readonly numbers: ActivationNumbers;
}

/** The state of an entitlement: the first that holds, in this order. */
export function entitlementState(facts: StateFacts, today: IsoDate): EntitlementState {
  const { used, remaining } = facts.numbers;
  if (isPast(facts.lapsesOn, today)) return 'lapsed';
  if (isPast(facts.activateBy, today)) return 'expired';
  if (remaining !== null && remaining < 0) return 'over-used';
  if (remaining === 0) return 'used-up';
  return used > 0 ? 'in-use' : 'available';
}
