import type { Activation } from '../../activation/activations.ts';
import { counted } from '../../counted.ts';
import { createCatalogue } from '../../entitlements/catalogue.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError, isNoSuchThing } from '../../errors.ts';
import type { ActivationFilter, Entitlements, ProductView } from '../backend.ts';
import { factsOf, meantAmong } from '../local/products.ts';
import type { Cache, Entry } from './cache.ts';
import { filteredRows, type NamedRow } from './filter.ts';
import type { Remote } from './resources.ts';
import { offlineError, RECENT, type RemoteSetup, ROWS, recentName, viewName } from './setup.ts';

export interface EntitlementsSetup extends Pick<RemoteSetup, 'origin' | 'offline' | 'now' | 'tell'> {
  readonly cache: Cache | null;
  readonly remote: () => Promise<Remote>;
}

/** What is listed and shown, and what is shown with it. */
export interface RemoteEntitlements extends Entitlements {
  /** The newest activations of a product if so few are asked for that they are kept; else undefined. */
  recent(filter: ActivationFilter): Promise<readonly Activation[] | undefined>;
}

/** How long what was fetched answers without asking again, in milliseconds. */
export const FRESH_FOR = 60_000;

/** Lists and shows from the cache while it is fresh; else asks whether it still is true, and fetches what is not. */
export function remoteEntitlements(setup: EntitlementsSetup): RemoteEntitlements {
  const { cache, offline, now, tell, remote } = setup;

  const isFresh = ({ at, stale }: Entry): boolean => {
    const age = now().getTime() - at;
    return !stale && age >= 0 && age < FRESH_FOR;
  };

  const tellAge = ({ at, stale }: Entry): void => {
    const age = `Fetched ${ageOf(now().getTime() - at)} ago`;
    if (offline) tell.note(`${age}${stale ? ', and changed since' : ''}; the service was not asked.`);
    else tell.verbose(`${age}.`);
  };

  /** From the cache, if that is enough. What comes out was validated before it was stored. */
  const kept = async (name: string, how?: 'quietly'): Promise<readonly unknown[] | undefined> => {
    const entry = await cache?.entry(name);
    if (entry === undefined || !(offline || isFresh(entry))) return undefined;
    const found = await cache?.items(name);
    if (found === undefined) return undefined;
    if (how !== 'quietly') tellAge(found.entry);
    return found.items;
  };

  /** Offline there is only what is kept. */
  const notKept = (): AppError => {
    const error = offlineError(setup.origin, cache !== null);
    if (cache === null) return error;
    return new AppError(
      'UNAVAILABLE',
      `This was not fetched from ${setup.origin} yet, and --offline was given.`,
      {
        hint: 'While there is a network, fetch everything with: mpn-benefits cache refresh',
        details: error.details,
      },
    );
  };

  const rows = async (): Promise<readonly NamedRow[]> => {
    const found = await kept(ROWS);
    if (found !== undefined) return found as readonly NamedRow[];
    if (offline) throw notKept();
    return (await remote()).fetchRows();
  };

  /** Without a word of its age where it is found: what is told of it next is of another age. */
  const findKept = async (query: string): Promise<ProductFacts> => {
    const found = await kept(ROWS, 'quietly');
    if (found === undefined) throw notKept();
    try {
      return await findOffline(query, found as readonly NamedRow[], setup);
    } catch (error) {
      await kept(ROWS);
      throw error;
    }
  };

  const view = async (product: ProductFacts): Promise<ProductView> => {
    const found = await kept(viewName(product.id));
    if (found !== undefined) return found[0] as ProductView;
    if (offline) throw notKept();
    return (await remote()).fetchView(product.id);
  };

  /** The product of that very id, if it was shown a moment ago. */
  const exactly = async (query: string): Promise<ProductFacts | undefined> => {
    const entry = await cache?.entry(viewName(query));
    if (entry !== undefined && isFresh(entry)) {
      const found = await cache?.items(viewName(query));
      return (found?.items[0] as ProductView | undefined)?.facts;
    }
    return undefined;
  };

  /** The product of the fresh list that is meant; undefined where the service may know better. */
  const amongFresh = async (query: string): Promise<ProductFacts | undefined> => {
    const listed = await kept(ROWS, 'quietly');
    if (listed === undefined) return undefined;
    const all = listed as readonly NamedRow[];
    try {
      const found = await findOffline(query, all, setup);
      // A product may be known there that nothing is listed of, under the name that was typed.
      return all.some(({ productId }) => productId === found.id) ? found : undefined;
    } catch (error) {
      if (isNoSuchThing(error)) return undefined;
      throw error;
    }
  };

  return {
    async *list(filter) {
      yield* filteredRows(await rows(), filter, now().toISOString().slice(0, 10));
    },
    find: async (query) => {
      if (offline) return findKept(query);
      const known = (await exactly(query)) ?? (await amongFresh(query));
      return known ?? (await (await remote()).match(query));
    },
    show: view,
    async recent({ product, machine, limit }) {
      if (product === undefined || machine !== undefined || limit === undefined || limit > RECENT)
        return undefined;
      const found = await kept(recentName(product.id), 'quietly');
      if (found !== undefined) return found as readonly Activation[];
      if (offline) throw notKept();
      return (await remote()).fetchRecent(product.id);
    },
    alias: async (name, product) => (await remote()).alias(name, product),
  };
}

/** The search that the service would do, over the products that were fetched. */
async function findOffline(
  query: string,
  rows: readonly NamedRow[],
  { cache }: EntitlementsSetup,
): Promise<ProductFacts> {
  const [{ CATALOGUE_DATA }, { FAMILIES_DATA }] = await Promise.all([
    import('../../data/catalogue.ts'),
    import('../../data/families.ts'),
  ]);
  const catalogue = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA);
  const products = new Map<string, ProductFacts>();
  for (const { productId, name, aliases } of rows) {
    if (products.has(productId)) continue;
    const facts = factsOf(catalogue, productId, name);
    products.set(productId, { ...facts, aliases: [...new Set([...facts.aliases, ...aliases])] });
  }
  const exact = products.get(query);
  const found = exact ?? (await meantAmong(query, [...products.values()], catalogue));
  const known = (await cache?.items(viewName(found.id)))?.items[0] as ProductView | undefined;
  return known?.facts ?? found;
}

/** An age in words: what matters of it. */
export function ageOf(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return counted(seconds, 'second');
  if (seconds < 3600) return counted(Math.floor(seconds / 60), 'minute');
  if (seconds < 172_800) return counted(Math.floor(seconds / 3600), 'hour');
  return counted(Math.floor(seconds / 86_400), 'day');
}
