import { type InstructionsData, type NoKeyReason, specialCase, textById } from './explain.ts';
import type { ProductFacts, SourcedText } from './types.ts';

/** Why a product of which no key is stored has none to give out. Unknown is never taken for "has none". */
export function noKeyReason(product: Pick<ProductFacts, 'kind' | 'requiresKey'>): NoKeyReason {
  if (product.requiresKey.value !== 'no') return 'not-imported';
  if (product.kind === 'cal') return 'cal';
  return specialCase(product) === 'sign-in' ? 'sign-in' : 'not-needed';
}

/** The same for people. */
export function explainNoKey(
  product: Pick<ProductFacts, 'kind' | 'requiresKey'>,
  data: InstructionsData,
): SourcedText {
  return textById(data.noKey[noKeyReason(product)], data);
}
