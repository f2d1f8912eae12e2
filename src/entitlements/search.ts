import { compare } from '../keys/order.ts';
import { type Abbreviations, FIT, type Fit, fitOf, nameAsWords, readQuery } from './abbreviations.ts';
import type { Catalogue } from './catalogue.ts';
import { editDistance } from './distance.ts';
import { isCalled, type NamedProduct, properNames } from './names.ts';
import { nameWords, normalisedName } from './normalise.ts';
import type { ProductFacts } from './types.ts';

export type Search<Product extends NamedProduct> =
  | { readonly kind: 'found'; readonly product: Product }
  /** Several products fit equally well; sorted by name. */
  | { readonly kind: 'ambiguous'; readonly candidates: readonly Product[] }
  /** The products that come nearest, nearest first; may be empty. */
  | { readonly kind: 'not-found'; readonly nearest: readonly Product[] };

/** Nobody abbreviates to more than this; the rest of a longer text is not looked at. */
const ABBREVIATION_LENGTH = 200;
const NEAREST = 5;
/** Share of letters above which two words have nothing to do with each other. */
const MOST_DIFFERENT = 0.4;
/** The same for a whole query: an average, so that one strange word of two is still something. */
const MOST_STRANGE = 0.5;

/**
 * Finds the product that somebody means. An exact id, name or alias beats any abbreviation; both are looked for
 * among the profile's products first and, if none fits, in the whole catalogue. Any text is harmless.
 */
export function findProduct<Product extends NamedProduct>(
  query: string,
  profileProducts: readonly Product[],
  catalogue: Pick<Catalogue, 'all' | 'abbreviations'>,
): Search<Product | ProductFacts> {
  const places: readonly (readonly (Product | ProductFacts)[])[] = [profileProducts, catalogue.all()];
  for (const fits of [exactly(query), byAbbreviation(query, catalogue.abbreviations)]) {
    for (const products of places) {
      const found = fits(products);
      if (found.length > 0) return outcome(found);
    }
  }
  return { kind: 'not-found', nearest: nearestTo(query, distinct(places.flat()), catalogue.abbreviations) };
}

type Fitting = <Product extends NamedProduct>(products: readonly Product[]) => Product[];

function outcome<Product extends NamedProduct>(found: readonly Product[]): Search<Product> {
  const candidates = distinct(found).sort((first, second) => compare(first.name, second.name));
  const [only, another] = candidates;
  if (only !== undefined && another === undefined) return { kind: 'found', product: only };
  return { kind: 'ambiguous', candidates };
}

function distinct<Product extends NamedProduct>(products: readonly Product[]): Product[] {
  const byId = new Map<string, Product>();
  for (const product of products) if (!byId.has(product.id)) byId.set(product.id, product);
  return [...byId.values()];
}

/** An id first; a name or alias only where no id is meant. */
function exactly(query: string): Fitting {
  const id = query.trim().toLowerCase();
  const name = normalisedName(query);
  return (products) => {
    const byId = products.filter((product) => product.id === id);
    if (byId.length > 0 || name === '') return byId;
    return products.filter((product) => isCalled(product, name));
  };
}

/** The products that the query fits best, none if it fits none. */
function byAbbreviation(text: string, abbreviations: Abbreviations): Fitting {
  const query = readQuery(text.slice(0, ABBREVIATION_LENGTH), abbreviations);
  return (products) => {
    let best: Fit = FIT.prefixes;
    let found: (typeof products)[number][] = [];
    for (const product of products) {
      const fit = bestFit(product);
      if (fit === FIT.none || fit < best) continue;
      if (fit > best) found = [];
      best = fit;
      found.push(product);
    }
    return found;
  };

  function bestFit(product: NamedProduct): Fit {
    let best: Fit = FIT.none;
    for (const name of properNames(product)) {
      const fit = fitOf(query, nameAsWords(name, abbreviations));
      if (fit > best) best = fit;
    }
    return best;
  }
}

/** Products whose words come near the query's, by the share of letters to change; nearest first. */
function nearestTo<Product extends NamedProduct>(
  query: string,
  products: readonly Product[],
  abbreviations: Abbreviations,
): Product[] {
  const words = nameWords(query.slice(0, ABBREVIATION_LENGTH));
  if (words.length === 0) return [];
  return products
    .map((product) => ({ product, strangeness: Math.min(...properNames(product).map(strangenessOf)) }))
    .filter(({ strangeness }) => strangeness <= MOST_STRANGE)
    .sort(
      (first, second) =>
        first.strangeness - second.strangeness || compare(first.product.name, second.product.name),
    )
    .slice(0, NEAREST)
    .map(({ product }) => product);

  /** 0 if every word of the query is in the name, 1 if none resembles one. */
  function strangenessOf(name: string): number {
    const known = [...new Set([...nameWords(name), ...nameAsWords(name, abbreviations)])];
    let sum = 0;
    for (const word of words) sum += Math.min(1, ...known.map((other) => wordDistance(word, other)));
    return sum / words.length;
  }
}

/** Share of the longer word's letters that differ; 1 if too many do. */
function wordDistance(first: string, second: string): number {
  if (first === second || second.startsWith(first)) return 0;
  const longer = Math.max(first.length, second.length);
  const limit = Math.floor(longer * MOST_DIFFERENT);
  const distance = editDistance(first, second, limit);
  return distance > limit ? 1 : distance / longer;
}
