import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMasker } from '../../../src/provisioning/child/mask.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const BARE = 'BCDFGHJKMPQRTVWXY2346789B';

/** Everything at once, one byte to one character. */
function mask(keys: readonly string[], ...chunks: readonly (string | Uint8Array)[]): string {
  return show(keys, chunks).join('');
}

/** What is shown after each chunk, and at the end. */
function show(keys: readonly string[], chunks: readonly (string | Uint8Array)[]): readonly string[] {
  const masker = createMasker(keys);
  const shown = chunks.map((chunk) => masker.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
  return [...shown, masker.end()].map((bytes) => Buffer.from(bytes).toString('latin1'));
}

/** The specification: at every place the longest spelling there, else the byte itself. */
function naive(keys: readonly string[], text: Uint8Array): string {
  const upper = (bytes: Uint8Array): string =>
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/[a-z]/g, (letter) => letter.toUpperCase());
  const spellings = keys
    .flatMap((key) => [key, key.replaceAll('-', '')])
    .map((spelling) => upper(Buffer.from(spelling)))
    .sort((a, b) => b.length - a.length);
  const original = Buffer.from(text).toString('latin1');
  const folded = upper(text);
  let out = '';
  for (let at = 0; at < folded.length; ) {
    const found = spellings.find((spelling) => folded.startsWith(spelling, at));
    out += found === undefined ? original.charAt(at) : '[redacted]';
    at += found?.length ?? 1;
  }
  return out;
}

describe('a key in the output of a program', () => {
  test.each([
    ['as it is written', `key: ${KEY}\n`, 'key: [redacted]\n'],
    ['without hyphens', `key: ${BARE}\n`, 'key: [redacted]\n'],
    ['in lower case', KEY.toLowerCase(), '[redacted]'],
    ['in mixed case', 'bcDFG-HjkMP-qrtVW-xy234-6789b', '[redacted]'],
    ['twice in a row', `${KEY}${BARE}`, '[redacted][redacted]'],
    ['behind its own beginning', `BCDFG-BCDFG-HJ${KEY}`, 'BCDFG-BCDFG-HJ[redacted]'],
    ['all but its last character', KEY.slice(0, -1), KEY.slice(0, -1)],
    ['only its last five', 'key 6789B', 'key 6789B'],
  ])('%s', (_, text, expected) => {
    expect(mask([KEY], text)).toBe(expected);
  });

  test('is found however the output is cut', () => {
    const text = `a ${KEY} b ${BARE} c`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      expect(mask([KEY], text.slice(0, cut), text.slice(cut))).toBe('a [redacted] b [redacted] c');
    }
    expect(mask([KEY], ...text)).toBe('a [redacted] b [redacted] c');
  });

  test('several keys, one the beginning of another: the longest is hidden', () => {
    const keys = ['ABCD', 'ABCDEFGH', 'EFGHIJ'];
    expect(mask(keys, 'ABCDEFGH')).toBe('[redacted]');
    expect(mask(keys, 'ABCDEFG')).toBe('[redacted]EFG');
    expect(mask(keys, 'ABCD', 'EFG', 'HIJ')).toBe('[redacted]IJ');
    expect(mask(keys, 'ABCD', 'EFGX')).toBe('[redacted]EFGX');
  });

  test('a key of several lines is found as a whole, also where a line is too short to be looked for', () => {
    expect(mask(['ab\ncdefgh'], '<ab\ncdefgh> <abcdefgh> <cdefgh>')).toBe(
      '<[redacted]> <[redacted]> <[redacted]>',
    );
  });

  test('keys that are no 5x5 are found too, but not words of three letters', () => {
    expect(mask(['ключ раз'], Buffer.from('<ключ раз>'))).toBe('<[redacted]>');
    expect(mask(['abc', ''], 'abcabc')).toBe('abcabc');
  });
});

describe('everything else', () => {
  test('stays as it is, invalid UTF-8 and zero bytes too', () => {
    const bytes = Uint8Array.of(0, 0xff, 0xc3, 0x28, 0x42, 0x80, 10, 13, 0xe2, 0x82);
    expect(mask([KEY], bytes)).toBe(Buffer.from(bytes).toString('latin1'));
    expect(mask([], bytes)).toBe(Buffer.from(bytes).toString('latin1'));
  });

  test('is not kept back unless a key can begin with it', () => {
    expect(show([KEY], ['Continue? [y/n] ', 'BCDFG', '!', 'xB', 'y'])).toEqual([
      'Continue? [y/n] ',
      '',
      'BCDFG!',
      'x',
      'By',
      '',
    ]);
  });

  test('is never kept back for longer than a key is', () => {
    const masker = createMasker([KEY]);
    let waiting = 0;
    for (const byte of Buffer.from('BCDFG-HJKMP-'.repeat(50))) {
      waiting += 1 - masker.push(Uint8Array.of(byte)).length;
      expect(waiting).toBeLessThan(KEY.length);
    }
  });
});

test('a stream in chunks shows what a replacement in the whole text shows', () => {
  // Few letters and short keys, so that chance makes beginnings, overlaps and whole keys.
  const key = fc.string({ unit: fc.constantFrom('A', 'b', '-'), minLength: 4, maxLength: 9 });
  const keys = fc
    .array(key, { minLength: 1, maxLength: 4 })
    .filter((all) => all.every((one) => one.replaceAll('-', '').length >= 4));
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 5 }),
    fc
      .string({ unit: fc.constantFrom('a', 'A', 'b', 'B', '-'), maxLength: 12 })
      .map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(keys, fc.array(piece, { maxLength: 12 }), (all, chunks) => {
      expect(mask(all, ...chunks)).toBe(naive(all, Buffer.concat(chunks)));
    }),
    { numRuns: 1_000 },
  );
});
