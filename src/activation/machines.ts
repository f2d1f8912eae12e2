import { compare } from '../keys/order.ts';
import { type HardwareProfile, hashesOf } from './hardware.ts';

/** A machine as the profile chain and the reservations tell it. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly lastSeen: string;
  /** When it was retired; its history stays, nothing is given back. */
  readonly retiredOn: string | null;
  /** Id of the machine that took its place (`--assume new`). */
  readonly replacedBy: string | null;
  /** The latest known hardware. */
  readonly hardware: HardwareProfile | null;
}

export interface MachineMatch {
  readonly machine: Machine;
  readonly by: 'hardware' | 'name';
  readonly reason: string;
}

const BOARD = 'baseboardSerial';
const UUID = 'systemUuid';

/** What two names of the same machine have in common: case, domain and odd spellings do not count. */
export function machineNameKey(name: string): string {
  const plain = name.normalize('NFKC').trim().toLowerCase();
  // An address is a name too, and has no domain.
  if (/^[\d.]+$/.test(plain) || plain.includes(':')) return plain;
  const withoutDomain = plain.slice(plain.lastIndexOf('\\') + 1);
  const dot = withoutDomain.indexOf('.');
  return dot > 0 ? withoutDomain.slice(0, dot) : withoutDomain;
}

function shared(a: HardwareProfile, b: HardwareProfile, name: string): boolean {
  const before = hashesOf(a, name);
  return hashesOf(b, name)?.some((hash) => before?.includes(hash)) ?? false;
}

/** Baseboard and system UUID both known and equal: one machine, whatever it is called. */
export function isSameHardware(a: HardwareProfile, b: HardwareProfile): boolean {
  return shared(a, b, BOARD) && shared(a, b, UUID);
}

/** Machines in use before retired ones, then the one seen last. */
function byRelevance(a: Machine, b: Machine): number {
  const retired = Number(a.retiredOn !== null) - Number(b.retiredOn !== null);
  return retired || compare(b.lastSeen, a.lastSeen) || compare(a.id, b.id);
}

/** The machines that go by this name, the likeliest first. */
export function machinesNamed(name: string, machines: Iterable<Machine>): Machine[] {
  const key = machineNameKey(name);
  return [...machines].filter((machine) => machineNameKey(machine.name) === key).sort(byRelevance);
}

/** The machine that stands for this one today: its replacement, and that one's. */
function successor(machine: Machine, machines: readonly Machine[]): Machine {
  const seen = new Set<string>();
  let current = machine;
  while (current.replacedBy !== null && !seen.has(current.id)) {
    seen.add(current.id);
    const next = machines.find(({ id }) => id === current.replacedBy);
    if (next === undefined) break;
    current = next;
  }
  return current;
}

/**
 * The known machine that this one is: by its hardware if baseboard and UUID are equal (then a retired one may be
 * back, or a known one renamed), else by its name, among the machines in use. Undefined if it is new.
 */
export function findMachine(
  name: string,
  hardware: HardwareProfile | null,
  machines: Iterable<Machine>,
): MachineMatch | undefined {
  const all = [...machines];
  const inUse = all.filter(({ retiredOn }) => retiredOn === null);
  if (hardware !== null) {
    const isTwin = (machine: Machine): boolean =>
      machine.hardware !== null && isSameHardware(machine.hardware, hardware);
    const current = inUse.filter(isTwin);
    const twins = (current.length > 0 ? current : all.filter(isTwin)).sort(byRelevance);
    // Cloned virtual machines may share a UUID: then the name tells them apart.
    const twin = machinesNamed(name, twins)[0] ?? twins[0];
    if (twin !== undefined) {
      return {
        machine: successor(twin, all),
        by: 'hardware',
        reason: 'known by its baseboard and system UUID',
      };
    }
  }
  const [machine] = machinesNamed(name, inUse);
  if (machine === undefined) return undefined;
  return { machine, by: 'name', reason: `known by its name, ${machine.name}` };
}

/** True if the match shows that the machine got another name. */
export function isRenamed(machine: Machine, name: string): boolean {
  return machineNameKey(machine.name) !== machineNameKey(name);
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
