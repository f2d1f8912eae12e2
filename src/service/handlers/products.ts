import { counterOfAll } from '../../backend/local/counting.ts';
import { entitlementRows } from '../../backend/local/entitlement-rows.ts';
import { factsOf, importedNames, meantAmong, namesByProduct } from '../../backend/local/products.ts';
import { productFacts, productView } from '../../contract/entitlements.ts';
import type { OperationId } from '../../contract/operations.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { type Row, text } from '../../store/sql.ts';
import { type Call, type Handlers, type Place, productOf } from '../call.ts';
import { behind, only, pageOf } from '../paging.ts';
import { shown } from './visible-key.ts';

type Some = Pick<Call<OperationId>, 'sql' | 'parts' | 'scope' | 'after'>;

/** Products by name, behind the place. */
async function* products(
  call: Some,
): AsyncIterable<{ readonly sortName: string; readonly facts: ProductFacts }> {
  const [sortName = '', id = ''] = call.after ?? [];
  let rows: Row[];
  let last: readonly [string, string] = [String(sortName), String(id)];
  do {
    rows = await call.sql.all(
      'SELECT id, name, sort_name FROM product WHERE (sort_name, id) > (?, ?) ORDER BY sort_name, id LIMIT 500',
      ...last,
    );
    for (const row of rows) {
      last = [text(row, 'sort_name'), text(row, 'id')];
      if (!call.scope.sees(last[1])) continue;
      yield { sortName: last[0], facts: factsOf(call.parts.catalogue, last[1], text(row, 'name')) };
    }
  } while (rows.length > 0);
}

export const productHandlers = {
  listEntitlements: async (call) => {
    const names = await namesByProduct(call.sql);
    const { catalogue } = call.parts;
    const today = call.parts.today();
    const need = (id: string, name: string) => factsOf(catalogue, id, name).requiresActivation.value;
    const counter = () => counterOfAll(call.sql, need, today);
    const aliases = new Map<string, string[]>();
    const aliasesOf = (id: string, name: string): string[] => {
      const before = aliases.get(id);
      if (before !== undefined) return before;
      const known = catalogue.byId(id)?.aliases ?? catalogue.describe(name).aliases;
      const own = [...new Set([...known, ...(names.get(id) ?? [])])];
      aliases.set(id, own);
      return own;
    };
    async function* rows() {
      for await (const row of entitlementRows(call.sql, { catalogue, today, counter }, {})) {
        if (!call.scope.sees(row.productId)) continue;
        yield { ...row, aliases: aliasesOf(row.productId, row.name) };
      }
    }
    const list = behind(rows(), ({ id }) => id, call.after);
    return pageOf('listEntitlements', call, list);
  },
  listProducts: async (call) => {
    async function* views() {
      for await (const { sortName, facts } of products(call)) {
        yield {
          place: [sortName, facts.id],
          item: await viewOf(call, facts),
        };
      }
    }
    return pageOf('listProducts', call, views());
  },
  matchProduct: async (call) => {
    if (call.scope.products === null) {
      return productFacts.parse(await call.backend.entitlements.find(call.query.query));
    }
    // For somebody who sees a few products, no other exists that could be meant.
    const own: ProductFacts[] = [];
    for await (const { facts } of products({ ...call, after: undefined })) {
      const names = await importedNames(call.sql, facts.id);
      own.push({ ...facts, aliases: [...new Set([...facts.aliases, ...names])] });
    }
    const { catalogue } = call.parts;
    const { id } = await meantAmong(call.query.query, own, {
      abbreviations: catalogue.abbreviations,
      all: () => catalogue.all().filter((facts) => call.scope.sees(facts.id)),
    });
    return productFacts.parse(await productOf(call, id));
  },
  getProduct: async (call) => viewOf(call, await productOf(call, call.parameters.productId)),
  addAlias: async (call) => {
    const { productId } = call.parameters;
    // Whoever takes a name back means a product that is not there any more.
    const own = call.parts.catalogue.describe(call.body.name);
    const takesBack = own.id === productId && call.scope.sees(productId);
    const product = takesBack ? own : await productOf(call, productId);
    return call.backend.entitlements.alias(call.body.name, product);
  },
  listUsage: async (call) => {
    const { productId } = call.query;
    async function* usageOf(facts: ProductFacts, place: readonly Place[]) {
      for await (const row of call.backend.usage.list(facts)) {
        yield { place, item: { ...row, sharedWith: row.sharedWith.filter(call.scope.sees) } };
      }
    }
    async function* rows() {
      for await (const { sortName, facts } of products(call)) yield* usageOf(facts, [sortName, facts.id]);
    }
    async function* one(id: string) {
      yield* usageOf(await productOf(call, id), [id]);
    }
    return pageOf('listUsage', call, productId === undefined ? rows() : one(productId));
  },
  listLapsing: async (call) => {
    const seen = only(call.backend.usage.lapsing(call.query.days), ({ productId }) =>
      call.scope.sees(productId),
    );
    const list = behind(
      seen,
      (row) => JSON.stringify([row.productId, row.machine, row.keyLast5]),
      call.after,
    );
    return pageOf('listLapsing', call, list);
  },
  listOffers: async (call) => {
    const list = behind(
      await call.backend.offers.list(),
      ({ program, part }) => `${program}:${part}`,
      call.after,
    );
    return pageOf('listOffers', call, list);
  },
  changeOffer: async (call) => {
    const { purchased, policy } = call.body;
    const changes = { purchased: purchased ?? undefined, policy: policy ?? undefined };
    return call.backend.offers.set(call.parameters.offer, changes, call.caller.session.name);
  },
} satisfies Partial<Handlers>;

/** Everything known of a product, as the contract has it: the catalogue knows more. */
async function viewOf(call: Pick<Call<OperationId>, 'backend' | 'scope'>, facts: ProductFacts) {
  const view = await call.backend.entitlements.show(facts);
  return productView.parse({ ...view, keys: view.keys.map((key) => shown(key, call)) });
}
