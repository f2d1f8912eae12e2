/** The three lines of S6. */
export const SCENARIOS = ['new-machine', 'same-machine-unchanged', 'same-machine-changed'] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const POLICY_IDS = ['documented', 'every-activation'] as const;
export type PolicyId = (typeof POLICY_IDS)[number];

/** The policy of that name, as a setting or a database has it; another one where there is none of it. */
export function policyNamed(name: unknown, otherwise: PolicyId): PolicyId {
  return POLICY_IDS.find((policy) => policy === name) ?? otherwise;
}

/** What counts where nothing else is said (T3). */
export const STANDARD_POLICY: PolicyId = 'documented';

/** How activations are counted against a key (T3), as data. */
export interface Policy {
  readonly id: PolicyId;
  readonly title: string;
  readonly appliesTo: string;
  /** What one activation adds to the key's count. */
  readonly deltas: Readonly<Record<Scenario, number>>;
  readonly sources: readonly string[];
}

export type PolicyTable = Readonly<Record<PolicyId, Policy>>;

/** What an activation in this scenario costs under this policy. */
export function deltaOf(table: PolicyTable, policy: PolicyId, scenario: Scenario): number {
  return table[policy].deltas[scenario];
}

/** What an activation costs at most under this policy, whatever its scenario. */
export function dearest(table: PolicyTable, policy: PolicyId): number {
  return Math.max(...SCENARIOS.map((scenario) => deltaOf(table, policy, scenario)));
}

function cost(policy: Policy): number {
  return SCENARIOS.reduce((sum, scenario) => sum + policy.deltas[scenario], 0);
}

/** The policy of a key: the stricter one of its offers' policies, or the fallback if it has no offers. */
export function stricterOf(table: PolicyTable, policies: readonly PolicyId[], fallback: PolicyId): PolicyId {
  const [first = fallback, ...others] = policies;
  return others.reduce((found, policy) => (cost(table[policy]) > cost(table[found]) ? policy : found), first);
}
