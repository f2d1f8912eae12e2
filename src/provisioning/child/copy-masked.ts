import { pipeline } from 'node:stream/promises';
import { AppError, systemCode } from '../../errors.ts';
import { maskStream } from './mask.ts';

/**
 * Copies the output of a child to a stream of ours, its keys hidden.
 * @throws AppError STORAGE_UNAVAILABLE if it cannot be written.
 */
export async function copyMasked(
  from: NodeJS.ReadableStream,
  to: NodeJS.WritableStream,
  secrets: readonly string[],
): Promise<void> {
  try {
    await pipeline(from, maskStream(secrets), to, { end: false });
  } catch (error) {
    const code = systemCode(error);
    // The reader has had enough; the child learns it from its own closed pipe.
    if (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') return;
    throw new AppError('STORAGE_UNAVAILABLE', `The output of the command cannot be written: ${code}.`, {
      hint: 'The command has run. Look at where its output goes: a full disk, or a closed connection.',
      details: { reason: code },
      cause: error,
    });
  }
}
