import type { MachineSetup } from '../../src/checks/machine.ts';

/** A machine of which nothing but what a test says may be asked. */
export function setup(over: Partial<MachineSetup> = {}): MachineSetup {
  const never = (what: string) => (): never => {
    throw new Error(`nobody should ask for ${what}`);
  };
  return {
    platform: 'linux',
    online: false,
    now: () => new Date('2026-11-24T10:00:00.000Z'),
    windows: never('Windows'),
    network: never('the network'),
    virtual: never('the hardware'),
    disk: never('the disk'),
    ledger: never('the ledger'),
    ...over,
  };
}
