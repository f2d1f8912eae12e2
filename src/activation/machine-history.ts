import type { Activation } from './activations.ts';
import type { LedgerEvent } from './events.ts';
import { fromEventHardware } from './hardware-file.ts';
import type { Machine } from './machines.ts';

type Known = { -readonly [Field in keyof Machine]: Machine[Field] };

/** A machine is seen again: also one that was retired by hand is in use then. */
function see(known: Known, at: string, hardware: Machine['hardware']): void {
  if (at < known.firstSeen) known.firstSeen = at;
  if (at < known.lastSeen) return;
  known.lastSeen = at;
  if (hardware !== null) known.hardware = hardware;
}

/**
 * The machines of a profile, from the events of its `profile` chain and the activations of all keys. A machine
 * that only an activation names (its own event is gone) is still listed.
 */
export function foldMachines(
  profileEvents: Iterable<LedgerEvent>,
  activations: Iterable<Activation>,
): Machine[] {
  const machines = new Map<string, Known>();
  const know = (id: string, name: string, at: string): Known => {
    const known = machines.get(id) ?? {
      id,
      name,
      formerNames: [],
      firstSeen: at,
      lastSeen: at,
      retiredOn: null,
      replacedBy: null,
      hardware: null,
    };
    machines.set(id, known);
    return known;
  };

  for (const event of profileEvents) {
    if (event.type === 'machine-seen') {
      const known = know(event.machine.id, event.machine.name, event.at);
      see(known, event.at, fromEventHardware(event.machine.name, event.hardware));
      known.retiredOn = null;
      known.replacedBy = null;
    } else if (event.type === 'machine-renamed') {
      const known = know(event.machine.id, event.from, event.at);
      known.formerNames = [...known.formerNames.filter((name) => name !== event.from), event.from];
      known.name = event.machine.name;
    } else if (event.type === 'machine-retired') {
      const known = know(event.machine.id, event.machine.name, event.at);
      known.retiredOn = event.at;
      known.replacedBy = event.replacedBy;
    }
  }
  for (const { machine, at, hardware } of activations) see(know(machine.id, machine.name, at), at, hardware);
  return [...machines.values()];
}

/** The fields of `machines list`, in their order. */
export type MachineRow = {
  readonly id: string;
  readonly name: string;
  readonly formerNames: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly retiredOn: string | null;
  /** Null if its hardware was never read. */
  readonly virtual: boolean | null;
  /** How many activations it has, pending ones included, failed ones not. */
  readonly activations: number;
};

/** Machines as lists show them, the last seen first. */
export function machineRows(machines: Iterable<Machine>, activations: Iterable<Activation>): MachineRow[] {
  const counts = new Map<string, number>();
  for (const { machine, status } of activations) {
    if (status !== 'failed') counts.set(machine.id, (counts.get(machine.id) ?? 0) + 1);
  }
  return [...machines]
    .sort((a, b) => (a.lastSeen < b.lastSeen ? 1 : a.lastSeen > b.lastSeen ? -1 : a.id < b.id ? -1 : 1))
    .map(({ id, name, formerNames, firstSeen, lastSeen, retiredOn, hardware }) => ({
      id,
      name,
      formerNames,
      firstSeen,
      lastSeen,
      retiredOn,
      virtual: hardware?.virtual ?? null,
      activations: counts.get(id) ?? 0,
    }));
}
