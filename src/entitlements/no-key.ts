import type { InstructionsData, NoKeyReason } from './explain.ts';
import type { ProductFacts, SourcedText } from './types.ts';

/** Why no key of a product can be given out. For a product of which no key is stored. */
export function noKeyReason(_product: ProductFacts): NoKeyReason {
  return 'not-imported';
}

/** The same for people. */
export function explainNoKey(product: ProductFacts, data: InstructionsData): SourcedText {
  const id = data.noKey[noKeyReason(product)];
  return { id, text: '', source: '' };
}
