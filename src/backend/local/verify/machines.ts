import { canonicalJson } from '../../../activation/canonical.ts';
import type { LedgerFinding } from '../../../activation/chain-verifier.ts';
import { PROFILE_CHAIN } from '../../../activation/events.ts';
import type { ToldMachine } from '../../../activation/machine-history.ts';
import { machineNameKey } from '../../../activation/machines.ts';
import { type Row, type Sql, text, textOrNull } from '../../../store/sql.ts';
import { formerNames } from '../machines.ts';
import { FirstFindings } from './first-findings.ts';

/** The table of machines, which is kept beside the events, compared with the machines that the events tell. */
export async function compareMachines(
  sql: Sql,
  told: ReadonlyMap<string, ToldMachine>,
): Promise<readonly LedgerFinding[]> {
  const findings = new FirstFindings();
  const find = (problem: string): void => findings.add(PROFILE_CHAIN, null, problem);
  const missing = new Set(told.keys());
  for await (const row of sql.each('SELECT * FROM machine ORDER BY id')) {
    const id = text(row, 'id');
    missing.delete(id);
    const machine = told.get(id);
    if (machine === undefined) find(`machine ${id} is on record, and no event names it`);
    else {
      const wrong = differences(row, machine);
      if (wrong.length > 0)
        find(`machine ${id} has another ${wrong.join(', ')} on record than its events say`);
    }
  }
  for (const id of missing) find(`machine ${id} is gone from the list of machines`);
  return findings.all;
}

function differences(row: Row, told: ToldMachine): string[] {
  const hardware = textOrNull(row, 'hardware');
  const fields: readonly [string, unknown, unknown][] = [
    ['name', text(row, 'name'), told.name],
    ['name', text(row, 'name_key'), machineNameKey(told.name)],
    ['former names', formerNames(row).join('\n'), told.formerNames.join('\n')],
    ['first day', text(row, 'first_seen'), told.firstSeen],
    ['last day', text(row, 'last_seen'), told.lastSeen],
    ['retirement', textOrNull(row, 'retired_on'), told.retiredOn],
    ['replacement', textOrNull(row, 'replaced_by'), told.replacedBy],
    [
      'hardware',
      hardware === null ? null : canonicalJson(JSON.parse(hardware)),
      told.hardware === null ? null : canonicalJson(told.hardware),
    ],
  ];
  return [...new Set(fields.filter(([, kept, said]) => kept !== said).map(([field]) => field))];
}
