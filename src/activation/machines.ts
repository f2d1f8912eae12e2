import type { HardwareProfile } from './hardware.ts';

/** A machine as the profile chain and the reservations tell it. */
export interface Machine {
  readonly id: string;
  readonly name: string;
  readonly formerNames: readonly string[];
  /** ISO 8601, UTC. */
  readonly firstSeen: string;
  readonly lastSeen: string;
  /** When it was retired; its history stays. */
  readonly retiredOn: string | null;
  /** Id of the machine that replaced it (`--assume new`). */
  readonly replacedBy: string | null;
  /** The latest known hardware. */
  readonly hardware: HardwareProfile | null;
}
