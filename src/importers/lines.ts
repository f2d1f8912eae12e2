import { invalidData } from './problem.ts';

/** Far above any line of a grid. */
const LONGEST_LINE = 256 * 1024;

/** The same text with every line break a single \n, so that all readers count lines alike. */
export async function* withPlainBreaks(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let pending = '';
  for await (const piece of pieces) {
    const text = pending + piece;
    // The \n of a \r\n may be in the next piece.
    pending = text.endsWith('\r') ? '\r' : '';
    const ready = pending === '' ? text : text.slice(0, -1);
    yield ready.includes('\r') ? ready.replace(/\r\n?/g, '\n') : ready;
  }
  if (pending !== '') yield '\n';
}

/** The lines of a text with their numbers from 1. Throws INVALID_DATA for a line without end. */
export async function* readLines(
  file: string,
  pieces: AsyncIterable<string>,
): AsyncGenerator<{ readonly text: string; readonly line: number }> {
  let pending = '';
  let line = 1;
  for await (const piece of withPlainBreaks(pieces)) {
    const parts = (pending + piece).split('\n');
    pending = parts.pop() ?? '';
    for (const text of parts) {
      yield { text, line };
      line += 1;
    }
    if (pending.length > LONGEST_LINE) throw invalidData(file, `line ${line} is too long`);
  }
  if (pending !== '') yield { text: pending, line };
}
