import type { Context } from '../../context.ts';

/** Standard input as bytes. */
export async function* standardInput(context: Context): AsyncIterable<Uint8Array> {
  for await (const chunk of context.surroundings.stdin) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}
