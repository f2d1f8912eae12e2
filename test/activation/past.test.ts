import { describe, expect, test } from 'vitest';
import { allPast, refuseIfPast } from '../../src/activation/past.ts';

const TODAY = '2026-11-24';
const entitlement = (activateBy: string | null, lapsesOn: string | null = null) => ({ activateBy, lapsesOn });

describe('entitlements that cover no activation today', () => {
  test.each([
    ['none at all', [], false],
    ['no dates', [entitlement(null)], false],
    ['the last day is today', [entitlement(TODAY, TODAY)], false],
    ['activate-by was yesterday', [entitlement('2026-11-23')], true],
    ['lapsed yesterday', [entitlement('2027-01-01', '2026-11-23')], true],
    ['one of two still runs', [entitlement('2026-11-23'), entitlement(null)], false],
    ['both are over', [entitlement('2026-11-23'), entitlement(null, '2020-01-01')], true],
  ])('%s', (_, entitlements, past) => {
    expect(allPast(entitlements, TODAY)).toBe(past);
  });

  test('only a reason lets an activation through', () => {
    const over = [entitlement('2026-11-23')];
    expect(() => refuseIfPast(over, TODAY, null)).toThrowError(expect.objectContaining({ code: 'USAGE' }));
    expect(() => refuseIfPast(over, TODAY, ' ')).toThrowError(expect.objectContaining({ code: 'USAGE' }));
    expect(() => refuseIfPast(over, TODAY, 'renewed, not imported yet')).not.toThrow();
    expect(() => refuseIfPast([], TODAY, null)).not.toThrow();
  });
});
