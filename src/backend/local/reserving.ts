import {
  type EventBody,
  type LedgerEvent,
  PROFILE_CHAIN,
  type ReservedBody,
} from '../../activation/events.ts';
import { limitError } from '../../activation/limit.ts';
import { numbersOf } from '../../activation/numbers.ts';
import { isStillConfirmed, planHeadline } from '../../activation/plan.ts';
import type { ActivationPlan, CountedPlan } from '../../activation/plan-types.ts';
import { type Beginning, machineEventsOf, type Performed, reservationOf } from '../../activation/reserve.ts';
import { AppError } from '../../errors.ts';
import { integer, type Transaction } from '../../store/sql.ts';
import type { ActivationRequest, Reservation } from '../backend.ts';
import { activationOf } from './activation-list.ts';
import { type PlanBasis, planFrom } from './activation-plan.ts';
import { appendTo, type LedgerSetup, type LockedChain, lockChain, openChain, takeChain } from './ledger.ts';
import { applyToMachines, applyToStanding, holdMachines } from './machines.ts';
import type { PlanSetup } from './product-state.ts';
import type { ProfileDatabase } from './profile-database.ts';
import { checkStillTrue, Outrun, type Planned } from './still-true.ts';

export interface ActivationsSetup {
  readonly database: ProfileDatabase;
  readonly planning: () => PlanSetup;
  readonly ledger: LedgerSetup;
}

/** Under any contention somebody wins each round, so this many rounds mean that something is wrong. */
const MOST_ROUNDS = 100;

/** Plans again what was confirmed, and reserves it if it costs no more. Throws CONFIRMATION_REQUIRED, ACTIVATION_LIMIT_REACHED. */
export async function reserve(
  request: ActivationRequest,
  confirmed: CountedPlan,
  actor: string | null,
  setup: ActivationsSetup,
): Promise<Reservation> {
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const beginning = newBeginning(setup.ledger, actor);
    if (isTakenAtOnce(confirmed)) {
      try {
        return await setup.database.write((sql) => reserveAtOnce(sql, request, confirmed, beginning, setup));
      } catch (error) {
        if (!(error instanceof Outrun)) throw error;
        misled.add(confirmed);
        continue;
      }
    }
    const { plan, basis } = await planFrom(setup.database.reading(), request, setup.planning());
    const counted = agreedPlan(plan, confirmed);
    try {
      const performed = await setup.database.write((sql) =>
        reserveIn(sql, { plan: counted, basis }, beginning, setup.ledger),
      );
      return { plan: counted, performed };
    } catch (error) {
      if (!(error instanceof Outrun)) throw error;
    }
  }
  throw new AppError('STORAGE_UNAVAILABLE', 'The key is in use by too many others at this moment.', {
    hint: 'Nothing was counted. Try again.',
  });
}

/** The plan, if it still is what was confirmed. Throws CONFIRMATION_REQUIRED, ACTIVATION_LIMIT_REACHED. */
function agreedPlan(plan: ActivationPlan, confirmed: CountedPlan): CountedPlan {
  if (plan.status !== 'planned' || !isStillConfirmed(plan, confirmed)) throw dearer(plan);
  if (plan.refusal !== null) throw limitError(plan, plan.refusal);
  return plan;
}

/**
 * Whether what a plan takes is taken before it is looked at again: it is about a machine that begins and about nothing
 * else, and was not found to be about something else since.
 */
export function isTakenAtOnce(confirmed: CountedPlan): boolean {
  const { machine, continues } = confirmed;
  const begins = machine.id === null && machine.replaces === null && continues === null;
  return begins && !misled.has(confirmed);
}

/** Confirmed plans that did not come true as they were: what is done again is planned before anything is taken. */
const misled = new WeakSet<CountedPlan>();

/**
 * For a machine that begins: takes what the confirmed plan would take, and plans while it is taken, so that nothing has to
 * be looked at again. Throws Outrun if the plan is about another key, or about a machine that has become known: then
 * other rows are to be taken, and in another order.
 */
async function reserveAtOnce(
  sql: Transaction,
  request: ActivationRequest,
  confirmed: CountedPlan,
  beginning: Beginning,
  setup: ActivationsSetup,
): Promise<Reservation> {
  const [chain, profileChain, planned] = await Promise.all([
    lockChain(sql, confirmed.keyId),
    lockChain(sql, PROFILE_CHAIN),
    planFrom(sql, request, setup.planning()),
  ]);
  const { basis } = planned;
  const plan = agreedPlan(planned.plan, confirmed);
  const body = reservationOf(plan, beginning);
  if (plan.keyId !== confirmed.keyId || basis.machines.size > 0) throw new Outrun();
  if (body === undefined || chain === undefined || profileChain === undefined) throw new Outrun();
  const [taken, performed] = await Promise.all([
    // The plan was made under the lock; what counts decides all the same.
    takeChain(sql, plan.keyId, plan.delta, plan.before.allowed),
    record(sql, { plan, body, beginning, chain, profileChain }, ledgerAt(setup.ledger, basis)),
  ]);
  if (taken === undefined) throw new Outrun();
  return { plan, performed };
}

/** One moment for everything that is recorded together. */
function ledgerAt(ledger: LedgerSetup, basis: PlanBasis): LedgerSetup & { readonly ledger: string } {
  const now = ledger.now();
  return { ...ledger, now: () => now, ledger: basis.profile.ledger };
}

/** Plans and reserves within a transaction that is already there, without asking anybody. */
export async function reserveWithin(
  sql: Transaction,
  request: ActivationRequest,
  actor: string | null,
  setup: Omit<ActivationsSetup, 'database'>,
): Promise<Performed> {
  // Whatever this transaction has changed may be taken back, so nothing is remembered of it.
  const { plan, basis } = await planFrom(sql, request, { ...setup.planning(), known: undefined });
  if (plan.status !== 'planned') throw new Error('nothing of this product is counted');
  return reserveIn(sql, { plan, basis }, newBeginning(setup.ledger, actor), setup.ledger);
}

function newBeginning({ randomId }: LedgerSetup, actor: string | null): Beginning {
  return { activationId: `a-${randomId()}`, machineId: `m-${randomId()}`, actor };
}

function dearer(plan: ActivationPlan): AppError {
  return new AppError(
    'CONFIRMATION_REQUIRED',
    `Meanwhile things have changed: ${planHeadline(plan)}. Nothing was counted.`,
    { hint: 'Run the command again to see and confirm what it costs now.' },
  );
}

/**
 * One transaction. What decides about the count takes the key's row, and goes out together with everything that has
 * to be looked at while the row is taken; what is written then goes out together with the end of the transaction.
 * Others who want this key wait for that and no more. Throws Outrun if the plan was not made from what is true now.
 */
async function reserveIn(
  sql: Transaction,
  planned: Planned,
  beginning: Beginning,
  ledgerSetup: LedgerSetup,
): Promise<Performed> {
  const { plan, basis } = planned;
  const body = reservationOf(plan, beginning);
  const setup = ledgerAt(ledgerSetup, basis);
  if (body === undefined) return continued(sql, planned, beginning, setup);
  holdMachines(sql, [...basis.machines.keys()]);
  if (!basis.chains.has(plan.keyId)) await openChain(sql, plan.keyId, plan.keyLast5, setup);
  const [chain, profileChain] = await Promise.all([
    takeChain(sql, plan.keyId, plan.delta, plan.before.allowed),
    // Whoever began a machine of this name for another key held the profile's chain, and is seen from here on.
    machineEventsOf(plan, beginning).length === 0 ? undefined : lockChain(sql, PROFILE_CHAIN),
    checkStillTrue(sql, planned),
  ]);
  if (chain === undefined) throw new Outrun();
  return record(sql, { plan, body, beginning, chain, profileChain }, setup);
}

interface Taken {
  readonly plan: CountedPlan;
  readonly body: ReservedBody;
  readonly beginning: Beginning;
  readonly chain: LockedChain;
  /** Undefined where there is nothing to record of machines. */
  readonly profileChain: LockedChain | undefined;
}

/** Writes what was planned into chains that are taken. */
async function record(
  sql: Transaction,
  { plan, body, beginning, chain, profileChain }: Taken,
  setup: LedgerSetup & { readonly ledger: string },
): Promise<Performed> {
  const appended = appendTo(sql, chain, body, plan.delta, setup);
  const told = await recordMachines(sql, machineEventsOf(plan, beginning), profileChain, setup);
  // Of a machine that was seen at this very moment, the reservation has nothing new to tell.
  if (!told.some(({ type }) => type === 'machine-seen')) await applyToMachines(sql, appended.event);
  applyToStanding(sql, appended.event, body.machine.id, 1);
  return {
    activationId: body.activationId,
    status: 'pending',
    numbers: numbersOf(appended.chain.used, appended.pending, plan.before.allowed),
  };
}

/** Appends to the profile's chain what was learned of machines, and keeps their table true. */
async function recordMachines(
  sql: Transaction,
  events: readonly EventBody[],
  profileChain: LockedChain | undefined,
  setup: LedgerSetup & { readonly ledger: string },
): Promise<readonly LedgerEvent[]> {
  const told: LedgerEvent[] = [];
  let locked = profileChain;
  for (const event of events) {
    if (locked === undefined) throw new Error('the profile has no chain');
    const recorded = appendTo(sql, locked, event, 0, setup);
    told.push(recorded.event);
    locked = recorded.after;
  }
  for (const event of told) await applyToMachines(sql, event);
  return told;
}

/**
 * A continued reservation is counted already, so nothing is appended to its key's chain. What was learned of its machine
 * meanwhile, another name or that it is back, is recorded all the same.
 */
async function continued(
  sql: Transaction,
  planned: Planned,
  beginning: Beginning,
  setup: LedgerSetup & { readonly ledger: string },
): Promise<Performed> {
  const { plan, basis } = planned;
  const learned = machineEventsOf(plan, beginning);
  if (learned.length > 0) holdMachines(sql, [...basis.machines.keys()]);
  const [profileChain] = await Promise.all([
    learned.length === 0 ? undefined : lockChain(sql, PROFILE_CHAIN),
    checkStillTrue(sql, planned),
  ]);
  const activation = plan.continues === null ? undefined : await activationOf(sql, plan.continues);
  if (activation?.status !== 'pending') throw new Outrun();
  const row = await sql.first('SELECT used, pending FROM chain WHERE id = ?', plan.keyId);
  if (row === undefined) throw new Error('the chain of a reserved key is gone');
  await recordMachines(sql, learned, profileChain, setup);
  const numbers = numbersOf(integer(row, 'used'), integer(row, 'pending'), plan.before.allowed);
  return { activationId: activation.activationId, status: 'pending', numbers };
}
