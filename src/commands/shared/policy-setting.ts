import { type PolicyId, policyNamed, STANDARD_POLICY } from '../../activation/policy.ts';
import type { Context } from '../../context.ts';

/** Of offers that have none of their own. */
export function policySetting(context: Context): PolicyId {
  return policyNamed(context.setting('policy').value, STANDARD_POLICY);
}
