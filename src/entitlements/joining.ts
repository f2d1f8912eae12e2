import type { ProductFacts } from './types.ts';

type Named = Pick<ProductFacts, 'id' | 'name' | 'kind' | 'catalogued'>;
type Joined = Named & Pick<ProductFacts, 'isCal'>;

/** What a name tells by itself is known, from the catalogue or by its family. */
function isRecognised({ catalogued, kind }: Named): boolean {
  return catalogued || kind !== 'other';
}

/**
 * True if a name says that it is something else than the product that it is to be joined to: then one of both was mixed up
 * with the other, and whatever is imported under the name would be counted as what it is not.
 * @param own what the name tells by itself.
 */
export function isOtherKind(own: Named, product: Named): boolean {
  return isRecognised(own) && own.kind !== product.kind;
}

/** What somebody has to agree to before a name is joined to a product; null if nothing. */
export function joiningDoubt(own: Named, product: Joined): string | null {
  if (own.id === product.id || isOtherKind(own, product)) return null;
  if (own.catalogued)
    return `${own.name} is a product of its own. Count what is imported as ${product.name}?`;
  // Of a CAL nothing is activated, so a name that does not say it is one may bring what does not belong there.
  if (product.isCal.value === 'yes' && own.kind !== 'cal')
    return `${product.name} is a client access licence, and "${own.name}" does not say so. Join it?`;
  return null;
}
