import * as z from 'zod/mini';
import { count, id, instant, isoDate, paging } from './conventions.ts';

export const usageRow = z.object({
  productId: z.string(),
  name: z.string(),
  sources: z.array(z.string()),
  granted: z.nullable(count),
  unit: z.nullable(z.string()),
  allowed: z.nullable(count),
  used: count,
  pending: count,
  remaining: z.nullable(count),
  unlimited: z.boolean(),
  overUse: count,
  keys: count,
  sharedWith: z.array(z.string()),
  machines: count,
  lastActivation: z.nullable(instant),
  lapsesOn: z.nullable(isoDate),
});

export const lapsingRow = z.object({
  machine: z.string(),
  productId: z.string(),
  name: z.string(),
  keyLast5: z.string(),
  lapsesOn: isoDate,
  lastActivation: instant,
});

export const usageQuery = { productId: z.optional(id), ...paging };
export const lapsingQuery = { days: z.int().check(z.gte(0), z.lte(999_999_999)), ...paging };
