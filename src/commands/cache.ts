import type { Cache } from '../backend/remote/cache.ts';
import { ageOf } from '../backend/remote/entitlements.ts';
import type { RemoteBackend } from '../backend/remote/remote.ts';
import { offlineError } from '../backend/remote/setup.ts';
import type { Context } from '../context.ts';
import { counted } from '../counted.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../terminal/result.ts';

type CacheState = {
  readonly profile: string;
  readonly service: string;
  /** Lists and products that are kept. */
  readonly entries: number;
  /** When the oldest of them was fetched, or last found to be still true. */
  readonly fetchedAt: string | null;
};

interface Kept {
  readonly cache: Cache;
  readonly service: string;
  readonly backend: RemoteBackend;
}

async function cacheOf(context: Context): Promise<Kept> {
  const profile = context.profile();
  const backend = await context.remoteOf(profile);
  const { cache } = backend;
  if (cache !== null) return { cache, service: profile.location, backend };
  throw new AppError('USAGE', 'A service that only the environment names has no cache.', {
    hint: 'Add a profile: mpn-benefits profile add <name> --url https://…',
  });
}

async function stateOf(cache: Cache, service: string, context: Context): Promise<CacheState> {
  const { entries, at } = await cache.status();
  const fetchedAt = at === null ? null : new Date(at).toISOString();
  return { profile: context.profile().name, service, entries, fetchedAt };
}

/** What is kept of a remote profile, and how old it is. */
export async function status(context: Context): Promise<Result> {
  const { cache, service } = await cacheOf(context);
  const state = await stateOf(cache, service, context);
  const age =
    state.fetchedAt === null ? 0 : context.surroundings.now().getTime() - Date.parse(state.fetchedAt);
  return {
    kind: 'record',
    value: state,
    render: () =>
      state.fetchedAt === null
        ? `Nothing of ${service} is kept.`
        : `${counted(state.entries, 'answer')} of ${service} ${state.entries === 1 ? 'is' : 'are'} kept; the oldest was fetched ${ageOf(age)} ago.`,
  };
}

/** Fetches everything that can be kept, so that list and show work offline. */
export async function refresh(context: Context): Promise<Result> {
  const { cache, service, backend } = await cacheOf(context);
  if (context.global.offline === true) throw offlineError(service, true);
  const { fetchAll } = await backend.remote();
  const { entitlements, products } = await fetchAll();
  return {
    kind: 'record',
    value: { ...(await stateOf(cache, service, context)), entitlements, products },
    render: () =>
      `Fetched ${counted(entitlements, 'entitlement')} and ${counted(products, 'product')} of ${service}.`,
  };
}

/** Removes what is kept. */
export async function clear(context: Context): Promise<Result> {
  const { cache, service } = await cacheOf(context);
  const cleared = await cache.clear();
  return {
    kind: 'record',
    value: { profile: context.profile().name, service, cleared },
    render: () => (cleared ? `Nothing of ${service} is kept any more.` : `Nothing of ${service} was kept.`),
  };
}
