import type { Terminal } from './terminal.ts';

/** What is going on, in one line that goes away. */
export interface Progress {
  /** At most ten times a second; what comes in between is not shown. */
  update(text: string): void;
  done(): void;
}

const INTERVAL_MILLISECONDS = 100;

/** A line on stderr for work that takes a while. Nothing where stderr is no terminal, or in quiet mode. */
export function startProgress(
  terminal: Pick<Terminal, 'transient'>,
  milliseconds = () => performance.now(),
): Progress {
  let last = -INTERVAL_MILLISECONDS;
  return {
    update(text) {
      const now = milliseconds();
      if (now - last < INTERVAL_MILLISECONDS) return;
      last = now;
      terminal.transient(text);
    },
    done: () => terminal.transient(undefined),
  };
}
