import * as z from 'zod/mini';
import { IMPORT_FORMATS } from '../importers/record.ts';
import { KEY_TYPES } from '../keys/product-key.ts';
import { count, id, instant, isoDate, sentence, typed } from './conventions.ts';

const place = z.string();

/** Text from a file; `original` if keys were hiding in it, to be sealed at once. */
const importedText = z.strictObject({ shown: z.string(), original: z.nullable(z.string()) });

const entitlementRecord = z.strictObject({
  kind: z.literal('entitlement'),
  place,
  product: importedText,
  source: importedText,
  quantity: z.nullable(count),
  unit: z.nullable(z.string()),
  activateBy: z.nullable(isoDate),
});

const keyRecord = z.strictObject({
  kind: z.literal('key'),
  place,
  product: importedText,
  key: z.string(),
  type: z.enum(KEY_TYPES),
  allowed: z.nullable(count),
  allowedByType: z.nullable(count),
  claimedOn: z.nullable(isoDate),
  note: z.nullable(importedText),
  source: z.nullable(importedText),
});

const noteRecord = z.strictObject({
  kind: z.literal('note'),
  place,
  product: importedText,
  text: importedText,
});
const finding = (kind: 'skipped' | 'rejected') =>
  z.strictObject({ kind: z.literal(kind), place, reason: z.string() });
const warning = z.strictObject({ kind: z.literal('warning'), text: z.string() });

export const importItem = z.discriminatedUnion('kind', [
  entitlementRecord,
  keyRecord,
  noteRecord,
  finding('skipped'),
  finding('rejected'),
  warning,
]);
export type WireImportItem = z.output<typeof importItem>;

/** One file, read to its end by the client: one transaction. Files of one command go on in one import. */
export const importRequest = z.strictObject({
  /** The import that an earlier file of the same command began; null for the first. */
  continues: z.nullable(id),
  dryRun: z.boolean(),
  strict: z.boolean(),
  force: z.boolean(),
  offer: z.nullable(typed),
  file: z.strictObject({ name: sentence, format: z.enum(IMPORT_FORMATS) }),
  items: z.array(importItem),
});

const placed = z.object({ place: z.string(), reason: z.string() });
export const fileReport = z.object({
  file: z.string(),
  format: z.enum(IMPORT_FORMATS),
  new: count,
  changed: count,
  unchanged: count,
  skipped: z.array(placed),
  rejected: z.array(placed),
});

export const importAnswer = z.object({
  /** Null for a dry run. */
  id: z.nullable(z.string()),
  report: fileReport,
  warnings: z.array(z.string()),
});

export const importSummary = z.object({
  id: z.string(),
  at: instant,
  undoneAt: z.nullable(instant),
  files: z.array(fileReport),
});

export const undoReport = z.object({
  id: z.string(),
  removed: z.object({ entitlements: count, keys: count, notes: count, products: count }),
  restored: count,
  kept: z.array(z.string()),
});

export const importPath = { importId: id };
