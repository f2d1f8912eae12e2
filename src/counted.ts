/** `1 key`, `3 keys`, `1 entry`, `2 entries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** A change of a count: `+1`, `0`, `-1`. */
export function signed(delta: number): string {
  return delta > 0 ? `+${delta}` : String(delta);
}
