import type { IsoDate, Unit } from '../entitlements/types.ts';
import type { KeyType } from '../keys/product-key.ts';
import type { Secret } from '../keys/secret.ts';

/** Where in a file a record or finding comes from, for people: `line 12`, `product "X", key 2`. Never a key. */
export type Place = string;

/**
 * Text from a file, safe to store and show: key patterns in it are replaced by their last characters. If there
 * were any, `original` holds the text as it was, to be sealed (model.md, "What hides in text").
 */
export interface ImportedText {
  readonly shown: string;
  readonly original?: Secret;
}

/** One row of a grant: a product, where it comes from, how many, until when. */
export interface EntitlementRecord {
  readonly kind: 'entitlement';
  readonly place: Place;
  readonly product: ImportedText;
  /** The portal's source text, `<program> - <part>`; empty if the file has none. */
  readonly source: ImportedText;
  readonly quantity: number | null;
  readonly unit: Unit | null;
  readonly activateBy: IsoDate | null;
}

/** One product key. A value that is no key pattern but must not be readable comes as type `custom`. */
export interface KeyRecord {
  readonly kind: 'key';
  readonly place: Place;
  readonly product: ImportedText;
  readonly key: Secret;
  readonly type: KeyType;
  /** Activations this key allows, if a column of the file says so. */
  readonly allowed: number | null;
  /** Activations that a key of this type allows by itself (a teaching retail key: 1). */
  readonly allowedByType: number | null;
  readonly claimedOn: IsoDate | null;
  readonly note: ImportedText | null;
  /** Source text of the grant, if the file gives one in the same row. */
  readonly source: ImportedText | null;
}

/** A sentence that stands in place of a key, or a note for a whole product. */
export interface NoteRecord {
  readonly kind: 'note';
  readonly place: Place;
  readonly product: ImportedText;
  readonly text: ImportedText;
}

/** Something in the file that gives no record: skipped on purpose, or rejected because it cannot be read. */
export interface Finding {
  readonly kind: 'skipped' | 'rejected';
  readonly place: Place;
  readonly reason: string;
}

/** Something the user should be told about a file that is otherwise fine. */
export interface ImportWarning {
  readonly kind: 'warning';
  readonly text: string;
}

export type ImportItem = EntitlementRecord | KeyRecord | NoteRecord | Finding | ImportWarning;

export const IMPORT_FORMATS = ['portal', 'keys-export', 'csv'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

export const MAP_FIELDS = [
  'product',
  'key',
  'type',
  'allowed',
  'quantity',
  'unit',
  'source',
  'activateBy',
  'claimedOn',
  'note',
] as const;
export type MapField = (typeof MAP_FIELDS)[number];

export interface ReadOptions {
  /** Overrules detection by content. */
  readonly format?: ImportFormat;
  /** Column heading to field, for CSV. */
  readonly map?: ReadonlyMap<string, MapField>;
  readonly dateFormat?: 'mdy' | 'dmy' | 'ymd';
}

/** Bytes in, records out. Throws AppError INVALID_DATA for a file that is not readable as a whole. */
export interface ImportSource {
  /** For messages: the file's name, or `-`. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}
