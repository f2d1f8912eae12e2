import type { Context } from '../../context.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { keyCalled } from '../../keys/choose.ts';
import { chosenProduct } from '../shared/product.ts';

interface Named {
  readonly product?: string | undefined;
  readonly key?: string | undefined;
}

/** The product that was named, or whose key was. Throws USAGE, NOT_FOUND, AMBIGUOUS. */
export async function meantProduct(
  { product: name, key: wanted }: Named,
  context: Context,
): Promise<ProductFacts> {
  const backend = await context.backend();
  if (name === undefined && wanted !== undefined) {
    const { productIds } = keyCalled(await backend.keys.list(undefined), wanted, 'of this profile');
    if (productIds[0] !== undefined) return backend.entitlements.find(productIds[0]);
  }
  if (name === undefined) {
    throw new AppError('USAGE', 'Which product? None was named.', {
      hint: 'As in: mpn-benefits key "Office 2019". All keys: mpn-benefits key --list',
    });
  }
  try {
    return await chosenProduct(name, backend, context);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'NOT_FOUND' || !KEY_ID.test(name)) throw error;
    throw new AppError('NOT_FOUND', error.message, {
      hint: `It looks like the id of a key. That is named with: --key ${name}`,
      details: error.details,
    });
  }
}

const KEY_ID = /^k-[a-z0-9]{6,}$/i;
