import type { EventHardware, LedgerEvent } from './events.ts';

/** A machine as the events tell it, so far. */
export interface ToldMachine {
  readonly name: string;
  readonly formerNames: readonly string[];
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly retiredOn: string | null;
  readonly replacedBy: string | null;
  readonly hardware: EventHardware | null;
  /** Where in the order of writing the hardware was told last. */
  readonly hardwareAt: number;
}

type Told = { -readonly [Field in keyof ToldMachine]: ToldMachine[Field] };

/**
 * The machines of a ledger, by id: from the events of its `profile` chain in their order, and the reservations of all
 * keys in any. Chains may be heard apart and put together afterwards.
 */
export class MachineHistory {
  readonly #machines = new Map<string, Told>();

  get machines(): ReadonlyMap<string, ToldMachine> {
    return this.#machines;
  }

  /** @param number the event's place in the order of writing, over all chains. */
  hear(event: LedgerEvent, number: number): void {
    if (!('machine' in event)) return;
    const told = this.#know(event);
    if (event.type === 'machine-renamed') {
      told.formerNames = [...told.formerNames.filter((name) => name !== event.from), event.from];
      told.name = event.machine.name;
    } else if (event.type === 'machine-retired') {
      told.retiredOn = event.at;
      told.replacedBy = event.replacedBy;
    } else {
      // Also a machine that was retired by hand is in use when it is seen again.
      if (event.type === 'machine-seen') {
        told.retiredOn = null;
        told.replacedBy = null;
      }
      see(told, { firstSeen: event.at, lastSeen: event.at, hardware: event.hardware, hardwareAt: number });
    }
  }

  /** What another history heard of chains that this one did not hear. Only one of them may have heard `profile`. */
  join(other: ReadonlyMap<string, ToldMachine>, heardProfile: boolean): void {
    for (const [id, theirs] of other) {
      const ours = this.#machines.get(id);
      if (ours === undefined) {
        this.#machines.set(id, { ...theirs });
        continue;
      }
      if (heardProfile) {
        const { name, formerNames, retiredOn, replacedBy } = theirs;
        Object.assign(ours, { name, formerNames, retiredOn, replacedBy });
      }
      see(ours, theirs);
    }
  }

  #know(event: LedgerEvent & { readonly machine: { readonly id: string; readonly name: string } }): Told {
    const known = this.#machines.get(event.machine.id);
    if (known !== undefined) return known;
    const told: Told = {
      name: event.type === 'machine-renamed' ? event.from : event.machine.name,
      formerNames: [],
      firstSeen: event.at,
      lastSeen: event.at,
      retiredOn: null,
      replacedBy: null,
      hardware: null,
      hardwareAt: 0,
    };
    this.#machines.set(event.machine.id, told);
    return told;
  }
}

function see(
  told: Told,
  seen: Pick<ToldMachine, 'firstSeen' | 'lastSeen' | 'hardware' | 'hardwareAt'>,
): void {
  if (seen.firstSeen < told.firstSeen) told.firstSeen = seen.firstSeen;
  if (seen.lastSeen > told.lastSeen) told.lastSeen = seen.lastSeen;
  if (seen.hardware === null || seen.hardwareAt < told.hardwareAt) return;
  told.hardware = seen.hardware;
  told.hardwareAt = seen.hardwareAt;
}
