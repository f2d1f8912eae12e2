import * as z from 'zod/mini';
import { STATUSES } from '../activation/activations.ts';
import { ASSUMPTIONS, OUTCOMES, PURPOSES, VIAS } from '../activation/events.ts';
import { POLICY_IDS, SCENARIOS } from '../activation/policy.ts';
import { KEY_TYPES } from '../keys/product-key.ts';
import { count, id, instant, paging, sentence, typed } from './conventions.ts';
import { hardwareProfile } from './hardware.ts';
import { numbers } from './numbers.ts';

const assumption = z.nullable(z.enum(ASSUMPTIONS));
const texts = z.array(z.string());
const machine = z.object({ id: z.string(), name: z.string() });

/** What one activation is asked for; the product by its id, the key's wish spelled out. */
export const activationRequest = z.strictObject({
  productId: id,
  wish: z.strictObject({ key: z.nullable(typed), type: z.nullable(z.enum(KEY_TYPES)) }),
  machine: typed,
  hardware: z.nullable(hardwareProfile),
  assume: assumption,
  reason: z.nullable(sentence),
  purpose: z.enum(PURPOSES),
  via: z.enum(VIAS),
});
export type WireActivationRequest = z.output<typeof activationRequest>;

const notNeededPlan = z.object({
  status: z.literal('not-needed'),
  productId: z.string(),
  keyId: z.nullable(z.string()),
  keyLast5: z.nullable(z.string()),
  machine: z.string(),
  via: z.enum(VIAS),
  reasons: texts,
  warnings: texts,
});

export const countedPlan = z.object({
  status: z.literal('planned'),
  productId: z.string(),
  keyId: z.string(),
  keyLast5: z.string(),
  machine: z.object({
    id: z.nullable(z.string()),
    name: z.string(),
    renamedFrom: z.nullable(z.string()),
    replaces: z.nullable(machine),
    returns: z.boolean(),
  }),
  hardware: z.nullable(hardwareProfile),
  scenario: z.enum(SCENARIOS),
  assumed: assumption,
  reasons: texts,
  warnings: texts,
  confirm: texts,
  policy: z.enum(POLICY_IDS),
  delta: count,
  continues: z.nullable(z.string()),
  before: numbers,
  after: numbers,
  refusal: z.nullable(z.object({ message: z.string(), facts: texts, options: texts })),
  via: z.enum(VIAS),
  purpose: z.enum(PURPOSES),
  reason: z.nullable(z.string()),
  choice: z.array(z.object({ keyLast5: z.string(), reason: z.string() })),
});

export const activationPlan = z.discriminatedUnion('status', [notNeededPlan, countedPlan]);

/** The plan that was confirmed comes along: what became dearer meanwhile is refused. */
export const reserveRequest = z.strictObject({ request: activationRequest, confirmed: countedPlan });

/** A reservation that is on the disk. */
export const reservation = z.object({
  plan: countedPlan,
  performed: z.object({ activationId: z.string(), status: z.literal('pending'), numbers }),
});

export const settleRequest = z.strictObject({
  outcome: z.enum(OUTCOMES),
  code: z.nullable(z.string().check(z.maxLength(200))),
  reason: z.nullable(sentence),
});

export const activation = z.object({
  activationId: z.string(),
  seq: count,
  at: instant,
  settledAt: z.nullable(instant),
  productId: z.string(),
  keyId: z.string(),
  keyLast5: z.string(),
  machine,
  hardware: z.nullable(hardwareProfile),
  scenario: z.enum(SCENARIOS),
  assumed: assumption,
  reasons: texts,
  reserved: count,
  delta: count,
  policy: z.enum(POLICY_IDS),
  via: z.enum(VIAS),
  status: z.enum(STATUSES),
  code: z.nullable(z.string()),
  reason: z.nullable(z.string()),
  purpose: z.enum(PURPOSES),
  actor: z.nullable(z.string()),
});

/** An activation and its events, each exactly as it is hashed in the ledger. */
export const activationHistory = z.object({ activation, events: texts });

export const activationsQuery = {
  productId: z.optional(id),
  machine: z.optional(typed),
  ...paging,
};
export const activationPath = { activationId: id };

/** One of `used` and `remaining` is a number; neither if `allowed` alone is set. */
export const adjustRequest = z.strictObject({
  productId: id,
  key: z.nullable(typed),
  used: z.nullable(count.check(z.gte(0))),
  remaining: z.nullable(count.check(z.gte(0))),
  allowed: z.nullable(count.check(z.gte(0))),
  reason: sentence.check(z.minLength(1)),
});
export const adjustReport = z.object({
  productId: z.string(),
  keyLast5: z.string(),
  usedBefore: count,
  usedAfter: count,
  allowed: z.nullable(count),
  remaining: z.nullable(count),
});
