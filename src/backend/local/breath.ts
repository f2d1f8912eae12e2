import { setImmediate } from 'node:timers/promises';

const ROWS = 1_000;

/** Called for each row of a long loop: now and then the process looks around, as somebody may have pressed Ctrl-C. */
export async function breathe(row: number, every = ROWS): Promise<void> {
  if (row % every === 0) await setImmediate();
}
