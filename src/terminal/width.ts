import { withoutColour } from './palette.ts';

/** Characters above Latin that take one column everywhere we use them: dashes, quotes, ellipsis, blocks, boxes. */
const KNOWN_NARROW = '\u2010-\u2027\u2030-\u205E\u2190-\u2193\u2500-\u259F\u2713\u2717';
const HARD = new RegExp(`[^\\u0000-\\u02FF${KNOWN_NARROW}]`, 'u');

type Measure = (text: string) => number;

/** The exact measure, once it was needed: loading it costs more than printing a table of plain text. */
let exact: Measure | undefined;

/** To be called before text is measured that may hold wide or combining characters. */
export async function prepareWidth(texts: Iterable<string>): Promise<void> {
  if (exact !== undefined) return;
  for (const text of texts) {
    if (!HARD.test(text)) continue;
    const { default: stringWidth } = await import('string-width');
    exact = stringWidth;
    return;
  }
}

/** Columns that text takes on a screen; colours of a palette take none. */
export function displayWidth(text: string): number {
  const plain = withoutColour(text);
  if (!HARD.test(plain)) return plain.length;
  return exact === undefined ? [...plain].length : exact(plain);
}

let segmenter: Intl.Segmenter | undefined;

/** What a reader sees as single characters: accents and joined emoji stay together. */
function characters(text: string): Iterable<string> {
  if (!HARD.test(text)) return text;
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

/** Plain text cut to so many columns, with a sign that something is missing. */
export function cut(text: string, width: number, unicode: boolean): string {
  if (displayWidth(text) <= width) return text;
  const sign = unicode ? '…' : width > 5 ? '...' : '.';
  return beginning(text, width - sign.length).trimEnd() + sign;
}

/** Text filled up with spaces to so many columns. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}
