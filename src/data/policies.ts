import json from '../../data/policies.json' with { type: 'json' };
import type { PolicyTable } from '../activation/policy.ts';

/** The counting policies: data/policies.json; checked by test/activation/data.test.ts. */
export const POLICIES = json.policies as PolicyTable;
