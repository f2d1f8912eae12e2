import type { Unit } from './types.ts';

/** The portal has one of many; a person reads one of one. */
const ONE_OF: ReadonlyMap<Unit, string> = new Map([
  ['activations', 'activation'],
  ['licences', 'licence'],
]);

/** The word for what is counted, as it stands behind that number. */
export function unitFor(quantity: number, unit: Unit): string {
  return quantity === 1 ? (ONE_OF.get(unit) ?? unit) : unit;
}
