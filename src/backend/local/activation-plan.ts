import type { Activation } from '../../activation/activations.ts';
import { refuseIfPast } from '../../activation/past.ts';
import { planActivation } from '../../activation/plan.ts';
import type { ActivationPlan, PlanKey } from '../../activation/plan-types.ts';
import { POLICY_IDS, type PolicyId, stricterOf } from '../../activation/policy.ts';
import { HARDWARE_TABLE } from '../../data/hardware.ts';
import { POLICIES } from '../../data/policies.ts';
import type { Catalogue } from '../../entitlements/catalogue.ts';
import { lapsesOn } from '../../entitlements/offers.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import { integer, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { ActivationRequest } from '../backend.ts';
import { activationOf } from './activation-list.ts';
import { countProduct, keyMark, keyType } from './counting.ts';
import { activationNeedOf } from './entitlement-rows.ts';
import { candidateMachines } from './machines.ts';

export interface PlanSetup {
  readonly catalogue: Catalogue;
  readonly today: string;
  /** Of keys whose offers have none. */
  readonly policy: PolicyId;
}

/** What a plan was made from: if it is still so while the key's row is locked, the plan is still true. */
export interface PlanBasis {
  readonly machineIds: readonly string[];
  /** The last event of a machine in a key's chain, by `standingName`. */
  readonly standings: ReadonlyMap<string, number>;
}

/** One name for a machine's standing with a key. */
export function standingName(keyId: string, machineId: string): string {
  return `${keyId} ${machineId}`;
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
  const { product, machine, hardware } = request;
  if (product.requiresActivation.value !== 'no') {
    refuseIfPast(await datesOf(sql, product.id), setup.today, request.reason);
  }
  const machines = await candidateMachines(sql, machine, hardware);
  const machineIds = machines.map(({ id }) => id);
  const standings = await readStandings(sql, machineIds);
  const keys = await planKeys(sql, request, machineIds, setup);
  const plan = planActivation({
    product,
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
  return { plan, basis: { machineIds, standings } };
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

async function datesOf(sql: Sql, productId: string) {
  const rows = await sql.all(
    `SELECT e.activate_by, o.purchased FROM entitlement e LEFT JOIN offer o ON o.id = e.offer_id
       WHERE e.product_id = ?`,
    productId,
  );
  return rows.map((row) => ({
    activateBy: textOrNull(row, 'activate_by'),
    lapsesOn: lapsesOn({ purchased: textOrNull(row, 'purchased') }),
  }));
}

/** What a key of this product allows at this moment; null if nobody knows. */
export async function allowedNow(
  sql: Sql,
  product: ProductFacts,
  keyId: string,
  { catalogue, today }: PlanSetup,
): Promise<number | null> {
  const counts = await countProduct(sql, product, activationNeedOf(sql, catalogue), today);
  return counts.pools.get(keyId)?.numbers.allowed ?? null;
}

async function planKeys(
  sql: Sql,
  { product }: ActivationRequest,
  machineIds: readonly string[],
  setup: PlanSetup,
): Promise<PlanKey[]> {
  const counts = await countProduct(sql, product, activationNeedOf(sql, setup.catalogue), setup.today);
  const rows = await sql.all(
    `SELECT k.id, k.last5, k.type, k.mark, k.claimed_on FROM key_product kp
       JOIN product_key k ON k.id = kp.key_id WHERE kp.product_id = ? ORDER BY k.id`,
    product.id,
  );
  const keys: PlanKey[] = [];
  for (const row of rows) {
    const id = text(row, 'id');
    const pool = counts.pools.get(id);
    if (pool === undefined) continue;
    keys.push({
      id,
      last5: text(row, 'last5'),
      type: keyType(row),
      mark: keyMark(row),
      remaining: pool.numbers.remaining,
      unlimited: pool.numbers.unlimited,
      claimedOn: textOrNull(row, 'claimed_on'),
      counted: pool.counted,
      why: pool.why,
      numbers: pool.numbers,
      policy: await policyOf(sql, id, setup.policy),
      history: await historyOf(sql, id, machineIds),
      warning: pool.warning,
    });
  }
  return keys;
}

/** The stricter of the policies of a key's offers: of those it was imported for, and of its products' grants. */
async function policyOf(sql: Sql, keyId: string, standard: PolicyId): Promise<PolicyId> {
  const rows = await sql.all(
    `SELECT o.policy FROM offer o WHERE o.id IN (SELECT offer_id FROM key_offer WHERE key_id = ?)
       OR o.id IN (SELECT e.offer_id FROM entitlement e JOIN key_product kp ON kp.product_id = e.product_id
                     WHERE kp.key_id = ?)`,
    keyId,
    keyId,
  );
  const policies = rows.map((row) => POLICY_IDS.find((policy) => policy === row['policy']) ?? standard);
  return stricterOf(POLICIES, policies, standard);
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
    for (const row of reserved) {
      const activation = await activationOf(sql, text(row, 'subject'));
      if (activation !== undefined) histories.push(activation);
    }
  }
  return histories;
}
