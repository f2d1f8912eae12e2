import { PROFILE_CHAIN } from '../../activation/events.ts';
import type { MachineRow } from '../../activation/machines.ts';
import { isSameMachineName, machineNameKey, machinesMeant } from '../../activation/machines.ts';
import { AppError } from '../../errors.ts';
import { integer, type Row, type Sql, type Transaction, text, textOrNull } from '../../store/sql.ts';
import type { Machines, MachineView } from '../backend.ts';
import { activationsOf } from './activation-list.ts';
import { type LedgerSetup, openChain, recordEvent } from './ledger.ts';
import { applyToMachines, formerNames, holdMachines } from './machines.ts';
import type { ProfileDatabase } from './profile-database.ts';

export function localMachines(database: ProfileDatabase, ledger: LedgerSetup): Machines {
  return {
    list: () => listMachines(database.reading()),
    show: (name) => showMachine(database.reading(), name),
    retire: (name, reason, actor) => database.write((sql) => retireMachine(sql, name, reason, actor, ledger)),
  };
}

const SELECT = `SELECT m.*, COALESCE((SELECT SUM(s.live) FROM standing s WHERE s.machine_id = m.id), 0) AS live
  FROM machine m`;

async function* listMachines(sql: Sql): AsyncIterable<MachineRow> {
  for await (const row of sql.each(`${SELECT} ORDER BY m.last_seen DESC, m.id`)) yield toRow(row);
}

function toRow(row: Row): MachineRow {
  const hardware = textOrNull(row, 'hardware');
  return {
    id: text(row, 'id'),
    name: text(row, 'name'),
    formerNames: formerNames(row),
    firstSeen: text(row, 'first_seen'),
    lastSeen: text(row, 'last_seen'),
    retiredOn: textOrNull(row, 'retired_on'),
    virtual: hardware === null ? null : JSON.parse(hardware).virtual === 'yes',
    activations: integer(row, 'live'),
  };
}

/** By id or name; of several of one name the one in use. */
async function namedMachine(sql: Sql, name: string): Promise<MachineRow> {
  const rows = await sql.all(
    `${SELECT} WHERE m.id = ? OR m.name_key = ? ORDER BY m.last_seen DESC`,
    name,
    machineNameKey(name),
  );
  const known = rows.map(toRow).filter((row) => row.id === name || isSameMachineName(row.name, name));
  const inUse = known.filter(({ retiredOn }) => retiredOn === null);
  const machines = chosenBy(name, inUse.length > 0 ? inUse : known);
  const [only, another] = machines;
  if (only === undefined) {
    throw new AppError('NOT_FOUND', `There is no machine called "${name.slice(0, 80)}".`, {
      hint: 'See: mpn-benefits machines list',
    });
  }
  if (another !== undefined) {
    throw new AppError('AMBIGUOUS', `Several machines are called "${name.slice(0, 80)}".`, {
      hint: `Name one by its id: ${machines.map((machine) => `${machine.id} (${machine.name})`).join(', ')}`,
      details: { candidates: machines.map(({ id }) => id) },
    });
  }
  return only;
}

function chosenBy(name: string, machines: readonly MachineRow[]): readonly MachineRow[] {
  const byId = machines.filter(({ id }) => id === name);
  return byId.length > 0 ? byId : machinesMeant(name, machines);
}

async function showMachine(sql: Sql, name: string): Promise<MachineView> {
  const row = await namedMachine(sql, name);
  const reserved = await sql.all(
    `SELECT subject FROM ledger_event WHERE machine_id = ? AND type = 'reserved' ORDER BY at DESC, number DESC`,
    row.id,
  );
  return { row, activations: await activationsOf(sql, reserved) };
}

async function retireMachine(
  sql: Transaction,
  name: string,
  reason: string,
  actor: string | null,
  setup: LedgerSetup,
): Promise<MachineRow> {
  holdMachines(sql, [(await namedMachine(sql, name)).id]);
  const machine = await namedMachine(sql, name);
  if (machine.retiredOn !== null) {
    throw new AppError('USAGE', `${machine.name} is retired since ${machine.retiredOn.slice(0, 10)}.`, {
      hint: 'Nothing was changed. Activated again with its hardware it is known; its name alone is that of a new machine.',
    });
  }
  await openChain(sql, PROFILE_CHAIN, null, setup);
  const { event } = await recordEvent(
    sql,
    PROFILE_CHAIN,
    {
      type: 'machine-retired',
      delta: 0,
      actor,
      machine: { id: machine.id, name: machine.name },
      reason,
      replacedBy: null,
    },
    setup,
  );
  await applyToMachines(sql, event);
  return { ...machine, retiredOn: event.at };
}
