import { machineNameKey } from '../../activation/machines.ts';
import type { CountedPlan } from '../../activation/plan-types.ts';
import { integer, onlyRow, type Sql } from '../../store/sql.ts';
import { machineMarks, type PlanBasis, standingName } from './activation-plan.ts';
import { candidateMachines, identityOf, standingSeq } from './machines.ts';
import { profileState } from './product-state.ts';

/** Somebody else's event came between the plan and its reservation: the plan is not true any more. */
export class Outrun extends Error {}

export interface Planned {
  readonly plan: CountedPlan;
  readonly basis: PlanBasis;
}

/** Throws Outrun if anything that the plan was made from, the count apart, is otherwise now. */
export async function checkStillTrue(sql: Sql, { plan, basis }: Planned): Promise<void> {
  if (basis.machines.size === 0) return checkUnknown(sql, plan, basis);
  const known = [...basis.machines.keys()];
  const [profile, machines, ...standings] = await Promise.all([
    // What decided about the count was the allowance of the plan; it may have been set anew since.
    profileState(sql),
    candidateMachines(sql, plan.machine.name, plan.hardware),
    ...known.map((machineId) => standingSeq(sql, plan.keyId, machineId)),
  ]);
  if (profile.changes !== basis.profile.changes) throw new Outrun();
  const marks = machineMarks(machines);
  if (marks.size !== known.length) throw new Outrun();
  for (const [at, machineId] of known.entries()) {
    if (marks.get(machineId) !== basis.machines.get(machineId)) throw new Outrun();
    if (standings[at] !== (basis.standings.get(standingName(plan.keyId, machineId)) ?? 0)) throw new Outrun();
  }
}

/** The same in one statement, for a machine that nobody knew: nobody may have begun it in the meantime. */
async function checkUnknown(sql: Sql, { machine, hardware }: CountedPlan, basis: PlanBasis): Promise<void> {
  const row = await onlyRow(
    sql,
    `SELECT p.changes, (SELECT COUNT(*) FROM machine WHERE name_key = ?) AS named,
       (SELECT COUNT(*) FROM machine WHERE board = ?) AS alike FROM profile p`,
    machineNameKey(machine.name),
    identityOf(hardware),
  );
  const found = integer(row, 'named') + integer(row, 'alike');
  if (integer(row, 'changes') !== basis.profile.changes || found > 0) throw new Outrun();
}
