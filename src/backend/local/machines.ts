import type { LedgerEvent } from '../../activation/events.ts';
import type { HardwareProfile } from '../../activation/hardware.ts';
import { fromEventHardware } from '../../activation/hardware-file.ts';
import { isSameMachineName, type Machine, machineNameKey } from '../../activation/machines.ts';
import { integer, type Row, type Sql, type Transaction, text, textOrNull } from '../../store/sql.ts';

/** The machines that a plan may be about: those of that name in any domain, and those with the same board and system UUID. */
export async function candidateMachines(
  sql: Sql,
  name: string,
  hardware: HardwareProfile | null,
): Promise<Machine[]> {
  const board = identityOf(hardware);
  const found = await Promise.all([
    sql.all('SELECT * FROM machine WHERE name_key = ?', machineNameKey(name)),
    ...(board === null ? [] : [sql.all('SELECT * FROM machine WHERE board = ?', board)]),
  ]);
  return withSuccessors(sql, found.flat());
}

/** Ids of the machines that a name or an id can mean, retired ones too. */
export async function machinesCalled(sql: Sql, name: string): Promise<readonly string[]> {
  const rows = await sql.all(
    'SELECT id, name FROM machine WHERE id = ? OR name_key = ?',
    name,
    machineNameKey(name),
  );
  return rows
    .filter((row) => text(row, 'id') === name || isSameMachineName(text(row, 'name'), name))
    .map((row) => text(row, 'id'));
}

/**
 * Takes the rows of known machines for this transaction, before anything is recorded of them: the order in which
 * events are numbered is then the order in which they are applied.
 */
export function holdMachines(sql: Transaction, ids: readonly string[]): void {
  for (const id of [...ids].sort()) {
    sql.post('UPDATE machine SET last_seen = last_seen WHERE id = ?', id);
  }
}

/** A replaced machine stands for the one that took its place, so that one has to be known too. */
async function withSuccessors(sql: Sql, rows: Row[]): Promise<Machine[]> {
  const machines = new Map<string, Machine>();
  const queue = [...rows];
  for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
    const machine = toMachine(row);
    if (machines.has(machine.id)) continue;
    machines.set(machine.id, machine);
    if (machine.replacedBy !== null) {
      queue.push(...(await sql.all('SELECT * FROM machine WHERE id = ?', machine.replacedBy)));
    }
  }
  return [...machines.values()];
}

function toMachine(row: Row): Machine {
  const name = text(row, 'name');
  const hardware = textOrNull(row, 'hardware');
  return {
    id: text(row, 'id'),
    name,
    lastSeen: text(row, 'last_seen'),
    retiredOn: textOrNull(row, 'retired_on'),
    replacedBy: textOrNull(row, 'replaced_by'),
    hardware: hardware === null ? null : fromEventHardware(name, JSON.parse(hardware)),
  };
}

/** A JSON array of names, written by this room. */
export function formerNames(row: Row): string[] {
  return JSON.parse(text(row, 'former_names'));
}

/** Board and system UUID as one text to find a machine by; null unless both are known. */
export function identityOf(hardware: HardwareProfile | null): string | null {
  const board = hardware?.characteristics['baseboardSerial']?.[0];
  const uuid = hardware?.characteristics['systemUuid']?.[0];
  return board === undefined || uuid === undefined ? null : `${board}-${uuid}`;
}

/** Keeps the machine table true after an event, in the event's own transaction. */
export async function applyToMachines(sql: Transaction, event: LedgerEvent): Promise<void> {
  if (!('machine' in event)) return;
  const { machine } = event;
  if (event.type === 'machine-retired') {
    sql.post(
      'UPDATE machine SET retired_on = ?, replaced_by = ? WHERE id = ?',
      event.at,
      event.replacedBy,
      machine.id,
    );
    return;
  }
  if (event.type === 'machine-renamed') {
    const row = await sql.first('SELECT former_names FROM machine WHERE id = ?', machine.id);
    const names = row === undefined ? [] : formerNames(row).filter((name) => name !== event.from);
    sql.post(
      'UPDATE machine SET name = ?, name_key = ?, former_names = ? WHERE id = ?',
      machine.name,
      machineNameKey(machine.name),
      JSON.stringify([...names, event.from]),
      machine.id,
    );
    return;
  }
  see(sql, event);
}

type Seen = Extract<LedgerEvent, { readonly type: 'machine-seen' | 'reserved' }>;

function see(sql: Transaction, event: Seen): void {
  const { machine, hardware, at } = event;
  const back = event.type === 'machine-seen' ? ', retired_on = NULL, replaced_by = NULL' : '';
  sql.post(
    `INSERT INTO machine (id, name, name_key, former_names, first_seen, last_seen, hardware, board)
       VALUES (?, ?, ?, '[]', ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET
         first_seen = CASE WHEN excluded.first_seen < machine.first_seen
         THEN excluded.first_seen ELSE machine.first_seen END,
         last_seen = CASE WHEN excluded.last_seen > machine.last_seen
         THEN excluded.last_seen ELSE machine.last_seen END,
         hardware = COALESCE(excluded.hardware, machine.hardware),
         board = CASE WHEN excluded.hardware IS NULL THEN machine.board ELSE excluded.board END${back}`,
    machine.id,
    machine.name,
    machineNameKey(machine.name),
    at,
    at,
    hardware === null ? null : JSON.stringify(hardware),
    hardware === null ? null : identityOf(fromEventHardware(machine.name, hardware)),
  );
}

/** How many activations of a key a machine has, kept beside the events so that reports need not read them all. */
export function applyToStanding(sql: Transaction, event: LedgerEvent, machineId: string, live: number): void {
  sql.post(
    `INSERT INTO standing (key_id, machine_id, last_seq, live, last_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (key_id, machine_id) DO UPDATE SET last_seq = excluded.last_seq,
         live = standing.live + excluded.live, last_at = excluded.last_at`,
    event.chain,
    machineId,
    event.seq,
    live,
    event.at,
  );
}

/** The last event of a machine in a key's chain; 0 if there is none. Tells whether a plan is still true. */
export async function standingSeq(sql: Sql, keyId: string, machineId: string): Promise<number> {
  const row = await sql.first(
    'SELECT last_seq FROM standing WHERE key_id = ? AND machine_id = ?',
    keyId,
    machineId,
  );
  return row === undefined ? 0 : integer(row, 'last_seq');
}
