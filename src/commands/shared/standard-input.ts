import type { Context } from '../../context.ts';

/** Said before a terminal is read to its end: without it, nothing seems to happen. */
const HOW_TO_PASTE = 'Paste the text, then press Ctrl-D on a line of its own (Windows: Ctrl-Z and Enter).';

/** Standard input as bytes. */
export async function* standardInput({ surroundings, terminal }: Context): AsyncIterable<Uint8Array> {
  if (surroundings.stdin.isTTY === true) terminal.note(HOW_TO_PASTE);
  yield* asBytes(surroundings.stdin);
}

/** All that comes; of what is longer than `most` bytes a beginning that is longer too. */
export async function bytesOf(source: AsyncIterable<Uint8Array | string>, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of asBytes(source)) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > most) break;
  }
  return Buffer.concat(chunks);
}

async function* asBytes(source: AsyncIterable<Uint8Array | string>): AsyncIterable<Uint8Array> {
  for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
