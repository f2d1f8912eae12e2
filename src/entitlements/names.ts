import { normalisedName } from './normalise.ts';
import type { ProductFacts } from './types.ts';

/** What has to be known of a product to find it by a name. */
export type NamedProduct = Pick<ProductFacts, 'id' | 'name' | 'aliases' | 'misprints'>;

/** The names that may be abbreviated. */
export function properNames(product: NamedProduct): readonly string[] {
  return [product.name, ...product.aliases];
}

/** Every name that means the product when it is written out. */
export function allNames(product: NamedProduct): readonly string[] {
  return [...properNames(product), ...(product.misprints ?? [])];
}

/** True if one of the product's names is equal to the normalised one. */
export function isCalled(product: NamedProduct, normalised: string): boolean {
  return allNames(product).some((name) => normalisedName(name) === normalised);
}
