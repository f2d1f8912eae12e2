import type { Context } from '../../context.ts';

/** Said before a terminal is read to its end: without it, nothing seems to happen. */
export const HOW_TO_PASTE =
  'Paste the text, then press Ctrl-D on a line of its own (Windows: Ctrl-Z and Enter).';

/** Standard input as bytes. */
export async function* standardInput(context: Context): AsyncIterable<Uint8Array> {
  for await (const chunk of context.surroundings.stdin) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}
