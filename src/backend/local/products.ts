import type { Catalogue } from '../../entitlements/catalogue.ts';
import { normalisedName } from '../../entitlements/normalise.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError } from '../../errors.ts';
import { type Sql, text } from '../../store/sql.ts';

/** The facts of a stored product: the catalogue's by id, else what its name tells. */
export function factsOf(catalogue: Catalogue, id: string, name: string): ProductFacts {
  return catalogue.byId(id) ?? { ...catalogue.describe(name), id, name };
}

/** A product of the profile by id; null if the profile does not have it. */
export async function storedFacts(sql: Sql, catalogue: Catalogue, id: string): Promise<ProductFacts | null> {
  const row = await sql.first('SELECT name FROM product WHERE id = ?', id);
  return row === undefined ? null : factsOf(catalogue, id, text(row, 'name'));
}

/** The names a product came under, in the order of the alphabet. */
export async function importedNames(sql: Sql, productId: string): Promise<string[]> {
  const rows = await sql.all('SELECT name FROM product_name WHERE product_id = ? ORDER BY name', productId);
  return rows.map((row) => text(row, 'name'));
}

/**
 * The product somebody means: the profile's own exact names first, which needs no more than two look-ups, then
 * whatever the search finds. Throws NOT_FOUND or AMBIGUOUS with the nearest candidates.
 */
export async function meantProduct(sql: Sql, catalogue: Catalogue, query: string): Promise<ProductFacts> {
  const exact =
    (await storedFacts(sql, catalogue, query)) ??
    // The id of a product that the profile has nothing of is no less exact; a name may have been joined to another one.
    catalogue.byId(query.trim().toLowerCase()) ??
    (await byImportedName(sql, catalogue, normalisedName(query)));
  return exact ?? (await meantAmong(query, await profileProducts(sql, catalogue), catalogue));
}

/** The product that is meant, of these and then of the whole catalogue. Throws NOT_FOUND, AMBIGUOUS. */
export async function meantAmong(
  query: string,
  products: readonly ProductFacts[],
  catalogue: Pick<Catalogue, 'all' | 'abbreviations'>,
): Promise<ProductFacts> {
  const { findProduct } = await import('../../entitlements/search.ts');
  const found = findProduct(query, products, catalogue);
  if (found.kind === 'found') return found.product;
  const candidates = (found.kind === 'ambiguous' ? found.candidates : found.nearest).map(({ id, name }) => ({
    id,
    name,
  }));
  throw noSingleProduct(query, found.kind, candidates);
}

async function byImportedName(
  sql: Sql,
  catalogue: Catalogue,
  normalised: string,
): Promise<ProductFacts | null> {
  const row = await sql.first(
    'SELECT p.id, p.name FROM product_name n JOIN product p ON p.id = n.product_id WHERE n.normalised = ?',
    normalised,
  );
  return row === undefined ? null : factsOf(catalogue, text(row, 'id'), text(row, 'name'));
}

/** The names that the profile itself keeps of each product. */
export async function namesByProduct(sql: Sql): Promise<ReadonlyMap<string, string[]>> {
  const names = new Map<string, string[]>();
  for await (const row of sql.each('SELECT product_id, name FROM product_name ORDER BY product_id, name')) {
    const id = text(row, 'product_id');
    const known = names.get(id);
    if (known === undefined) names.set(id, [text(row, 'name')]);
    else known.push(text(row, 'name'));
  }
  return names;
}

async function profileProducts(sql: Sql, catalogue: Catalogue): Promise<ProductFacts[]> {
  const names = await namesByProduct(sql);
  const products: ProductFacts[] = [];
  for await (const row of sql.each('SELECT id, name FROM product ORDER BY sort_name, id')) {
    const facts = factsOf(catalogue, text(row, 'id'), text(row, 'name'));
    products.push({ ...facts, aliases: [...facts.aliases, ...(names.get(facts.id) ?? [])] });
  }
  return products;
}

const SHOWN_CANDIDATES = 8;

function noSingleProduct(
  query: string,
  kind: 'ambiguous' | 'not-found',
  candidates: readonly { readonly id: string; readonly name: string }[],
): AppError {
  const shown = candidates.slice(0, SHOWN_CANDIDATES);
  const names = shown.map(({ id, name }) => `${name} (${id})`).join(', ');
  const details = { query: query.slice(0, 200), candidates: shown.map(({ id }) => id) };
  if (kind === 'ambiguous') {
    return new AppError('AMBIGUOUS', `"${query.slice(0, 80)}" can mean several products.`, {
      hint: `Name one of them: ${names}${candidates.length > shown.length ? ', …' : ''}`,
      details,
    });
  }
  return new AppError('NOT_FOUND', `No product is called "${query.slice(0, 80)}".`, {
    hint: names === '' ? 'See what there is with: mpn-benefits list' : `The nearest: ${names}`,
    details,
  });
}
