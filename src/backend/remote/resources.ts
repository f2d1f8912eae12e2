import { readFileSync } from 'node:fs';
import { type Activation, toldOf } from '../../activation/activations.ts';
import type { ChainEnd } from '../../activation/chain.ts';
import { type Client, createClient, type Tagged } from '../../client/client.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { AppError, systemCode } from '../../errors.ts';
import { lastCharacters } from '../../keys/product-key.ts';
import { Secret } from '../../keys/secret.ts';
import { VERSION } from '../../version.ts';
import type { Activations, Imports, Keys, Ledger, Machines, Offers, ProductView, Usage } from '../backend.ts';
import type { AliasReport, EntitlementRow } from '../rows.ts';
import { remoteActivations } from './activations.ts';
import type { Cache, NewEntry } from './cache.ts';
import { RemoteImportRun } from './imports.ts';
import { type Changing, RECENT, type RemoteSetup, ROWS, recentName, viewName } from './setup.ts';

/** The profile as the service has it, and what fills the cache. */
export interface Remote {
  readonly client: Client;
  readonly imports: Imports;
  readonly offers: Offers;
  readonly keys: Keys;
  readonly activations: Activations;
  readonly machines: Machines;
  readonly usage: Usage;
  readonly ledger: Ledger;
  /** All entitlements: revalidated if they are kept, else fetched and kept. */
  fetchRows(): Promise<readonly (EntitlementRow & { readonly aliases: readonly string[] })[]>;
  fetchView(productId: string): Promise<ProductView>;
  /** The newest activations of a product, as many as are kept. */
  fetchRecent(productId: string): Promise<readonly Activation[]>;
  /** Fetches everything that can be kept; how much that was. */
  fetchAll(): Promise<{ readonly entitlements: number; readonly products: number }>;
  match(query: string): Promise<ProductFacts>;
  alias(name: string, product: ProductFacts): Promise<AliasReport>;
  close(): Promise<void>;
}

/** A client of the profile's service. */
export async function openClient(setup: RemoteSetup): Promise<Client> {
  return createClient({
    origin: setup.origin,
    ca: setup.caFile === undefined ? undefined : readCertificates(setup.caFile),
    env: setup.env,
    credential: await setup.credential(),
    keeps: setup.cacheFile !== null,
    version: VERSION,
    now: setup.now,
    debug: setup.tell.debug,
  });
}

export async function openRemote(setup: RemoteSetup, cache: Cache | null): Promise<Remote> {
  const client = await openClient(setup);
  const { now, tell } = setup;
  /** What was done or answered is so: a cache that cannot be written must not look like a failure of it. */
  const noting = async (written: Promise<void> | undefined): Promise<void> => {
    await written?.catch((error: Error) => tell.warn(`The cache could not be written: ${error.message}`));
  };
  const changing: Changing = async (work) => {
    try {
      return await work();
    } finally {
      await noting(cache?.expire());
    }
  };
  const keep = (entry: NewEntry): Promise<void> => noting(cache?.store([entry], now().getTime()));
  /** What is kept, if the service says that it still is so; else what the service has, which is kept from now on. */
  const current = async <T>(
    name: string,
    fetch: (etag: string | undefined) => Promise<Tagged<readonly T[]> | undefined>,
  ): Promise<readonly T[]> => {
    const known = await cache?.items(name);
    const fetched = await fetch(known?.entry.etag ?? undefined);
    if (fetched !== undefined) {
      await keep({ name, items: fetched.value, etag: fetched.etag });
      return fetched.value;
    }
    if (known === undefined) throw new Error('the service says that nothing changed, and nothing was known');
    await noting(cache?.confirm(name, known.entry.etag ?? '', now().getTime()));
    // What comes out was validated before it was stored.
    return known.items as readonly T[];
  };
  const fetchRecent = async (productId: string): Promise<readonly Activation[]> => {
    const newest: Activation[] = [];
    for await (const activation of client.items('listActivations', { productId, size: RECENT })) {
      newest.push(activation);
      if (newest.length === RECENT) break;
    }
    await keep({ name: recentName(productId), items: newest, etag: null });
    return newest;
  };

  return {
    client,
    imports: {
      begin: async (options) => new RemoteImportRun(client, options, changing),
      list: () => client.items('listImports'),
      undo: (id) => changing(() => client.call('undoImport', { parameters: { importId: id } })),
    },
    offers: {
      list: async () => collected(client.items('listOffers')),
      set: (offer, { purchased = null, policy = null }) =>
        changing(() => client.call('changeOffer', { parameters: { offer }, body: { purchased, policy } })),
    },
    keys: remoteKeys(client, changing),
    activations: remoteActivations(client, changing),
    machines: {
      list: () => client.items('listMachines'),
      show: (machine) => client.call('getMachine', { parameters: { machine } }),
      retire: (machine, reason) =>
        changing(() => client.call('retireMachine', { parameters: { machine }, body: { reason } })),
    },
    usage: {
      list: (product) => client.items('listUsage', ofProduct(product)),
      lapsing: (days) => client.items('listLapsing', { days }),
    },
    ledger: remoteLedger(client),
    fetchRows: () => current(ROWS, (etag) => client.all('listEntitlements', etag)),
    async fetchView(productId) {
      const [view] = await current(viewName(productId), async (etag) => {
        const fetched = await client.tagged('getProduct', { parameters: { productId } }, etag);
        return fetched === undefined ? undefined : { value: [fetched.value], etag: fetched.etag };
      });
      if (view === undefined) throw new Error('a product without a view was kept');
      return view;
    },
    fetchRecent,
    async fetchAll() {
      const rows = await client.all('listEntitlements', undefined);
      const { value: items = [], etag = null } = rows ?? {};
      await cache?.store([{ name: ROWS, items, etag }], now().getTime());
      const recent = await recentByProduct(client);
      let products = 0;
      let entries: NewEntry[] = [];
      for await (const view of client.items('listProducts')) {
        const { id } = view.facts;
        entries.push({ name: viewName(id), items: [view], etag: null });
        const activations = recent.of(view);
        if (activations !== undefined) entries.push({ name: recentName(id), items: activations, etag: null });
        else if (view.keys.length > 0) await fetchRecent(id);
        products += 1;
        if (entries.length < ENTRIES_AT_ONCE) continue;
        await cache?.store(entries, now().getTime());
        entries = [];
      }
      await cache?.store(entries, now().getTime());
      return { entitlements: items.length, products };
    },
    match: (query) => client.call('matchProduct', { query: { query } }),
    alias: (name, product) =>
      changing(() => client.call('addAlias', { parameters: { productId: product.id }, body: { name } })),
    close: () => client.close(),
  };
}

/** So many are stored in one transaction: others who write wait for a moment only. */
const ENTRIES_AT_ONCE = 1_000;

/** Activations that a refresh looks at all at once; of a product that is among the older ones it asks by itself. */
const MOST_ACTIVATIONS = 10_000;

/** The newest activations of each product; undefined where they may not be all of the newest. */
async function recentByProduct(client: Client): Promise<{
  readonly of: (view: Pick<ProductView, 'facts' | 'keys'>) => readonly Activation[] | undefined;
}> {
  const byProduct = new Map<string, Activation[]>();
  const productsByKey = new Map<string, Set<string>>();
  let count = 0;
  for await (const activation of client.items('listActivations')) {
    const { productId, keyId } = activation;
    const known = byProduct.get(productId) ?? [];
    if (known.length < RECENT) known.push(activation);
    byProduct.set(productId, known);
    productsByKey.set(keyId, (productsByKey.get(keyId) ?? new Set()).add(productId));
    count += 1;
    if (count === MOST_ACTIVATIONS) break;
  }
  return {
    of({ facts: { id }, keys }) {
      const found = byProduct.get(id) ?? [];
      const hasOthers = keys.some((key) =>
        [...(productsByKey.get(key.id) ?? [])].some(
          (productId) => productId !== id && toldOf(productId, key.productIds).includes(id),
        ),
      );
      return !hasOthers && (count < MOST_ACTIVATIONS || found.length === RECENT) ? found : undefined;
    },
  };
}

function remoteKeys(client: Client, changing: Changing): Keys {
  return {
    list: async (product) => collected(client.items('listKeys', ofProduct(product))),
    refundAtStake: async (keyId) => (await client.call('getRefund', { parameters: { keyId } })).atStake,
    reveal: (keyId, { productId, job, purpose, way, target }) =>
      changing(async () => {
        const body = { productId, job, purpose, way, target };
        const { key, view } = await client.call('revealKey', { parameters: { keyId }, body });
        return { key: new Secret(key, `…${lastCharacters(key)}`), view };
      }),
    history: (product) => client.items('listAccess', ofProduct(product)),
    mark: (keyId, mark, reason) =>
      changing(async () => {
        const seen = await client.tagged('getKey', { parameters: { keyId } }, undefined);
        return client.call('markKey', {
          parameters: { keyId },
          body: { mark, reason },
          ifMatch: seen?.etag ?? undefined,
        });
      }),
  };
}

function remoteLedger(client: Client): Ledger {
  return {
    async export() {
      const { ledger, head, chains: reached } = await client.call('getLedger');
      const ends = new Map(reached.map(({ chain, seq }) => [chain, seq]));
      const chains = reached.map(({ chain, seq, head: end }): ChainEnd => [chain, seq, end]);
      const events = (async function* () {
        for await (const event of client.items('listEvents')) {
          // What is appended meanwhile is not part of this export.
          if (event.seq <= (ends.get(event.chain) ?? 0)) yield event;
        }
      })();
      return { ledger, head, chains, events };
    },
    verify: (earlier) =>
      client.call('verifyLedger', {
        body: {
          earlier:
            earlier === undefined
              ? null
              : {
                  ledger: earlier.ledger,
                  chains: earlier.chains.map(([chain, seq, head]) => ({ chain, seq, head })),
                },
        },
      }),
    sinceHead: async (head) => (await client.call('countSince', { query: { head } })).events ?? undefined,
  };
}

function ofProduct(product: ProductFacts | undefined): { readonly productId?: string } {
  return product === undefined ? {} : { productId: product.id };
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function readCertificates(file: string): string {
  let pem: string;
  try {
    pem = readFileSync(file, 'utf8');
  } catch (error) {
    const reason = systemCode(error);
    throw new AppError('USAGE', `The certificate file ${file} cannot be read (${reason}).`, {
      hint: 'It was named when the profile was added. Add the profile again, with --ca.',
      details: { file },
    });
  }
  if (pem.includes('-----BEGIN CERTIFICATE-----')) return pem;
  throw new AppError('USAGE', `${file} holds no certificate in PEM form.`, {
    hint: 'Give the file with the certificate of the service, or of who issued it, to: mpn-benefits profile add --ca',
    details: { file },
  });
}
