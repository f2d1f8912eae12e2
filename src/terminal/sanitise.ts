/** For a class of characters: DEL, C1, and the marks and overrides that turn reading direction around. */
export const STEERING = '\\u007F-\\u009F\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069';

/**
 * What may not reach a screen: C0 but the newline (tab and carriage return are in), what steers it, and halves of
 * surrogate pairs. The newline is its caller's business.
 */
const UNSAFE = new RegExp(`[\\u0000-\\u0009\\u000B-\\u001F${STEERING}]|\\p{Surrogate}`, 'gu');

const PLAIN = /^[ -~]*$/;

/** True for text of printable ASCII alone: one column for each character, and nothing to take away. */
export function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

/** Text for people, of any number of lines, without anything that steers a terminal. */
export function sanitise(text: string): string {
  return text.replace(UNSAFE, '');
}

/** The same for places that hold one line: a line's end becomes a space. */
export function sanitiseLine(text: string): string {
  if (isPlain(text)) return text;
  return sanitise(text).replace(/[\n\u2028\u2029]/g, ' ');
}
