import { AppError } from '../errors.ts';
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

interface NameParts {
  readonly host: string;
  /** Null where the name has none. */
  readonly domain: string | null;
  /** True for `CORP\web01`, whose domain is commonly the first word of the long one. */
  readonly flat: boolean;
}

function partsOf(name: string): NameParts {
  const plain = name.normalize('NFKC').trim().toLowerCase();
  // An address is a name too, and has no domain.
  if (/^[\d.]+$/.test(plain) || plain.includes(':')) return { host: plain, domain: null, flat: false };
  const slash = plain.lastIndexOf('\\');
  const local = plain.slice(slash + 1);
  const dot = local.indexOf('.');
  const long = dot > 0 ? local.slice(dot + 1).replace(/\.$/, '') : '';
  const short = plain.slice(0, Math.max(slash, 0)).replace(/^[\\.]+/, '');
  const host = dot > 0 ? local.slice(0, dot) : local;
  if (long !== '') return { host, domain: long, flat: false };
  return short === '' ? { host, domain: null, flat: false } : { host, domain: short, flat: true };
}

/** What all names that may be one machine's have in common: case, domain and odd spellings do not count. */
export function machineNameKey(name: string): string {
  return partsOf(name).host;
}

function sameDomain(a: NameParts, b: NameParts): boolean {
  if (a.domain === b.domain) return true;
  return a.flat !== b.flat && a.domain?.split('.')[0] === b.domain?.split('.')[0];
}

/** Whether two names can be one machine's: a name without a domain is that of any, two domains must be the same. */
export function isSameMachineName(a: string, b: string): boolean {
  const [one, other] = [partsOf(a), partsOf(b)];
  if (one.host !== other.host) return false;
  return one.domain === null || other.domain === null || sameDomain(one, other);
}

/** Of these machines those that the name can mean; only those of its very domain, or of none like it, if there are any. */
export function machinesMeant<M extends { readonly name: string }>(
  name: string,
  machines: readonly M[],
): readonly M[] {
  const wanted = partsOf(name);
  const fitting = machines.filter((machine) => isSameMachineName(machine.name, name));
  const exact = fitting.filter((machine) => sameDomain(partsOf(machine.name), wanted));
  return exact.length > 0 ? exact : fitting;
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
  return [...machines].filter((machine) => isSameMachineName(machine.name, name)).sort(byRelevance);
}

/** The machine in use that is meant by a name alone. */
function inUseNamed(name: string, inUse: readonly Machine[]): Machine | undefined {
  const meant = machinesMeant(name, inUse).toSorted(byRelevance);
  const [likeliest, ...others] = meant;
  if (likeliest === undefined || others.every((other) => isSameMachineName(other.name, likeliest.name)))
    return likeliest;
  const candidates = [...new Set(meant.map((machine) => machine.name))].sort(compare);
  throw new AppError('AMBIGUOUS', `Several machines in use are called "${name.slice(0, 80)}".`, {
    hint: `Name one with its domain: ${candidates.join(', ')}`,
    details: { candidates },
  });
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
 * @throws AppError AMBIGUOUS for a name without domain that machines of several domains have
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
  const machine = inUseNamed(name, inUse);
  if (machine === undefined) return undefined;
  return { machine, by: 'name', reason: `known by its name, ${machine.name}` };
}

/** True if the match shows that the machine got another name. */
export function isRenamed(machine: Machine, name: string): boolean {
  return !isSameMachineName(machine.name, name);
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
