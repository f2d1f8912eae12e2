import type { ChildProcess } from 'node:child_process';
import type { SignalSource } from '../../interrupt.ts';

export interface RelayOptions {
  readonly platform: NodeJS.Platform;
  /** We share a terminal with the child. */
  readonly terminal: boolean;
  /** Last act should the process end in the middle. */
  readonly atExit: () => void;
}

export interface SignalRelay {
  /** The child that gets the signals from now on. */
  to(child: ChildProcess): void;
  stop(): void;
}

/**
 * Whatever ends a process and can be listened for. Not SIGKILL and the real-time signals, and not those that a mistake
 * in the process itself raises (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS): to go on after them is to meet them again.
 */
const POSIX: readonly NodeJS.Signals[] = [
  ...(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const),
  // Timers, and limits as of `ulimit` and batch systems.
  ...(['SIGALRM', 'SIGVTALRM', 'SIGPROF', 'SIGXCPU', 'SIGXFSZ'] as const),
  ...(['SIGABRT', 'SIGTRAP', 'SIGIO', 'SIGPWR', 'SIGSTKFLT'] as const),
];
const WINDOWS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK'];

/**
 * Ctrl-C, Ctrl-\ and Ctrl-Break: a terminal sends them to the child as well, and twice means "at once" to many. Who
 * sent a signal cannot be asked here, so at a terminal one of these that somebody sends to us alone goes no further.
 */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT', 'SIGBREAK']);

/**
 * Hands signals on to the child in place of dying of them, so that its end decides ours. Begins before there is a
 * child: a signal that comes in between reaches it when it is there.
 */
export function relaySignals(source: SignalSource, options: RelayOptions): SignalRelay {
  let child: ChildProcess | undefined;
  const early: NodeJS.Signals[] = [];
  const listeners = (options.platform === 'win32' ? WINDOWS : POSIX).map((signal) => {
    const listener = (): void => {
      if (options.terminal && FROM_TERMINAL.has(signal)) return;
      if (child === undefined) early.push(signal);
      else child.kill(signal);
    };
    return { signal, listener };
  });
  for (const { signal, listener } of listeners) source.on(signal, listener);
  source.on('exit', options.atExit);
  return {
    to(started) {
      child = started;
      for (const signal of early.splice(0)) started.kill(signal);
    },
    stop() {
      for (const { signal, listener } of listeners) source.off(signal, listener);
      source.off('exit', options.atExit);
    },
  };
}
