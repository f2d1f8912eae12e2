/**
 * Threat model of this file: text from files (names, notes, units) is stored and shown in clear, and people write
 * product keys into it. A pattern that a person would recognise as a key has to be found however it is spelled;
 * ordinary words, GUIDs and hashes must be left alone. It is no defence against somebody who hides a key on purpose.
 */

import { KEY_ALPHABET } from './product-key.ts';

/** Where a key pattern stands in a text (UTF-16 positions, end exclusive) and what of it may be shown. */
export interface KeyPattern {
  readonly start: number;
  readonly end: number;
  /** Upper case: the last five characters of a 5x5 key, the last two of a 10-digit one. */
  readonly last: string;
}

/** By character code, 1 for what a key is made of. Folded text has no other letters that count. */
const IS_SIGN = Uint8Array.from({ length: 128 }, (_, code) =>
  KEY_ALPHABET.includes(String.fromCharCode(code).toUpperCase()) ? 1 : 0,
);
const GROUPS = 5;
const GROUP_LENGTH = 5;
const KEY_LENGTH = GROUPS * GROUP_LENGTH;
/** Hyphens of any kind, blanks, dots, or nothing: whatever is no letter or digit. */
const LONGEST_GAP = 4;
const NO_GAP = /[\p{L}\p{N}]/u;
const TEN_DIGITS =
  /(?<![A-Za-z0-9])\d{3}[\s\p{Pd}\u2212]{1,3}\d{3}[\s\p{Pd}\u2212]{1,3}\d{4}(?![A-Za-z0-9])/gu;
const LETTER_OR_DIGIT = /[A-Za-z0-9]/;
/** Shorter than a 10-digit key with its two separators: nothing to find. */
const SHORTEST = 12;

/** Every key pattern in a text, in order, none overlapping another. Time grows with the text and no faster. */
export function findKeyPatterns(text: string): readonly KeyPattern[] {
  if (text.length < SHORTEST) return [];
  const folded = fold(text);
  const found: KeyPattern[] = [];
  let free = 0;
  for (const start of starts(folded.text)) {
    const end = start < free ? undefined : keyEnd(folded.text, start);
    if (end === undefined) continue;
    free = end;
    found.push(pattern(folded, start, end, folded.text.slice(end - GROUP_LENGTH, end)));
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
    for (let groups = Math.min(GROUPS - 1, Math.floor(length / GROUP_LENGTH)); groups > 0; groups -= 1) {
      yield at - groups * GROUP_LENGTH;
    }
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

/** Where the key that begins here ends; undefined if none does. */
function keyEnd(text: string, start: number): number | undefined {
  let at = start;
  let groups = 0;
  let gaps = 0;
  let lettersN = 0;
  for (;;) {
    for (const end = at + GROUP_LENGTH; at < end; at += 1) {
      const code = text.charCodeAt(at);
      if (IS_SIGN[code] !== 1) return undefined;
      // An upper or lower case N, of which a key has one at most.
      if ((code | 0x20) === 0x6e) lettersN += 1;
    }
    groups += 1;
    if (lettersN > 1) return undefined;
    if (groups === GROUPS) break;
    const next = gapEnd(text, at);
    if (next > at) gaps += 1;
    at = next;
  }
  // Five groups with gaps are a key even inside a word; 25 characters in a row may be a part of a hash.
  if (gaps === GROUPS - 1) return at;
  return LETTER_OR_DIGIT.test(text.charAt(start - 1)) || LETTER_OR_DIGIT.test(text.charAt(at))
    ? undefined
    : at;
}

/** Where a gap of so many characters ends at most. */
function gapEnd(text: string, start: number): number {
  let at = start;
  for (let length = 0; length < LONGEST_GAP && at < text.length; length += 1) {
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    if (NO_GAP.test(character)) break;
    at += character.length;
  }
  return at;
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
  const shifts = new Shifts();
  let plain = '';
  let taken = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 0x80 || STAYS[code] === 1) continue;
    const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
    const kept = foldCharacter(character);
    if (kept === character) {
      // Half of a pair says nothing of its other half.
      if (code < 0xd800 || code > 0xdfff) STAYS[code] = 1;
      at += character.length - 1;
      continue;
    }
    plain += text.slice(taken, at) + kept;
    taken = at + character.length;
    if (kept.length !== character.length) {
      if (kept !== '') shifts.add(plain.length - kept.length, at, character.length);
      shifts.add(plain.length, taken, 1);
    }
    at = taken - 1;
  }
  return {
    text: taken === 0 ? text : plain + text.slice(taken),
    at: (position) => shifts.at(position),
    width: (position) => shifts.width(position),
  };
}

/** Characters that were seen to fold to themselves, by their code: looking once is enough. */
const STAYS = new Uint8Array(0x10000);

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
