import type { Catalogue } from './catalogue.ts';
import type { ProductFacts } from './types.ts';

/** What a search needs to know of a product. */
export type NamedProduct = Pick<ProductFacts, 'id' | 'name' | 'aliases'>;

export type Search<Product extends NamedProduct> =
  | { readonly kind: 'found'; readonly product: Product }
  /** Several products fit equally well, in the order of their names. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Product[] }
  /** The products that come nearest, nearest first; may be empty. */
  | { readonly kind: 'not-found'; readonly nearest: readonly Product[] };

/**
 * Finds the product that somebody means: by id, name or alias, else by an abbreviation, first among the
 * profile's products, then in the whole catalogue. Any text is harmless.
 */
export function findProduct<Product extends NamedProduct>(
  _query: string,
  _profileProducts: readonly Product[],
  _catalogue: Pick<Catalogue, 'all' | 'abbreviations'>,
): Search<Product | ProductFacts> {
  return { kind: 'not-found', nearest: [] };
}
