import { invalidData } from './problem.ts';
import type { ImportSource } from './record.ts';

/** Enough to tell encoding and format; also the size of the pieces that the readers get. */
const PIECE = 64 * 1024;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** A file as text: its beginning, to look at, and all of it (the beginning included), to read once. */
export interface TextSource {
  readonly name: string;
  readonly head: string;
  /** True if `head` is the whole file. */
  readonly whole: boolean;
  readonly pieces: AsyncIterable<string>;
  /** Bytes read so far. */
  readonly size: () => number;
  /** Lets go of the source; for whoever does not read the pieces. */
  close(): Promise<void>;
}

const BINARY_KINDS: readonly {
  readonly begins: readonly number[];
  readonly what: string;
  readonly hint?: string;
}[] = [
  { begins: [0x1f, 0x8b], what: 'a gzip archive', hint: 'Unpack it first.' },
  {
    begins: [0x50, 0x4b, 0x03, 0x04],
    what: 'a zip archive or a spreadsheet',
    hint: 'Unpack it first; save a spreadsheet as CSV (UTF-8).',
  },
  { begins: [0xd0, 0xcf, 0x11, 0xe0], what: 'an old Office document', hint: 'Save it as CSV (UTF-8).' },
  { begins: [0x25, 0x50, 0x44, 0x46], what: 'a PDF document' },
  { begins: [0xff, 0xfe, 0x00, 0x00], what: 'UTF-32 text', hint: 'Save it as UTF-8.' },
  { begins: [0x00, 0x00, 0xfe, 0xff], what: 'UTF-32 text', hint: 'Save it as UTF-8.' },
];

/**
 * Opens a file as text: UTF-8 or UTF-16, by byte order mark or by content. Throws INVALID_DATA for other kinds of
 * file, here or while the pieces are read (invalid bytes, lone surrogates, NUL characters).
 */
export async function openText(source: ImportSource): Promise<TextSource> {
  const bytes = slices(source.chunks);
  const begin = await readHead(bytes);
  const state = { size: begin.bytes.length, line: 1 };
  try {
    refuseBinary(source.name, begin.bytes);
    const decode = textDecoder(source.name, encodingOf(begin.bytes), state);
    const head = decode(begin.bytes, begin.whole);
    return {
      name: source.name,
      head,
      whole: begin.whole,
      pieces: begin.whole ? once(head) : rest(bytes, head, decode, state),
      size: () => state.size,
      close: async () => {
        await bytes.return(undefined);
      },
    };
  } catch (error) {
    await bytes.return(undefined);
    throw error;
  }
}

/** Small slices keep memory bounded even if a source hands over everything at once. */
async function* slices(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length; from += PIECE) yield chunk.subarray(from, from + PIECE);
  }
}

async function readHead(
  bytes: AsyncGenerator<Uint8Array, void>,
): Promise<{ bytes: Uint8Array; whole: boolean }> {
  const parts: Uint8Array[] = [];
  let length = 0;
  while (length < PIECE) {
    const next = await bytes.next();
    if (next.done === true) return { bytes: Buffer.concat(parts), whole: true };
    parts.push(next.value);
    length += next.value.length;
  }
  return { bytes: Buffer.concat(parts), whole: false };
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

async function* rest(
  bytes: AsyncGenerator<Uint8Array, void>,
  head: string,
  decode: (bytes: Uint8Array, last: boolean) => string,
  state: { size: number },
): AsyncGenerator<string> {
  try {
    yield head;
    for await (const chunk of bytes) {
      state.size += chunk.length;
      yield decode(chunk, false);
    }
    yield decode(new Uint8Array(), true);
  } finally {
    await bytes.return(undefined);
  }
}

function refuseBinary(file: string, bytes: Uint8Array): void {
  for (const { begins, what, hint } of BINARY_KINDS) {
    if (begins.every((byte, index) => bytes[index] === byte))
      throw invalidData(file, `this is ${what}, not text`, hint);
  }
}

function encodingOf(bytes: Uint8Array): Encoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  let even = 0;
  let odd = 0;
  for (let index = 0; index < bytes.length; index += 1) {
    if (bytes[index] !== 0) continue;
    if (index % 2 === 0) even += 1;
    else odd += 1;
  }
  // Without a mark UTF-16 is known by the NUL half of its plain characters; a stray NUL is not UTF-16.
  const many = Math.max(2, bytes.length / 40);
  if (odd >= many && even === 0) return 'utf-16le';
  if (even >= many && odd === 0) return 'utf-16be';
  return 'utf-8';
}

function textDecoder(file: string, encoding: Encoding, state: { line: number }) {
  const decoder = new TextDecoder(encoding, { fatal: true });
  return (bytes: Uint8Array, last: boolean): string => {
    let text: string;
    try {
      text = decoder.decode(bytes, { stream: !last });
    } catch {
      const line = state.line + linesBefore(new TextDecoder(encoding).decode(bytes), '\uFFFD');
      throw invalidData(
        file,
        `line ${line} is not valid ${encoding.toUpperCase()} text`,
        'Save the file as UTF-8; in Excel, with the file type "CSV UTF-8" of Save As.',
      );
    }
    if (text.includes('\0')) {
      const line = state.line + linesBefore(text, '\0');
      throw invalidData(file, `line ${line} holds a NUL character, so this is no text file`);
    }
    state.line += linesBefore(text);
    return text;
  };
}

function linesBefore(text: string, character?: string): number {
  const end = character === undefined ? text.length : text.indexOf(character);
  let lines = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}
