/** A fact that may be unknown. Code never turns unknown into no. */
export type Tri = 'yes' | 'no' | 'unknown';

/** A fact about a product and why we say so (a source, or the rule that gave it). */
export interface Fact {
  readonly value: Tri;
  readonly why: string;
  /** Title of the document, or the rule of the article (`S5, by family`), that the fact stands on. */
  readonly source?: string;
}

/** A text for people that stands in a data file, and what it stands on. */
export interface SourcedText {
  readonly id: string;
  readonly text: string;
  readonly source: string;
}

export const PRODUCT_KINDS = [
  'client-os',
  'server-os',
  'office-client',
  'server-app',
  'management-tool',
  'cal',
  'embedded-os',
  'developer-tool',
  'other',
] as const;
export type ProductKind = (typeof PRODUCT_KINDS)[number];

/** What is known of a product, from the catalogue or by its family. */
export interface ProductFacts {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** Wrong names that published tables print: recognised when written out, never by an abbreviation. */
  readonly misprints?: readonly string[];
  readonly kind: ProductKind;
  /** True if the catalogue lists it; a product recognised by family only, or not at all, is false. */
  readonly catalogued: boolean;
  readonly isCal: Fact;
  readonly requiresKey: Fact;
  readonly requiresActivation: Fact;
  readonly downloadable: Fact;
  readonly notes: readonly string[];
}

/** A calendar day, `YYYY-MM-DD`. */
export type IsoDate = string;

/** What a quantity counts: a known unit or the word the source gave. Only `activations` is ever an allowance. */
export type Unit = string;

/** The numbers of a key or product. `remaining` is the ledger's, not Microsoft's (T5). */
export type ActivationNumbers = {
  readonly used: number;
  readonly pending: number;
  /** Null if unknown. */
  readonly allowed: number | null;
  /** allowed - used; negative when over-used; null if allowed is. */
  readonly remaining: number | null;
  /** True where nothing is counted; then used is 0 and the others null. */
  readonly unlimited: boolean;
};

export const ENTITLEMENT_STATES = [
  'available',
  'in-use',
  'used-up',
  'over-used',
  'expired',
  'lapsed',
] as const;
export type EntitlementState = (typeof ENTITLEMENT_STATES)[number];
