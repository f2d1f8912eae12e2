import * as z from 'zod/mini';
import { ALLOWED_BASES, KEY_STATES } from '../activation/numbers.ts';
import { KEY_MARKS } from '../keys/choose.ts';
import { KEY_TYPES } from '../keys/product-key.ts';
import { count, id, instant, isoDate, sentence } from './conventions.ts';

/** What may be shown of a product key: never the key. */
export const keyView = z.object({
  id: z.string(),
  productIds: z.array(z.string()),
  last5: z.string().check(z.maxLength(5)),
  type: z.enum(KEY_TYPES),
  state: z.enum(KEY_STATES),
  unlimited: z.boolean(),
  allowed: z.nullable(count),
  allowedBasis: z.nullable(z.enum(ALLOWED_BASES)),
  used: count,
  pending: count,
  remaining: z.nullable(count),
  claimedOn: z.nullable(isoDate),
  revealedAt: z.nullable(instant),
  note: z.nullable(z.string()),
  markReason: z.nullable(z.string()),
});

export const refundAtStake = z.object({
  atStake: z.nullable(z.object({ offer: z.string(), until: isoDate })),
});

/** Why and by which way a key is taken out. Who and when is for the service to say. */
export const revealRequest = z.strictObject({
  productId: z.nullable(id),
  job: z.nullable(sentence),
  purpose: z.nullable(sentence),
  way: z.string().check(z.minLength(1), z.maxLength(100)),
  target: z.nullable(sentence),
});

/** The one answer that holds a key. */
export const revealedKey = z.object({ key: z.string().check(z.minLength(1)), view: keyView });

export const markRequest = z.strictObject({ mark: z.enum(KEY_MARKS), reason: sentence });

/** One line of the access log. */
export const revealView = z.object({
  id: z.string(),
  at: instant,
  keyId: z.string(),
  last5: z.string(),
  productId: z.nullable(z.string()),
  actor: z.nullable(z.string()),
  job: z.nullable(z.string()),
  purpose: z.nullable(z.string()),
  way: z.string(),
  target: z.nullable(z.string()),
});

export const keyPath = { keyId: id };
export const ofProduct = { productId: z.optional(id) };
