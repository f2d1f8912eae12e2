/**
 * Hides keys in the output of a child process while it flows.
 *
 * Threat model: a program that prints its environment, a log that keeps it. A key is found in the spellings that it
 * was given out in and without separators, in any case, however the output is cut into chunks. Encoded forms (base64,
 * UTF-16) get past. The output is bytes: nothing is decoded, and every byte that is no part of a key stays as it is.
 */
import { Transform } from 'node:stream';
import { canonicalKey } from '../../keys/product-key.ts';
import { spellings } from '../pipeline/lines.ts';

const REDACTED = '[redacted]';

/** A shorter text would be found in innocent words. */
const SHORTEST = 4;

export interface Masker {
  /** Takes bytes and gives back what can be shown of all that came so far. */
  push(chunk: Uint8Array): Uint8Array;
  /** Gives back what was kept, as no more will come. */
  end(): Uint8Array;
}

/** Upper case for ASCII letters; any other byte as it is. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte,
);

function fold(byte: number | undefined): number | undefined {
  return byte === undefined ? undefined : FOLDED[byte];
}

/** What to look for, longest first: where several fit at one place, the longest is hidden. */
function patternsOf(keys: readonly string[]): readonly Uint8Array[] {
  // A key of several lines also as a whole: a line may be too short to look for.
  return [...new Set(keys.flatMap((key) => [key, canonicalKey(key), ...spellings(key)]))]
    .map((spelling) => Uint8Array.from(Buffer.from(spelling), (byte) => FOLDED[byte] ?? byte))
    .filter((pattern) => pattern.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
}

type Match =
  | { readonly kind: 'none' }
  | { readonly kind: 'open' }
  | { readonly kind: 'found'; readonly length: number };

/** Compares one place with the patterns that begin with its byte. `open`: only more bytes can tell. */
function matchAt(data: Uint8Array, at: number, patterns: readonly Uint8Array[], final: boolean): Match {
  for (const pattern of patterns) {
    let length = 1;
    while (length < pattern.length && fold(data[at + length]) === pattern[length]) length += 1;
    if (length === pattern.length) return { kind: 'found', length };
    if (at + length === data.length && !final) return { kind: 'open' };
  }
  return { kind: 'none' };
}

/**
 * A masker for the bytes of one stream. It never keeps more than the longest spelling, and only bytes with which a key
 * can begin.
 */
export function createMasker(keys: readonly string[]): Masker {
  const byFirst = new Map<number | undefined, Uint8Array[]>();
  for (const pattern of patternsOf(keys)) {
    byFirst.set(pattern[0], [...(byFirst.get(pattern[0]) ?? []), pattern]);
  }
  const redacted = Buffer.from(REDACTED);
  let kept: Uint8Array = new Uint8Array();

  const run = (chunk: Uint8Array, final: boolean): Uint8Array => {
    const data = kept.length === 0 ? chunk : Buffer.concat([kept, chunk]);
    const shown: Uint8Array[] = [];
    let from = 0;
    let at = 0;
    while (at < data.length) {
      const patterns = byFirst.get(fold(data[at]));
      const match: Match = patterns === undefined ? { kind: 'none' } : matchAt(data, at, patterns, final);
      if (match.kind === 'open') break;
      if (match.kind === 'none') {
        at += 1;
        continue;
      }
      shown.push(data.subarray(from, at), redacted);
      at += match.length;
      from = at;
    }
    shown.push(data.subarray(from, at));
    kept = Uint8Array.from(data.subarray(at));
    return Buffer.concat(shown);
  };
  return { push: (chunk) => run(chunk, false), end: () => run(new Uint8Array(), true) };
}

/** The same as a stream. */
export function maskStream(keys: readonly string[]): Transform {
  const masker = createMasker(keys);
  return new Transform({
    decodeStrings: true,
    transform(chunk: Uint8Array, _encoding, done) {
      done(null, masker.push(chunk));
    },
    flush(done) {
      done(null, masker.end());
    },
  });
}
