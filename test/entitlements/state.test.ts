import { describe, expect, it } from 'vitest';
import { entitlementState } from '../../src/entitlements/state.ts';
import type { ActivationNumbers, IsoDate } from '../../src/entitlements/types.ts';

const TODAY = '2026-11-24';
const YESTERDAY = '2026-11-23';

function numbers(used: number, allowed: number | null): ActivationNumbers {
  return { used, allowed, pending: 0, remaining: allowed === null ? null : allowed - used, unlimited: false };
}

describe('the state of an entitlement is the first that holds', () => {
  it.each<[string, IsoDate | null, IsoDate | null, ActivationNumbers, string]>([
    ['lapsed beats everything', YESTERDAY, YESTERDAY, numbers(12, 10), 'lapsed'],
    ['expired beats over-used', TODAY, YESTERDAY, numbers(12, 10), 'expired'],
    ['more used than allowed', TODAY, TODAY, numbers(11, 10), 'over-used'],
    ['all used', null, null, numbers(10, 10), 'used-up'],
    ['nothing was allowed', null, null, numbers(0, 0), 'used-up'],
    ['some used', null, null, numbers(1, 10), 'in-use'],
    ['used, allowance unknown', null, null, numbers(40, null), 'in-use'],
    ['none used', null, null, numbers(0, 10), 'available'],
    ['nothing known', null, null, numbers(0, null), 'available'],
    ['the last day of activating', null, TODAY, numbers(0, 10), 'available'],
    ['the last day of benefits', TODAY, null, numbers(0, 10), 'available'],
    ['the day after', YESTERDAY, null, numbers(0, 10), 'lapsed'],
    ['lapsed although activateBy is still to come', YESTERDAY, '2027-01-01', numbers(0, 10), 'lapsed'],
  ])('%s', (_, lapsesOn, activateBy, counts, state) => {
    expect(entitlementState({ lapsesOn, activateBy, numbers: counts }, TODAY)).toBe(state);
  });

  it('of what is not counted is available', () => {
    const unlimited = { used: 0, pending: 0, allowed: null, remaining: null, unlimited: true };
    expect(entitlementState({ lapsesOn: null, activateBy: null, numbers: unlimited }, TODAY)).toBe(
      'available',
    );
  });
});
