import { fstatSync, statSync, writeSync } from 'node:fs';
import { systemCode } from './errors.ts';
import type { Output, OutputStream } from './terminal/streams.ts';

const NULL_DEVICE = '/dev/null';

/** After so much there is a breath. */
const BREATH_BYTES = 32 * 1024;

/**
 * Output to a file, a pipe or nowhere, straight through the system: Node's streams take as long to load as a listing
 * takes to be read. Undefined where the descriptor may be a terminal, and where that cannot be told.
 * @param stream Node's own stream for the descriptor; it takes over where the system cannot take all at once.
 */
export function plainOutput(descriptor: number, stream: () => OutputStream): Output | undefined {
  if (!isPlain(descriptor)) return undefined;
  const listeners: ((error: Error) => void)[] = [];
  let successor: OutputStream | undefined;
  let sinceBreath = 0;
  const write: Output['write'] = (chunk, done) => {
    if (successor !== undefined) return successor.write(chunk, done);
    let rest = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const isLong = sinceBreath >= BREATH_BYTES;
    sinceBreath = isLong ? 0 : sinceBreath + rest.length;
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(descriptor, rest));
    } catch (error) {
      if (isBusy(error)) {
        successor = stream();
        for (const listener of listeners) successor.on('error', listener);
        return successor.write(rest, done);
      }
      queueMicrotask(() => done?.(error instanceof Error ? error : new Error('writing failed')));
      return false;
    }
    // Whoever writes in a loop has to leave room for a Ctrl-C; a short answer needs none.
    if (done !== undefined) (isLong ? setImmediate : queueMicrotask)(done);
    return true;
  };
  return { write, on: (_, listener) => listeners.push(listener) };
}

/** Somebody else made the pipe one that does not wait. */
function isBusy(error: unknown): boolean {
  return systemCode(error) === 'EAGAIN';
}

function isPlain(descriptor: number): boolean {
  try {
    const kind = fstatSync(descriptor);
    if (kind.isFile() || kind.isFIFO()) return true;
    return kind.isCharacterDevice() && kind.rdev === statSync(NULL_DEVICE).rdev;
  } catch {
    return false;
  }
}
