import fc from 'fast-check';

/** Whether text holds anything that may not reach a screen; a newline may. */
export const STEERING =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u;

/** Any string that JavaScript can hold, with a liking for what hurts. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('\u001B[31m', '\u001B]0;title\u0007', '\u009B2J', '\r', '\t', '\n', '\u007F', '\u0085'),
      fc.constantFrom(
        '\u202E',
        '\u2066',
        '\u2069',
        '\u200E',
        '\u2028',
        '\u2029',
        '\uD800',
        '\uDC00',
        '\u{10FFFE}',
      ),
      fc.constantFrom('=', '+', '-', '@', '"', "'", ',', ';', ': ', '# ', '\\', '\\u202E', '---', '...', ' '),
      fc.constantFrom('名', 'é', 'e\u0301', '👩‍👩‍👧', '\u{1F1E9}\u{1F1EA}', 'ß', '\u200B', '\uFEFF'),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
