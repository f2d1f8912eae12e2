import type { Context } from '../../context.ts';
import type { NamedProduct } from '../../entitlements/names.ts';
import { AppError } from '../../errors.ts';
import { productNamedIn } from '../../troubleshooting/product-name.ts';
import type { Given } from './given.ts';
import { readableLedger } from './ledger.ts';

/** A longer text is a screen or a log, which names many a product. */
const LONGEST_SENTENCE = 2000;
/** What is left of a text of codes alone says no name. */
const CODES = /\b(?:0x)?[0-9a-f]{8}\b/gi;

/** The product of the profile, else of the catalogue, that somebody names in a sentence; undefined if none. */
export async function namedProduct(
  { text, reading }: Given,
  context: Context,
): Promise<NamedProduct | undefined> {
  const isScreen = text.length > LONGEST_SENTENCE || reading.products.some(({ product }) => product !== null);
  if (isScreen || !/\p{L}{3}/u.test(text.replace(CODES, ''))) return undefined;
  const { CATALOGUE_DATA } = await import('../../data/catalogue.ts');
  const products = [...(await ownProducts(context)), ...CATALOGUE_DATA.products];
  const id = productNamedIn(text, products);
  return products.find((product) => product.id === id);
}

async function ownProducts(context: Context): Promise<readonly NamedProduct[]> {
  const products = new Map<string, NamedProduct>();
  const ledger = await readableLedger(context);
  if (ledger instanceof AppError) return [];
  for await (const { productId: id, name } of ledger.entitlements.list({}))
    products.set(id, { id, name, aliases: [] });
  return [...products.values()];
}
