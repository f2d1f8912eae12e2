import data from '../../data/import-headers.json' with { type: 'json' };

/** Fields of the portal's grid, in the order of its columns. */
export const PORTAL_FIELDS = ['product', 'source', 'quantity', 'activateBy'] as const;
export type PortalField = (typeof PORTAL_FIELDS)[number];

interface ImportHeaders {
  readonly portal: readonly ({ readonly language: string } & Readonly<
    Record<PortalField, readonly string[]>
  >)[];
  readonly columns: Readonly<Record<string, readonly string[]>>;
  readonly units: Readonly<Record<string, readonly string[]>>;
  /** Names of the twelve months, long and short, in all languages. */
  readonly months: readonly (readonly string[])[];
  /** Words that may stand in a date beside day, month and year. */
  readonly dateWords: readonly string[];
}

/** Shipped data; its shape is checked by a test, not at every start. */
export const IMPORT_HEADERS: ImportHeaders = data;
