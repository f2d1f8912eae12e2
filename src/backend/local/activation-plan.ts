import type { Activation } from '../../activation/activations.ts';
import type { Machine } from '../../activation/machines.ts';
import type { Pool } from '../../activation/numbers.ts';
import { refuseIfPast } from '../../activation/past.ts';
import { planActivation } from '../../activation/plan.ts';
import type { ActivationPlan, PlanKey } from '../../activation/plan-types.ts';
import { HARDWARE_TABLE } from '../../data/hardware.ts';
import { POLICIES } from '../../data/policies.ts';
import { integer, type Sql, text } from '../../store/sql.ts';
import type { ActivationRequest } from '../backend.ts';
import { activationsOf } from './activation-list.ts';
import { candidateMachines } from './machines.ts';
import {
  type PlanSetup,
  type ProductState,
  type ProfileState,
  poolsOfState,
  readProductState,
} from './product-state.ts';

/** What a plan was made from: if it is still so while the key's row is locked, the plan is still true. */
export interface PlanBasis {
  readonly profile: ProfileState;
  /** Keys that have a chain. */
  readonly chains: ReadonlySet<string>;
  /** The machines that it can be about, by id, and what of them decided which one it is. */
  readonly machines: ReadonlyMap<string, string>;
  /** The last event of a machine in a key's chain, by `standingName`. */
  readonly standings: ReadonlyMap<string, number>;
}

/** One name for a machine's standing with a key. */
export function standingName(keyId: string, machineId: string): string {
  return `${keyId} ${machineId}`;
}

/**
 * What a plan reads of machines: which of them it is about, whether one returns, is renamed or replaced. When they were
 * seen last decides only among several.
 */
export function machineMarks(machines: readonly Machine[]): ReadonlyMap<string, string> {
  return new Map(
    machines.map(({ id, name, retiredOn, replacedBy, hardware, lastSeen }) => [
      id,
      JSON.stringify([name, retiredOn, replacedBy, hardware, machines.length > 1 ? lastSeen : null]),
    ]),
  );
}

/**
 * Computes an activation from what the database holds now. Changes nothing. The basis is read first: whatever
 * happens between the two is found as a difference, never missed.
 */
export async function planFrom(
  sql: Sql,
  request: ActivationRequest,
  setup: PlanSetup,
): Promise<{ readonly plan: ActivationPlan; readonly basis: PlanBasis }> {
  const { machine, hardware } = request;
  const [{ product, profile, state, used }, machines] = await Promise.all([
    readProductState(sql, request.product, setup),
    candidateMachines(sql, machine, hardware),
  ]);
  if (product.requiresActivation.value !== 'no') refuseIfPast(state.dates, setup.today, request.reason);
  const machineIds = machines.map(({ id }) => id);
  const standings = await readStandings(sql, machineIds);
  const pools = poolsOfState(state, used);
  const keys: PlanKey[] = [];
  for (const key of state.keys) {
    const pool = pools.get(key.id);
    if (pool !== undefined) keys.push(planKey(key, pool, await historyOf(sql, key.id, machineIds)));
  }
  const plan = planActivation({
    product,
    productWarning: state.endedNote,
    keys,
    wish: request.wish,
    machine: { name: machine, hardware },
    machines,
    assume: request.assume,
    reason: request.reason,
    purpose: request.purpose,
    via: request.via,
    policies: POLICIES,
    hardwareTable: HARDWARE_TABLE,
  });
  const basis = { profile, machines: machineMarks(machines), standings, chains: new Set(used.keys()) };
  return { plan, basis };
}

async function readStandings(sql: Sql, machineIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const standings = new Map<string, number>();
  for (const machineId of machineIds) {
    const rows = await sql.all('SELECT key_id, last_seq FROM standing WHERE machine_id = ?', machineId);
    for (const row of rows)
      standings.set(standingName(text(row, 'key_id'), machineId), integer(row, 'last_seq'));
  }
  return standings;
}

function planKey(key: ProductState['keys'][number], pool: Pool, history: readonly Activation[]): PlanKey {
  return {
    id: key.id,
    last5: key.last5,
    type: key.type,
    mark: key.mark,
    remaining: pool.numbers.remaining,
    unlimited: pool.numbers.unlimited,
    claimedOn: key.claimedOn,
    counted: pool.counted,
    why: pool.why,
    numbers: pool.numbers,
    policy: key.policy,
    history,
    warning: pool.warning,
  };
}

/** What happened on these machines with this key; a machine that is not known has no history. */
async function historyOf(
  sql: Sql,
  keyId: string,
  machineIds: readonly string[],
): Promise<readonly Activation[]> {
  const histories: Activation[] = [];
  for (const machineId of machineIds) {
    const reserved = await sql.all(
      `SELECT subject FROM ledger_event WHERE machine_id = ? AND chain = ? AND type = 'reserved' ORDER BY seq`,
      machineId,
      keyId,
    );
    histories.push(...(await activationsOf(sql, reserved)));
  }
  return histories;
}
