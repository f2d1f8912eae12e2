import type { NamedProduct } from '../entitlements/names.ts';
import { allNames } from '../entitlements/names.ts';
import { nameWords } from '../entitlements/normalise.ts';

/** Names of one word are words of other sentences too: Access, Word, Project. */
const FEWEST_WORDS = 2;

/**
 * The product whose whole name stands in a text, by its id: the longest name counts. Null if there is none, or if that
 * name means more than one product.
 */
export function productNamedIn(text: string, products: Iterable<NamedProduct>): string | null {
  const sentence = spaced(nameWords(text));
  let longest = FEWEST_WORDS - 1;
  const ids = new Set<string>();
  for (const product of products) {
    for (const name of allNames(product)) {
      const words = nameWords(name);
      if (words.length < Math.max(longest, FEWEST_WORDS) || !sentence.includes(spaced(words))) continue;
      if (words.length > longest) ids.clear();
      longest = words.length;
      ids.add(product.id);
    }
  }
  const [id, ...others] = ids;
  return id === undefined || others.length > 0 ? null : id;
}

/** With a blank at both ends, so that only whole words are found in it. */
function spaced(words: readonly string[]): string {
  return ` ${words.join(' ')} `;
}
