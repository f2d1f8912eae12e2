import * as z from 'zod/mini';
import { count, id, instant, isoDate } from './conventions.ts';

export const ROLES = ['reader', 'provisioner', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks, as the service sees it. */
export const session = z.object({
  kind: z.enum(['service-token', 'person', 'workload']),
  /** The actor that the ledger will name. */
  name: z.string(),
  role: z.enum(ROLES),
  /** Products a provisioner may have; null: all. */
  products: z.nullable(z.array(z.string())),
  /** When this credential ends. */
  expires: z.nullable(instant),
  issuer: z.nullable(z.string()),
});
export type Session = z.output<typeof session>;

/** How people sign in. Asked for without a credential; says nothing that is not public. */
export const signIn = z.object({
  issuer: z.nullable(z.string()),
  clientId: z.nullable(z.string()),
  /** Scopes to ask for, the service's own included. */
  scopes: z.array(z.string()),
});
export type SignIn = z.output<typeof signIn>;

export const serviceToken = z.object({
  id: z.string(),
  name: z.nullable(z.string()),
  role: z.enum(ROLES),
  products: z.nullable(z.array(z.string())),
  created: instant,
  /** Under whose name it was made. */
  createdBy: z.string(),
  expires: instant,
  revoked: z.nullable(instant),
  lastUsed: z.nullable(instant),
});

/** The longest life of a token, in days. */
export const MOST_DAYS = 365;

export const newTokenRequest = z.strictObject({
  name: z.nullable(z.string().check(z.maxLength(200))),
  role: z.enum(ROLES),
  products: z.nullable(z.array(id).check(z.maxLength(1000))),
  expiresInDays: z.int().check(z.gte(1), z.lte(MOST_DAYS)),
});

/** The only answer that ever holds the token. */
export const newToken = z.object({ token: z.string(), entry: serviceToken });
export const tokenPath = { tokenId: id };

/** The team's profile as a whole. */
export const profile = z.object({
  ledger: z.string(),
  /** True while nothing was ever stored: what a profile can move into. */
  empty: z.boolean(),
  /** Made-up data that goes away. */
  sandbox: z.boolean(),
  /** Version of the service's program. */
  version: z.string(),
  /** Version of its schema, which a profile that moves in must have. */
  schema: count,
  today: isoDate,
});

const cell = z.union([z.string(), z.int(), z.null()]);

/**
 * A whole profile that moves in: rows of its tables by the names of their columns, the ledger as it is. Sealed
 * values are opened and come as `key` and `original`; the service seals them anew under its own vault key.
 */
export const profileContents = z.strictObject({
  schema: count,
  ledger: z.string(),
  head: z.string(),
  tables: z.record(z.string(), z.array(z.record(z.string(), cell))),
});

/** Said only when all of it is stored and the chain was verified on the other side too. */
export const moveReport = z.object({
  ledger: z.string(),
  head: z.string(),
  entitlements: count,
  keys: count,
  events: count,
});
