import * as z from 'zod/mini';
import { POLICY_IDS } from '../activation/policy.ts';
import { OFFER_STATUSES } from '../entitlements/offers.ts';
import { isoDate, typed } from './conventions.ts';

export const offerView = z.object({
  program: z.string(),
  part: z.string(),
  purchased: z.nullable(isoDate),
  anniversary: z.nullable(isoDate),
  benefitsEnd: z.nullable(isoDate),
  refundUntil: z.nullable(isoDate),
  status: z.enum(OFFER_STATUSES),
  policy: z.enum(POLICY_IDS),
});

/** Null: as it is. */
export const offerChanges = z.strictObject({
  purchased: z.nullable(isoDate),
  policy: z.nullable(z.enum(POLICY_IDS)),
});

/** A programme and part as people write it, `action-pack:core` or `MAPS - Core`. */
export const offerPath = { offer: typed };
