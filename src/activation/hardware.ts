export const HARDWARE_SCHEMA = 'mpn-benefits/hardware/1';

/** One characteristic of the table: its name in profiles, its title for people, its votes. */
export interface Characteristic {
  readonly name: string;
  readonly title: string;
  readonly votes: number;
}

/** The table of the comparison and the words that mean "unknown", as data (T4). */
export interface HardwareTable {
  readonly characteristics: readonly Characteristic[];
  /** Characteristics that decide by themselves, in this order: the baseboard, in its place the system UUID. */
  readonly decisive: readonly { readonly name: string; readonly title: string }[];
  /** In tolerance if at least ceil(known * votes / of) match. */
  readonly tolerance: { readonly normal: number; readonly portable: number; readonly of: number };
  /** With fewer known votes, and no decisive characteristic, there is no verdict. */
  readonly minimumKnown: number;
  /** What firmware says when it says nothing; compared in upper case. */
  readonly placeholders: readonly string[];
  /** Words in names of adapters that are not part of the machine: virtual, VPN, USB, docks. Lower case. */
  readonly foreignAdapters: readonly string[];
  readonly sources: readonly string[];
}

/** A machine's hardware as hashes: enough to compare, useless to identify. Null where unknown. */
export interface HardwareProfile {
  readonly schema: typeof HARDWARE_SCHEMA;
  readonly machine: string;
  readonly virtual: boolean;
  readonly portable: boolean;
  readonly characteristics: Readonly<Record<string, readonly string[] | null>>;
}
