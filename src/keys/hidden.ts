/**
 * Threat model of this file: text from files (names, notes, units) is stored and shown in clear, and people write
 * product keys into it. A pattern that a person would recognise as a key has to be found however it is spelled;
 * ordinary words, GUIDs and hashes must be left alone. It is no defence against somebody who hides a key on purpose.
 */

/** Where a key pattern stands in a text (UTF-16 positions, end exclusive) and what of it may be shown. */
export interface KeyPattern {
  readonly start: number;
  readonly end: number;
  /** Upper case: the last five characters of a 5x5 key, the last two of a 10-digit one. */
  readonly last: string;
}

const GROUP = '([BCDFGHJKMPQRTVWXY2346789N]{5})';
/** Hyphens of any kind, blanks, dots, or nothing: whatever is no letter or digit. */
const GAP = '([^\\p{L}\\p{N}]{0,4})';
/** Looks ahead, so that a key is found too if a chance match begins in front of it. */
const FIVE_BY_FIVE = new RegExp(`(?=${[GROUP, GROUP, GROUP, GROUP, GROUP].join(GAP)})`, 'giu');
/** Nearly no text has even one group; this keeps large imports fast. */
const ONE_GROUP = /[BCDFGHJKMPQRTVWXY2346789N]{5}/i;
const TEN_DIGITS =
  /(?<![A-Za-z0-9])\d{3}[\s\p{Pd}\u2212]{1,3}\d{3}[\s\p{Pd}\u2212]{1,3}\d{4}(?![A-Za-z0-9])/gu;
const LETTER_OR_DIGIT = /[A-Za-z0-9]/;
/** Shorter than a 10-digit key with its two separators: nothing to find. */
const SHORTEST = 12;

/** Every key pattern in a text, in order, none overlapping another. */
export function findKeyPatterns(text: string): readonly KeyPattern[] {
  if (text.length < SHORTEST) return [];
  const folded = fold(text);
  const found: KeyPattern[] = [];
  for (const match of ONE_GROUP.test(folded.text) ? folded.text.matchAll(FIVE_BY_FIVE) : []) {
    const [, ...parts] = match;
    const end = match.index + parts.join('').length;
    if (!isKey(parts, folded.text, match.index, end)) continue;
    found.push(pattern(folded, match.index, end, parts.at(-1) ?? ''));
  }
  for (const match of folded.text.matchAll(TEN_DIGITS)) {
    found.push(pattern(folded, match.index, match.index + match[0].length, match[0].slice(-2)));
  }
  return withoutOverlaps(found);
}

/**
 * The text with every key pattern replaced by its last characters, and how many there were. Text without keys
 * comes back unchanged.
 */
export function maskKeys(text: string): { readonly shown: string; readonly found: number } {
  let shown = text;
  let found = 0;
  // What is left of one key and four groups behind it look like a key again, so once is not always enough.
  for (let patterns = findKeyPatterns(shown); patterns.length > 0; patterns = findKeyPatterns(shown)) {
    let masked = '';
    let from = 0;
    for (const { start, end, last } of patterns) {
      masked += `${shown.slice(from, start)}…${last}`;
      from = end;
    }
    shown = masked + shown.slice(from);
    found += patterns.length;
  }
  return { shown, found };
}

function isKey(parts: readonly string[], text: string, start: number, end: number): boolean {
  const groups = parts.filter((_, index) => index % 2 === 0);
  if (groups.join('').toUpperCase().split('N').length > 2) return false;
  const gaps = parts.filter((_, index) => index % 2 === 1);
  // Five groups with gaps are a key even inside a word; 25 characters in a row may be a part of a hash.
  if (gaps.every((gap) => gap !== '')) return true;
  return !LETTER_OR_DIGIT.test(text.charAt(start - 1)) && !LETTER_OR_DIGIT.test(text.charAt(end));
}

function pattern(folded: Folded, start: number, end: number, last: string): KeyPattern {
  return {
    start: folded.at(start),
    end: folded.at(end - 1) + folded.width(end - 1),
    last: last.toUpperCase(),
  };
}

function withoutOverlaps(patterns: readonly KeyPattern[]): readonly KeyPattern[] {
  const kept: KeyPattern[] = [];
  for (const next of [...patterns].sort((a, b) => a.start - b.start)) {
    if (next.start >= (kept.at(-1)?.end ?? 0)) kept.push(next);
  }
  return kept;
}

/** A text in plain characters, and where each of them stands in the original. */
interface Folded {
  readonly text: string;
  at(position: number): number;
  width(position: number): number;
}

/** Full-width and mathematical letters become plain ones; characters that nobody sees are left out. */
function fold(text: string): Folded {
  if (/^[\x00-\x7F]*$/.test(text)) return { text, at: (position) => position, width: () => 1 };
  let plain = '';
  const positions: number[] = [];
  const widths: number[] = [];
  let position = 0;
  for (const character of text) {
    const kept = foldCharacter(character);
    for (let unit = 0; unit < kept.length; unit += 1) {
      positions.push(kept.length === character.length ? position + unit : position);
      widths.push(kept.length === character.length ? 1 : character.length);
    }
    plain += kept;
    position += character.length;
  }
  return { text: plain, at: (at) => positions[at] ?? position, width: (at) => widths[at] ?? 0 };
}

function foldCharacter(character: string): string {
  if (character === '\u00AD') return '-';
  if (/\p{Default_Ignorable_Code_Point}/u.test(character)) return '';
  const plain = character.normalize('NFKC');
  return plain.length === 1 && LETTER_OR_DIGIT.test(plain) ? plain : character;
}
