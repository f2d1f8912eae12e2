import { plainDashes } from '../keys/product-key.ts';
import { nameHash } from './name-hash.ts';

/** Trade marks first: NFKC would turn them into letters. */
const MARKS = /[™℠®©]/g;
/** What editors and web pages put inside words: soft hyphens, joiners, direction marks, variation selectors. */
const INVISIBLE = /[\p{Cf}\p{VS}]/gu;
/** A blank without width is one of those characters by its class, but stands between words. */
const ZERO_WIDTH_SPACE = /\u200B/g;
/** A no-break space that was once read in the wrong encoding. */
const STRAY_A = /\u00C2(?=\u00A0)/g;
const BLANKS = /[\s\p{Z}\p{Cc}\p{Cs}]+/u;
const APOSTROPHES = /['\u2019\u02BC]/g;
/**
 * A word: anything but punctuation, blanks and controls; a dot between digits (8.1) and a number sign after a
 * letter (C#) belong to it.
 */
const WORD = /(?:[^\p{P}\p{Z}\p{Cc}\p{Cf}\p{Cs}]|(?<=\p{N})\.(?=\p{N})|(?<=\p{L})#)+/gu;

/** Words that say nothing about which product is meant. */
const DROPPED = new Set(['microsoft']);

/** The same for plain text, which nearly all names are: classes of Unicode take milliseconds to get ready. */
const PLAIN_TEXT = /^[\x20-\x7E]*$/;
const PLAIN_WORD = /(?:[a-z0-9$+<=>^`|~]|(?<=[0-9])\.(?=[0-9])|(?<=[a-z])#)+/g;

function fold(text: string): string {
  const spaced = text.replace(STRAY_A, ' ').replace(MARKS, ' ').replace(ZERO_WIDTH_SPACE, ' ');
  const plain = spaced.normalize('NFKC').replace(INVISIBLE, '').replace(APOSTROPHES, '');
  // There and back: upper case unfolds what lower case alone leaves different, such as ß and SS. A sigma at the
  // end of a word has a lower case of its own.
  return plain.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
}

/**
 * The words of a product name in their order: after NFKC and case folding, without "Microsoft", trade marks,
 * punctuation and odd blanks. A name that has nothing else keeps what it has.
 */
export function nameWords(text: string): string[] {
  const isPlain = PLAIN_TEXT.test(text);
  const folded = isPlain ? text.toLowerCase().replaceAll("'", '') : fold(text);
  const words = folded.match(isPlain ? PLAIN_WORD : WORD) ?? [];
  const kept = words.filter((word) => !DROPPED.has(word));
  if (kept.length > 0) return kept;
  if (words.length > 0) return words;
  return folded.split(BLANKS).filter((word) => word !== '');
}

/**
 * The key under which two product names are the same: their words in one order, whatever order they were
 * written in. Idempotent. Empty only for a name of nothing but blanks, controls,
 * apostrophes and trade marks.
 */
export function normalisedName(text: string): string {
  return normalisedWords(nameWords(text));
}

/** The same of a name whose words are known already. */
export function normalisedWords(words: readonly string[]): string {
  return words.toSorted().join(' ');
}

/** The key under which two source texts are the same: case, kinds of blank and kinds of dash do not matter. */
export function normalisedSource(text: string): string {
  return plainDashes(fold(text))
    .split(BLANKS)
    .filter((word) => word !== '')
    .join(' ');
}

const SLUG_LENGTH = 60;

/** Words that lead a product's id, so that it reads like the name although its words have one fixed order. */
const LEADING = new Map(
  'windows office visual studio sql exchange sharepoint skype project visio dynamics system center remote desktop services server'
    .split(' ')
    .map((word, rank) => [word, rank]),
);

function rank(word: string): number {
  if (/^[0-9]/.test(word)) return LEADING.size + 1;
  return LEADING.get(word) ?? LEADING.size;
}

/**
 * The id of a product that the catalogue does not list: a slug of the words of its name. Names that are equal
 * have the same id; names that are not are told apart.
 */
export function slugOfWords(words: readonly string[]): string {
  const sorted = words.toSorted();
  const whole = sorted.join(' ');
  return joinSlug(
    sorted.sort((first, second) => rank(first) - rank(second)),
    whole,
    'product',
  );
}

/** A slug that keeps the order of the words, for parts of offers. Never empty; ASCII; at most 60 characters. */
export function slug(text: string): string {
  const words = nameWords(text);
  return joinSlug(words, words.join(' '), 'unnamed');
}

/**
 * Letters, digits, dots within numbers and hyphens. Where that loses something of the text (other scripts, accents,
 * length), a hash of the whole follows an underscore, which no slug has otherwise.
 */
function joinSlug(words: readonly string[], whole: string, placeholder: string): string {
  const joined = words.join('-');
  if (/^[a-z0-9.-]+$/.test(joined) && joined.length <= SLUG_LENGTH && !/(?:^|-)[.-]|[.-]$/.test(joined))
    return joined;
  const hash = nameHash(whole);
  const readable = joined
    .slice(0, SLUG_LENGTH * 2)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, SLUG_LENGTH - hash.length - 1)
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${readable === '' ? placeholder : readable}_${hash}`;
}
