import * as z from 'zod/mini';
import { count } from './conventions.ts';

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
/** How far a chain reaches: its last event and the hash of that. */
const chainEnd = z.strictObject({ chain: z.string(), seq: count, head: hash });

/** The ledger as it stands: how far each chain reaches, and the hash over all of them. */
export const ledgerHead = z.object({ ledger: z.string(), head: hash, chains: z.array(chainEnd) });

/** An event exactly as it is hashed. */
export const storedEvent = z.object({ chain: z.string(), seq: count, text: z.string(), hash });

export const verifyRequest = z.strictObject({
  /** An earlier state that must be a prefix of today's. */
  earlier: z.nullable(z.strictObject({ ledger: z.string(), chains: z.array(chainEnd) })),
});

export const ledgerReport = z.object({
  ok: z.boolean(),
  ledger: z.string(),
  events: count,
  head: z.string(),
  chains: z.array(
    z.object({
      chain: z.string(),
      keyLast5: z.nullable(z.string()),
      events: count,
      head: z.string(),
      ok: z.boolean(),
    }),
  ),
  findings: z.array(z.object({ chain: z.nullable(z.string()), seq: z.nullable(count), problem: z.string() })),
});

export const sinceQuery = { head: hash };
/** Null: that head never was this ledger's. */
export const sinceAnswer = z.object({ events: z.nullable(count) });
