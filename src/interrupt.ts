import { AppError } from './errors.ts';

/** The part of `process` that tells of signals and of the end. */
export interface SignalSource {
  on(event: NodeJS.Signals | 'exit', listener: () => void): unknown;
  off(event: NodeJS.Signals | 'exit', listener: () => void): unknown;
}

/** What asks a program to end, and lets it tidy up. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** While something is under way that must not end in silence, or leave something behind. */
export interface Interruption {
  /** Rejects with CANCELLED when somebody wants the process to end. */
  readonly interrupted: Promise<never>;
  /** From here on the signals do what they did before. */
  readonly stop: () => void;
}

/** Takes Ctrl-C, SIGTERM and SIGHUP for the end of what is under way, told in this sentence. */
export function interruption(signals: SignalSource, message: string): Interruption {
  const { promise, reject } = Promise.withResolvers<never>();
  // Whoever races with it may look later; until then it must not count as unhandled.
  promise.catch(() => {});
  const end = (): void => reject(new AppError('CANCELLED', message));
  for (const signal of ENDING) signals.on(signal, end);
  return {
    interrupted: promise,
    stop: () => {
      for (const signal of ENDING) signals.off(signal, end);
    },
  };
}

/** The same around one piece of work. */
export async function orCancelled<T>(
  signals: SignalSource,
  message: string,
  work: () => Promise<T>,
): Promise<T> {
  const { interrupted, stop } = interruption(signals, message);
  try {
    return await Promise.race([work(), interrupted]);
  } finally {
    stop();
  }
}
