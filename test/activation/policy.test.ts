import { describe, expect, test } from 'vitest';
import { dearest, deltaOf, type PolicyId, type Scenario, stricterOf } from '../../src/activation/policy.ts';
import { POLICIES } from '../../src/data/policies.ts';

describe('what an activation costs', () => {
  test.each<[PolicyId, Scenario, number]>([
    ['documented', 'new-machine', 1],
    ['documented', 'same-machine-unchanged', 0],
    ['documented', 'same-machine-changed', 1],
    ['every-activation', 'new-machine', 1],
    ['every-activation', 'same-machine-unchanged', 1],
    ['every-activation', 'same-machine-changed', 1],
  ])('%s: %s counts %i', (policy, scenario, delta) => {
    expect(deltaOf(POLICIES, policy, scenario)).toBe(delta);
  });
});

test('what an activation costs at most is what its dearest scenario counts', () => {
  const documented = { ...POLICIES.documented.deltas, 'same-machine-changed': 3 };
  const table = { ...POLICIES, documented: { ...POLICIES.documented, deltas: documented } };
  expect(dearest(table, 'documented')).toBe(3);
  expect(dearest(table, 'every-activation')).toBe(1);
});

describe('the policy of a key with several offers', () => {
  test.each<[PolicyId[], PolicyId, PolicyId]>([
    [[], 'documented', 'documented'],
    [[], 'every-activation', 'every-activation'],
    [['documented'], 'every-activation', 'documented'],
    [['documented', 'every-activation'], 'documented', 'every-activation'],
    [['every-activation', 'documented'], 'documented', 'every-activation'],
    [['documented', 'documented'], 'every-activation', 'documented'],
  ])('%j, fallback %s: %s', (policies, fallback, expected) => {
    expect(stricterOf(POLICIES, policies, fallback)).toBe(expected);
  });
});
