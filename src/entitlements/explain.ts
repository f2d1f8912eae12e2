import type { ProductFacts, ProductKind, SourcedText } from './types.ts';

/** The texts of the data file, and which of them a kind of product gets, by id. */
export interface InstructionsData {
  /** Where the portal lists software benefits. */
  readonly portalUrl: string;
  readonly texts: readonly SourcedText[];
  readonly kinds: Readonly<Record<ProductKind, InstructionSet>>;
  /** What takes the place of a kind's set for single products, by family or fact. */
  readonly special: Readonly<Record<'rds-cal' | 'sign-in' | 'no-key', InstructionSet>>;
  /** Why there is no key, by reason. */
  readonly noKey: Readonly<Record<NoKeyReason, string>>;
}

export interface InstructionSet {
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

export type NoKeyReason = 'cal' | 'sign-in' | 'not-needed' | 'not-imported';

/** What `show` says about a product beyond its names and grants. */
export interface Explanation {
  readonly requiresKeyWhy: string;
  readonly requiresActivationWhy: string;
  /** In order, to be numbered (S3, S4); for a CAL what it is instead (S7). */
  readonly instructions: readonly SourcedText[];
  readonly portalUrl: string;
  /** The product's own notes, then restrictions of its kind. */
  readonly notes: readonly string[];
}

/** Explains a product from the texts. Promises nothing that the data does not hold. */
export function explainProduct(product: ProductFacts, data: InstructionsData): Explanation {
  return {
    requiresKeyWhy: product.requiresKey.why,
    requiresActivationWhy: product.requiresActivation.why,
    instructions: [],
    portalUrl: data.portalUrl,
    notes: product.notes,
  };
}
