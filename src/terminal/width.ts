import { withoutColour } from './palette.ts';
import { isPlain } from './sanitise.ts';

/** Characters above Latin that take one column everywhere we use them: dashes, quotes, ellipsis, blocks, boxes. */
const KNOWN_NARROW = '\u2010-\u2027\u2030-\u205E\u2190-\u2193\u2500-\u259F\u2713\u2717';
const HARD = new RegExp(`[^\\u0000-\\u02FF${KNOWN_NARROW}]`, 'u');

type Measure = (text: string) => number;

/** The exact measure, once it was needed: loading it costs more than printing a table of plain text. */
let exact: Measure | undefined;

/**
 * To be called before text is measured that may hold wide or combining characters. Gives something to wait for only
 * if it does: waiting for every row of a table would cost as much as the rows.
 */
export function prepareWidth(texts: readonly string[]): Promise<void> | undefined {
  if (exact !== undefined || !texts.some(isHard)) return undefined;
  return import('string-width').then(({ default: stringWidth }) => {
    exact = stringWidth;
  });
}

/** Most text is plain, and finding that out is cheaper than looking among all characters there are. */
function isHard(text: string): boolean {
  return !isPlain(text) && HARD.test(text);
}

/** Columns that text takes on a screen; colours of a palette take none. */
export function displayWidth(text: string): number {
  if (isPlain(text)) return text.length;
  const plain = withoutColour(text);
  if (!HARD.test(plain)) return plain.length;
  return exact === undefined ? [...plain].length : exact(plain);
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as single characters: accents and joined emoji stay together. */
function characters(text: string): Iterable<string> {
  if (!isHard(text)) return text;
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** The longest beginning of plain text that fits in so many columns. */
export function beginning(text: string, width: number): string {
  let used = 0;
  let kept = '';
  for (const character of characters(text)) {
    used += displayWidth(character);
    if (used > width) break;
    kept += character;
  }
  return kept;
}

/**
 * Plain text cut to so many columns, with a sign that something is missing.
 * @param where in the middle, what differs at its end stays told apart
 */
export function cut(text: string, width: number, unicode: boolean, where: 'end' | 'middle' = 'end'): string {
  if (displayWidth(text) <= width) return text;
  const sign = unicode ? '…' : width > 5 ? '...' : '.';
  const room = width - sign.length;
  const end = where === 'end' ? '' : ending(text, Math.floor(room / 2)).trimStart();
  return beginning(text, room - displayWidth(end)).trimEnd() + sign + end;
}

/** The longest end of plain text that fits in so many columns. */
function ending(text: string, width: number): string {
  let kept = '';
  for (const character of [...characters(text)].reverse()) {
    if (displayWidth(character + kept) > width) break;
    kept = character + kept;
  }
  return kept;
}

/** Text filled up with spaces to so many columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}
