import { AppError, systemCode } from '../errors.ts';
import type { Output } from './streams.ts';

/** The reader of stdout has gone. Listing ends silently with exit code 0. */
export class OutputClosed extends Error {
  constructor() {
    super('The reader of the output has gone.');
    this.name = 'OutputClosed';
  }
}

export type WriteOut = (chunk: string | Uint8Array) => Promise<void>;

const GONE = new Set(['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

/**
 * Data to stdout. Each write waits for its callback: only then has the system taken the chunk, and only then does a
 * loop that never leaves the microtask queue learn that its reader has gone.
 */
export function createOutput(stdout: Output): WriteOut {
  let failure: Error | undefined;
  const fail = (error: Error): Error => {
    failure ??= outputFailure(error);
    return failure;
  };
  // Without a listener a failed write ends the process as an uncaught exception.
  stdout.on('error', fail);

  return (chunk) =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      if (chunk.length === 0) return resolve();
      stdout.write(chunk, (error) => (error ? reject(fail(error)) : resolve()));
    });
}

/** What failing to write to stdout means: OutputClosed, or AppError STORAGE_UNAVAILABLE. */
export function outputFailure(error: unknown): Error {
  const code = systemCode(error);
  if (GONE.has(code)) return new OutputClosed();
  return new AppError('STORAGE_UNAVAILABLE', `The output cannot be written (${code}).`, {
    hint:
      code === 'ENOSPC'
        ? 'The disk that the output goes to is full.'
        : 'Check where the output is redirected to.',
    details: { systemCode: code },
    cause: error,
  });
}
