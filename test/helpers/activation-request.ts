/** An activation of a machine that nothing is known of, by hand: what is the same whoever asks for it. */
export function madeUpActivation(machine: string) {
  return {
    machine,
    hardware: null,
    assume: null,
    reason: null,
    purpose: 'internal',
    via: 'manual',
  } as const;
}

/** The same as it goes over the wire. */
export function wireActivation(machine: string, productId: string) {
  return { productId, wish: { key: null, type: null }, ...madeUpActivation(machine) };
}
