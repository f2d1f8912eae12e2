import type { Activation } from '../../activation/activations.ts';
import { adjust } from '../../activation/settle.ts';
import { AppError } from '../../errors.ts';
import { keysCalled } from '../../keys/choose.ts';
import { type Sql, type Transaction, text } from '../../store/sql.ts';
import type { Activations, AdjustRequest } from '../backend.ts';
import type { AdjustReport } from '../rows.ts';
import { knownActivation } from './activation-list.ts';
import { planFrom } from './activation-plan.ts';
import { beginChange } from './changes.ts';
import { countProduct } from './counting.ts';
import { activationNeedOf } from './entitlement-rows.ts';
import { lockChain, openChain, recordEvent } from './ledger.ts';
import { type ActivationsSetup, reserve } from './reserving.ts';
import { settleWithin } from './settling.ts';

/** Whatever plans or changes; reading is in activation-list.ts. */
export function localActivations(setup: ActivationsSetup): Omit<Activations, 'list' | 'show'> {
  const { database, planning } = setup;
  return {
    plan: async (request) => (await planFrom(database.reading(), request, planning())).plan,
    reserve: (request, confirmed, actor) => reserve(request, confirmed, actor, setup),
    settle: (id, settlement) => database.write((sql) => settleWithin(sql, id, settlement, setup.ledger)),
    adjust: (request) => database.write((sql) => adjustKey(sql, request, setup)),
  };
}

async function adjustKey(
  sql: Transaction,
  request: AdjustRequest,
  setup: ActivationsSetup,
): Promise<AdjustReport> {
  const { product } = request;
  const { catalogue, today } = setup.planning();
  const count = () => countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  await beginChange(sql);
  const counted = [...(await count()).pools.values()].filter((pool) => pool.counted);
  const key = await adjustableKey(sql, request, counted);
  await openChain(sql, key.id, key.last5, setup.ledger);
  await lockChain(sql, key.id);
  const counts = await count();
  const pool = counts.pools.get(key.id);
  if (pool === undefined) throw new Error('a key of the product has no pool');
  const adjusted = adjust({ numbers: pool.numbers, activations: await pendingOf(sql, key.id) }, request);
  for (const event of adjusted.events) await recordEvent(sql, key.id, event, setup.ledger);
  if (request.allowed !== null)
    sql.post('UPDATE product_key SET allowed = ? WHERE id = ?', request.allowed, key.id);
  const { used, allowed, remaining } = adjusted.numbers;
  return {
    productId: product.id,
    keyLast5: key.last5,
    usedBefore: adjusted.usedBefore,
    usedAfter: used,
    allowed,
    remaining,
  };
}

interface AdjustableKey {
  readonly id: string;
  readonly last5: string;
}

async function adjustableKey(
  sql: Sql,
  { product, key: wanted }: AdjustRequest,
  pools: readonly { readonly keyId: string }[],
): Promise<AdjustableKey> {
  const keys: AdjustableKey[] = [];
  for (const { keyId } of pools) {
    const row = await sql.first('SELECT last5 FROM product_key WHERE id = ?', keyId);
    if (row !== undefined) keys.push({ id: keyId, last5: text(row, 'last5') });
  }
  const named = wanted === undefined ? keys : keysCalled(keys, wanted);
  const [only, another] = named;
  if (only === undefined) {
    throw new AppError(
      'NOT_FOUND',
      `${product.name} has no counted key${wanted === undefined ? '' : ' of that name'}.`,
      {
        hint: `See: mpn-benefits key "${product.id}" --list`,
      },
    );
  }
  if (another !== undefined) {
    throw new AppError('AMBIGUOUS', `${product.name} has several counted keys.`, {
      hint: `Name one with --key, by its id if two end alike: ${named.map(({ id, last5 }) => `${last5} (${id})`).join(', ')}`,
      details: { keys: named.map(({ id }) => id) },
    });
  }
  return only;
}

/** Reservations of a key that have no later event of their own. */
async function pendingOf(sql: Sql, keyId: string): Promise<Activation[]> {
  const rows = await sql.all(
    `SELECT r.subject FROM ledger_event r WHERE r.chain = ? AND r.type = 'reserved' AND NOT EXISTS (
       SELECT 1 FROM ledger_event s WHERE s.subject = r.subject AND s.chain = r.chain AND s.seq > r.seq) ORDER BY r.seq`,
    keyId,
  );
  const pending: Activation[] = [];
  for (const row of rows) pending.push(await knownActivation(sql, text(row, 'subject')));
  return pending;
}
