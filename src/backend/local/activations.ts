import type { Activation } from '../../activation/activations.ts';
import { type LedgerEvent, PROFILE_CHAIN } from '../../activation/events.ts';
import { limitError } from '../../activation/limit.ts';
import { numbersOf } from '../../activation/numbers.ts';
import { isStillConfirmed, planHeadline } from '../../activation/plan.ts';
import type { ActivationPlan, CountedPlan } from '../../activation/plan-types.ts';
import {
  machineEventsOf,
  type Performed,
  type ReservationIds,
  reservationOf,
} from '../../activation/reserve.ts';
import { adjust, type Settlement, settle } from '../../activation/settle.ts';
import { AppError } from '../../errors.ts';
import { integer, type Sql, text } from '../../store/sql.ts';
import type { ActivationRequest, Activations, AdjustReport, AdjustRequest, Reservation } from '../backend.ts';
import { activationOf, knownActivation } from './activation-list.ts';
import { allowedNow, type PlanBasis, type PlanSetup, planFrom, standingName } from './activation-plan.ts';
import { beginChange } from './changes.ts';
import { countProduct } from './counting.ts';
import { activationNeedOf } from './entitlement-rows.ts';
import { appendEvent, holdChain, type LedgerSetup, ledgerId, openChain, recordEvent } from './ledger.ts';
import {
  applyToMachines,
  applyToStanding,
  candidateMachines,
  holdMachines,
  standingSeq,
} from './machines.ts';
import type { ProfileDatabase } from './profile-database.ts';

export interface ActivationsSetup {
  readonly database: ProfileDatabase;
  readonly planning: () => PlanSetup;
  readonly ledger: LedgerSetup;
}

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

/** Somebody else's event came between the plan and its reservation: the plan is not true any more. */
class Outrun extends Error {}

/** Under any contention somebody wins each round, so this many rounds mean that something is wrong. */
const MOST_ROUNDS = 100;

async function reserve(
  request: ActivationRequest,
  confirmed: CountedPlan,
  actor: string | null,
  setup: ActivationsSetup,
): Promise<Reservation> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { plan, basis } = await planFrom(setup.database.reading(), request, setup.planning());
    if (plan.status !== 'planned' || !isStillConfirmed(plan, confirmed)) throw dearer(plan);
    if (plan.refusal !== null) throw limitError(plan, plan.refusal);
    const ids = {
      activationId: `a-${setup.ledger.randomId()}`,
      machineId: `m-${setup.ledger.randomId()}`,
      actor,
    };
    try {
      const performed = await setup.database.write((sql) =>
        reserveIn(sql, request, { plan, basis }, ids, setup),
      );
      return { plan, performed };
    } catch (error) {
      if (!(error instanceof Outrun)) throw error;
    }
  }
  throw new AppError('STORAGE_UNAVAILABLE', 'The key is in use by too many others at this moment.', {
    hint: 'Nothing was counted. Try again.',
  });
}

function dearer(plan: ActivationPlan): AppError {
  return new AppError(
    'CONFIRMATION_REQUIRED',
    `Meanwhile things have changed: ${planHeadline(plan)}. Nothing was counted.`,
    { hint: 'Run the command again to see and confirm what it costs now.' },
  );
}

/**
 * One transaction. It begins with the statement that decides about the count; everything after it happens while
 * the key's row is locked. Throws Outrun if the machine's standing is not what the plan was made from.
 */
async function reserveIn(
  sql: Sql,
  { product }: ActivationRequest,
  { plan, basis }: { readonly plan: CountedPlan; readonly basis: PlanBasis },
  ids: ReservationIds,
  { planning, ledger: { ledger, ...setupAlone } }: Omit<ActivationsSetup, 'database'>,
): Promise<Performed> {
  const body = reservationOf(plan, ids);
  if (body === undefined) return continued(sql, plan);
  // Others who want this key wait from the deciding statement to the end, so what can be read before it is.
  const setup = { ...setupAlone, ledger: ledger ?? (await ledgerId(sql)) };
  await holdMachines(sql, [plan.machine.id, plan.machine.replaces?.id ?? null]);
  await openChain(sql, plan.keyId, plan.keyLast5, setup);
  const appended = await appendEvent(
    sql,
    plan.keyId,
    body,
    plan.delta,
    { allowed: plan.before.allowed },
    setup,
  );
  if (appended === undefined) throw new Outrun();
  await checkStandings(sql, plan, basis);
  // What decided above was the allowance of the plan; it may have been set anew since.
  if ((await allowedNow(sql, product, plan.keyId, planning())) !== plan.before.allowed) throw new Outrun();
  const told: LedgerEvent[] = [];
  for (const event of machineEventsOf(plan, ids)) {
    told.push((await recordEvent(sql, PROFILE_CHAIN, event, setup)).event);
  }
  // Whoever began a machine of this name for another key held the profile's chain, and is seen from here on.
  await checkMachines(sql, plan, basis);
  for (const event of told) await applyToMachines(sql, event);
  await applyToMachines(sql, appended.event);
  await applyToStanding(sql, appended.event, body.machine.id, 1);
  return {
    activationId: body.activationId,
    status: 'pending',
    numbers: numbersOf(appended.chain.used, appended.pending, plan.before.allowed),
  };
}

/** A continued reservation is counted already; nothing is appended. */
async function continued(sql: Sql, plan: CountedPlan): Promise<Performed> {
  const activation = plan.continues === null ? undefined : await activationOf(sql, plan.continues);
  if (activation?.status !== 'pending') throw new Outrun();
  const numbers = await numbersNow(sql, plan.keyId, plan.before.allowed);
  return { activationId: activation.activationId, status: 'pending', numbers };
}

async function checkStandings(sql: Sql, plan: CountedPlan, basis: PlanBasis): Promise<void> {
  for (const machineId of basis.machineIds) {
    const planned = basis.standings.get(standingName(plan.keyId, machineId)) ?? 0;
    if ((await standingSeq(sql, plan.keyId, machineId)) !== planned) throw new Outrun();
  }
}

async function checkMachines(sql: Sql, plan: CountedPlan, basis: PlanBasis): Promise<void> {
  // Nobody may have made a machine of this name or hardware in the meantime.
  const machines = await candidateMachines(sql, plan.machine.name, plan.hardware);
  if (machines.some(({ id }) => !basis.machineIds.includes(id))) throw new Outrun();
}

async function numbersNow(sql: Sql, keyId: string, allowed: number | null): Promise<Performed['numbers']> {
  const row = await sql.first('SELECT used, pending FROM chain WHERE id = ?', keyId);
  if (row === undefined) throw new Error('the chain of a reserved key is gone');
  return numbersOf(integer(row, 'used'), integer(row, 'pending'), allowed);
}

/** Plans and reserves within a transaction that is already there, without asking anybody. */
export async function reserveWithin(
  sql: Sql,
  request: ActivationRequest,
  actor: string | null,
  setup: Omit<ActivationsSetup, 'database'>,
): Promise<Performed> {
  const { plan, basis } = await planFrom(sql, request, setup.planning());
  if (plan.status !== 'planned') throw new Error('nothing of this product is counted');
  const { randomId } = setup.ledger;
  const ids = { activationId: `a-${randomId()}`, machineId: `m-${randomId()}`, actor };
  return reserveIn(sql, request, { plan, basis }, ids, setup);
}

/** Settles within a transaction that is already there. Throws NOT_FOUND, USAGE. */
export async function settleWithin(
  sql: Sql,
  activationId: string,
  settlement: Settlement,
  setup: LedgerSetup,
): Promise<Activation> {
  const before = await knownActivation(sql, activationId);
  const withLedger = { ...setup, ledger: setup.ledger ?? (await ledgerId(sql)) };
  await holdChain(sql, before.keyId);
  const activation = await knownActivation(sql, activationId);
  const body = settle(activation, settlement);
  if (body === null) return activation;
  const pendingDelta = activation.status === 'pending' ? -activation.delta : 0;
  const { event } = await recordEvent(sql, activation.keyId, body, withLedger, pendingDelta);
  const liveBefore = activation.status === 'failed' ? 0 : 1;
  const liveAfter = settlement.outcome === 'failed' ? 0 : 1;
  await applyToStanding(sql, event, activation.machine.id, liveAfter - liveBefore);
  return knownActivation(sql, activationId);
}

async function adjustKey(sql: Sql, request: AdjustRequest, setup: ActivationsSetup): Promise<AdjustReport> {
  const { product } = request;
  const { catalogue, today } = setup.planning();
  const count = () => countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  await beginChange(sql);
  const counted = [...(await count()).pools.values()].filter((pool) => pool.counted);
  const key = await adjustableKey(sql, request, counted);
  await openChain(sql, key.id, key.last5, setup.ledger);
  await holdChain(sql, key.id);
  const counts = await count();
  const pool = counts.pools.get(key.id);
  if (pool === undefined) throw new Error('a key of the product has no pool');
  const adjusted = adjust({ numbers: pool.numbers, activations: await pendingOf(sql, key.id) }, request);
  for (const event of adjusted.events) await recordEvent(sql, key.id, event, setup.ledger);
  if (request.allowed !== null)
    await sql.run('UPDATE product_key SET allowed = ? WHERE id = ?', request.allowed, key.id);
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
  const named = keys.filter(
    ({ id, last5 }) => wanted === undefined || id === wanted || last5 === wanted.toUpperCase(),
  );
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
      hint: `Name one with --key: ${named.map(({ last5 }) => last5).join(', ')}`,
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
