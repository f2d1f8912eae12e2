import type { ProductFacts, ProductKind, SourcedText } from './types.ts';

/** Which texts a product gets, by their ids. */
export interface InstructionSet {
  readonly steps: readonly string[];
  /** Restrictions and other things to know. */
  readonly notes: readonly string[];
}

/** Products that differ from the rest of their kind. */
export type SpecialCase = 'rds-cal' | 'sign-in';

export type NoKeyReason = 'cal' | 'sign-in' | 'not-needed' | 'not-imported';

/** The texts of the data file, and who gets which. */
export interface InstructionsData {
  /** Where the portal lists software benefits. */
  readonly portalUrl: string;
  readonly texts: readonly SourcedText[];
  readonly kinds: Readonly<Record<ProductKind, InstructionSet>>;
  readonly special: Readonly<Record<SpecialCase, InstructionSet>>;
  /** Why there is no key: ids of texts. */
  readonly noKey: Readonly<Record<NoKeyReason, string>>;
}

/** What `show` says about a product beyond its names and grants. */
export interface Explanation {
  readonly requiresKeyWhy: string;
  readonly requiresActivationWhy: string;
  /** In order, to be numbered (S3, S4); for a CAL what it is instead (S7). */
  readonly instructions: readonly SourcedText[];
  readonly portalUrl: string;
  /** The product's own notes, then what holds for all of its kind. */
  readonly notes: readonly string[];
}

/** Explains a product from the texts. Promises nothing that the data does not hold. */
export function explainProduct(product: ProductFacts, data: InstructionsData): Explanation {
  const special = specialCase(product);
  const { steps, notes } = special === null ? data.kinds[product.kind] : data.special[special];
  return {
    requiresKeyWhy: product.requiresKey.why,
    requiresActivationWhy: product.requiresActivation.why,
    instructions: steps.map((id) => textById(id, data)),
    portalUrl: data.portalUrl,
    notes: [...product.notes, ...notes.map((id) => textById(id, data).text)],
  };
}

/**
 * Of all CALs only those for Remote Desktop Services may come with a key; a developer tool without a key is one
 * that people sign in to.
 */
export function specialCase(product: Pick<ProductFacts, 'kind' | 'requiresKey'>): SpecialCase | null {
  if (product.kind === 'cal' && product.requiresKey.value !== 'no') return 'rds-cal';
  if (product.kind === 'developer-tool' && product.requiresKey.value === 'no') return 'sign-in';
  return null;
}

/** A text of the data file. */
export function textById(id: string, data: InstructionsData): SourcedText {
  const text = data.texts.find((candidate) => candidate.id === id);
  if (text === undefined) throw new RangeError(`data names a text that is not there: ${id}`);
  return text;
}
