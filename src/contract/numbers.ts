import * as z from 'zod/mini';
import { count } from './conventions.ts';

/** The numbers of a key or product. */
export const numbers = z.object({
  used: count,
  pending: count,
  allowed: z.nullable(count),
  remaining: z.nullable(count),
  unlimited: z.boolean(),
});
