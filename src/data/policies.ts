import json from '../../data/policies.json' with { type: 'json' };
import type { PolicyTable } from '../activation/policy.ts';

function tableOf(): PolicyTable {
  const byId = Object.fromEntries(json.policies.map((policy) => [policy.id, policy]));
  // The border where the file gets its type; test/activation/data.test.ts checks the file against it.
  return byId as unknown as PolicyTable;
}

/** The counting policies of data/policies.json. */
export const POLICIES: PolicyTable = tableOf();
