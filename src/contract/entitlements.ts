import * as z from 'zod/mini';
import { ENTITLEMENT_STATES, PRODUCT_KINDS } from '../entitlements/types.ts';
import { count, id, isoDate, typed } from './conventions.ts';
import { keyView } from './keys.ts';
import { numbers } from './numbers.ts';

const triState = z.nullable(z.boolean());

/** One line of `list`. */
export const entitlementRow = z.object({
  id: z.string(),
  productId: z.string(),
  name: z.string(),
  kind: z.enum(PRODUCT_KINDS),
  source: z.string(),
  program: z.nullable(z.string()),
  quantity: z.nullable(count),
  unit: z.nullable(z.string()),
  activateBy: z.nullable(isoDate),
  lapsesOn: z.nullable(isoDate),
  requiresKey: triState,
  requiresActivation: triState,
  isCal: triState,
  keyCount: count,
  activations: numbers,
  state: z.enum(ENTITLEMENT_STATES),
});

/** The same, with the names that searching a list looks at besides id and name: the product's aliases. */
export const listedEntitlement = z.extend(entitlementRow, { aliases: z.array(z.string()) });

const fact = z.object({
  value: z.enum(['yes', 'no', 'unknown']),
  why: z.string(),
  source: z.exactOptional(z.string()),
});

/** What is known of a product, from the catalogue or by its family. */
export const productFacts = z.object({
  id: z.string(),
  name: z.string(),
  aliases: z.array(z.string()),
  misprints: z.exactOptional(z.array(z.string())),
  kind: z.enum(PRODUCT_KINDS),
  catalogued: z.boolean(),
  isCal: fact,
  requiresKey: fact,
  requiresActivation: fact,
  downloadable: fact,
  notes: z.array(z.string()),
});

/** Everything a profile knows of one product. */
export const productView = z.object({
  facts: productFacts,
  aliases: z.array(z.string()),
  notes: z.array(z.string()),
  entitlements: z.array(entitlementRow),
  activations: numbers,
  keys: z.array(keyView),
});

export const aliasRequest = z.strictObject({ name: typed });
export const aliasReport = z.object({
  name: z.string(),
  productId: z.string(),
  merged: z.nullable(z.string()),
  entitlements: count,
  keys: count,
});

export const productQuery = { query: typed };
export const productPath = { productId: id };
