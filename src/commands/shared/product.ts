import type { Backend } from '../../backend/backend.ts';
import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';

/**
 * The product somebody named. On a terminal an ambiguous name offers a choice. Throws NOT_FOUND, AMBIGUOUS,
 * CANCELLED.
 */
export async function chosenProduct(
  query: string,
  backend: Backend,
  context: Context,
): Promise<ProductFacts> {
  try {
    return await backend.entitlements.find(query);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'AMBIGUOUS' || !context.terminal.canPrompt)
      throw error;
    const candidates = error.details['candidates'];
    if (typeof candidates !== 'object' || candidates === null) throw error;
    const products = await Promise.all(candidates.map((id) => backend.entitlements.find(id)));
    const { select } = await import('../../terminal/prompts.ts');
    return select(context.terminal, {
      message: 'Which product do you mean',
      flag: 'the product id',
      choices: products.map((product) => ({ name: product.name, value: product, description: product.id })),
    });
  }
}
