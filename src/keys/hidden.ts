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

const SIGNS = 'BCDFGHJKMPQRTVWXY2346789N';
const GROUP = `([${SIGNS}]{5})`;
/** Hyphens of any kind, blanks, dots, or nothing: whatever is no letter or digit. */
const GAP = '([^\\p{L}\\p{N}]{0,4})';
const FIVE_BY_FIVE = new RegExp([GROUP, GROUP, GROUP, GROUP, GROUP].join(GAP), 'iuy');
/** By character code, 1 for what a key is made of. Folded text has no other letters that count. */
const IS_SIGN = Uint8Array.from({ length: 128 }, (_, code) =>
  SIGNS.includes(String.fromCharCode(code).toUpperCase()) ? 1 : 0,
);
const TEN_DIGITS =
  /(?<![A-Za-z0-9])\d{3}[\s\p{Pd}\u2212]{1,3}\d{3}[\s\p{Pd}\u2212]{1,3}\d{4}(?![A-Za-z0-9])/gu;
const LETTER_OR_DIGIT = /[A-Za-z0-9]/;
/** Shorter than a 10-digit key with its two separators: nothing to find. */
const SHORTEST = 12;
/** A 5x5 key without its gaps. */
const KEY_LENGTH = 25;

/** Every key pattern in a text, in order, none overlapping another. Time grows with the text and no faster. */
export function findKeyPatterns(text: string): readonly KeyPattern[] {
  if (text.length < SHORTEST) return [];
  const folded = fold(text);
  const found: KeyPattern[] = [];
  for (const start of starts(folded.text)) {
    FIVE_BY_FIVE.lastIndex = start;
    const match = FIVE_BY_FIVE.exec(folded.text);
    if (match === null) continue;
    const [, ...parts] = match;
    const end = start + match[0].length;
    if (!isKey(parts, folded.text, start, end)) continue;
    found.push(pattern(folded, start, end, parts.at(-1) ?? ''));
  }
  for (const match of folded.text.matchAll(TEN_DIGITS)) {
    found.push(pattern(folded, match.index, match.index + match[0].length, match[0].slice(-2)));
  }
  return withoutOverlaps(found);
}

/**
 * Where a 5x5 key can begin. Its groups are cut out of runs of signs, and a gap is where a run ends: so what a key
 * takes of the run that it begins in is one to four groups up to the run's end, or all five and the whole run.
 */
function* starts(text: string): Generator<number> {
  let length = 0;
  for (let at = 0; at <= text.length; at += 1) {
    if (IS_SIGN[text.charCodeAt(at)] === 1) {
      length += 1;
      continue;
    }
    if (length === KEY_LENGTH) yield at - KEY_LENGTH;
    for (let groups = Math.min(4, Math.floor(length / 5)); groups > 0; groups -= 1) yield at - groups * 5;
    length = 0;
  }
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
  const shifts = new Shifts();
  const known = new Map<string, string>();
  let difference = 0;
  const plain = text.replace(/[^\x00-\x7F]/gu, (character, position: number) => {
    let kept = known.get(character);
    if (kept === undefined) {
      kept = foldCharacter(character);
      known.set(character, kept);
    }
    if (kept.length !== character.length) {
      const at = position - difference;
      if (kept !== '') shifts.add(at, position, character.length);
      shifts.add(at + kept.length, position + character.length, 1);
      difference += character.length - kept.length;
    }
    return kept;
  });
  return { text: plain, at: (position) => shifts.at(position), width: (position) => shifts.width(position) };
}

/** Where positions of the folded text are in the original, noted only where the distance between them changes. */
class Shifts {
  readonly #folded: number[] = [];
  readonly #original: number[] = [];
  readonly #widths: number[] = [];

  add(folded: number, original: number, width: number): void {
    const last = this.#folded.length - 1;
    const place = this.#folded[last] === folded ? last : last + 1;
    this.#folded[place] = folded;
    this.#original[place] = original;
    this.#widths[place] = width;
  }

  at(position: number): number {
    const place = this.#place(position);
    return place === -1 ? position : (this.#original[place] ?? 0) + position - (this.#folded[place] ?? 0);
  }

  width(position: number): number {
    const place = this.#place(position);
    return this.#folded[place] === position ? (this.#widths[place] ?? 1) : 1;
  }

  /** The last shift at or before a position; -1 if there is none. */
  #place(position: number): number {
    let low = 0;
    let high = this.#folded.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#folded[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function foldCharacter(character: string): string {
  if (character === '\u00AD') return '-';
  if (/\p{Default_Ignorable_Code_Point}/u.test(character)) return '';
  const plain = character.normalize('NFKC');
  return plain.length === 1 && LETTER_OR_DIGIT.test(plain) ? plain : character;
}
