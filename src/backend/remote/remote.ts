import { AppError } from '../../errors.ts';
import { once } from '../../once.ts';
import type { Backend } from '../backend.ts';
import { Cache } from './cache.ts';
import { remoteEntitlements } from './entitlements.ts';
import type { Remote } from './resources.ts';
import { offlineError, type RemoteSetup } from './setup.ts';

export interface RemoteBackend extends Backend {
  /** Null for a profile that keeps nothing. */
  readonly cache: Cache | null;
  /** What the service has, past the cache. */
  readonly remote: () => Promise<Remote>;
}

/** A profile on a team's service. Listing and showing are here; the rest is loaded with the client. */
export function remoteBackend(setup: RemoteSetup): RemoteBackend {
  const { origin, cacheFile, tell } = setup;
  const cache =
    cacheFile === null
      ? null
      : new Cache(cacheFile, origin, (aside) =>
          tell.warn(`The cache was damaged, so it was set aside as ${aside} and is fetched again.`),
        );
  const remote = once(async (): Promise<Remote> => {
    if (setup.offline) throw offlineError(origin, cache !== null);
    const { openRemote } = await import('./resources.ts');
    return openRemote(setup, cache);
  });
  const part =
    <Name extends keyof Remote>(name: Name) =>
    async (): Promise<Remote[Name]> =>
      (await remote())[name];
  const imports = part('imports');
  const offers = part('offers');
  const keys = part('keys');
  const activations = part('activations');
  const machines = part('machines');
  const usage = part('usage');
  const ledger = part('ledger');
  const entitlements = remoteEntitlements({ ...setup, cache, remote });
  return {
    cache,
    remote,
    entitlements,
    imports: {
      begin: async (options) => (await imports()).begin(options),
      async *list() {
        yield* (await imports()).list();
      },
      undo: async (id) => (await imports()).undo(id),
    },
    offers: {
      list: async () => (await offers()).list(),
      set: async (offer, changes, actor) => (await offers()).set(offer, changes, actor),
    },
    keys: {
      list: async (product) => (await keys()).list(product),
      refundAtStake: async (keyId) => (await keys()).refundAtStake(keyId),
      reveal: async (keyId, access) => (await keys()).reveal(keyId, access),
      async *history(product) {
        yield* (await keys()).history(product);
      },
      mark: async (keyId, mark, reason) => (await keys()).mark(keyId, mark, reason),
    },
    activations: {
      plan: async (request) => (await activations()).plan(request),
      reserve: async (request, confirmed, actor) => (await activations()).reserve(request, confirmed, actor),
      settle: async (id, settlement) => (await activations()).settle(id, settlement),
      async *list(filter) {
        const kept = await entitlements.recent(filter);
        yield* kept ?? (await activations()).list(filter);
      },
      show: async (id) => (await activations()).show(id),
      adjust: async (request) => (await activations()).adjust(request),
    },
    machines: {
      async *list() {
        yield* (await machines()).list();
      },
      show: async (name) => (await machines()).show(name),
      retire: async (name, reason, actor) => (await machines()).retire(name, reason, actor),
    },
    usage: {
      async *list(product) {
        yield* (await usage()).list(product);
      },
      async *lapsing(days) {
        yield* (await usage()).lapsing(days);
      },
    },
    ledger: {
      export: async () => (await ledger()).export(),
      verify: async (earlier) => (await ledger()).verify(earlier),
      sinceHead: async (head) => (await ledger()).sinceHead(head),
    },
    vaultKeys: { status: keptByService, rotate: keptByService, adopt: keptByService },
    copies: { moveOut: keptByService, export: keptByService, import: keptByService },
    // The service made its database; there is nothing to make here.
    create: async () => {},
    close: async () => {
      await cache?.close();
      if (remote.made()) await (await remote().catch(() => undefined))?.close();
    },
  };
}

/** What only the service itself can do. Throws USAGE. */
export async function keptByService(): Promise<never> {
  throw new AppError('USAGE', 'The service keeps its database and its vault by itself.', {
    hint: 'On the machine of the service: mpn-benefits serve rotate-vault-key. Copies: see docs/team-service.md',
  });
}
