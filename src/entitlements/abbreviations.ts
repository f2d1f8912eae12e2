import { nameWords } from './normalise.ts';

/** What people type for a word, or for several words, of a product name. */
export type Abbreviations = Readonly<Record<string, string>>;

/** How well a query fits a product; higher is better. */
export const FIT = { none: 0, prefixes: 1, allByPrefixes: 2, words: 3, allWords: 4 } as const;
export type Fit = (typeof FIT)[keyof typeof FIT];

/** A way to read one word of a query: words that must all occur in the name. */
type Reading = readonly string[];

/** A query made ready: for each of its words the ways to read it. */
export type Query = readonly (readonly Reading[])[];

/** A word, or the words it is short for. */
function writtenOut(word: string, abbreviations: Abbreviations): Reading {
  const found = Object.hasOwn(abbreviations, word) ? abbreviations[word] : undefined;
  return found === undefined ? [word] : found.split(' ');
}

/** The words of a name, abbreviations in it written out. */
export function nameAsWords(name: string, abbreviations: Abbreviations): ReadonlySet<string> {
  return new Set(nameWords(name).flatMap((word) => writtenOut(word, abbreviations)));
}

/** Letters with a number stuck to them, as in "office2019". */
const GLUED = /^(\p{L}{2,})(\p{N}[\p{N}.]*)$/u;

/** Makes a query ready for fitOf. */
export function readQuery(text: string, abbreviations: Abbreviations): Query {
  return nameWords(text).map((word) => {
    const readings = [writtenOut(word, abbreviations)];
    const [, letters, number] = GLUED.exec(word) ?? [];
    if (letters !== undefined && number !== undefined) {
      readings.push([...writtenOut(letters, abbreviations), number], [letters, number]);
    }
    if (readings[0]?.[0] !== word) readings.push([word]);
    return readings;
  });
}

/** How well the query fits a name: every word of the query must be in it, as a whole or as a beginning. */
export function fitOf(query: Query, name: ReadonlySet<string>): Fit {
  if (query.length === 0) return FIT.none;
  const covered = new Set<string>();
  let whole = true;
  for (const readings of query) {
    const reading = readings.find((words) => words.every((word) => name.has(word)));
    if (reading !== undefined) {
      for (const word of reading) covered.add(word);
      continue;
    }
    const begun = readings.map((words) => begunBy(words, name)).find((words) => words !== null);
    if (begun === undefined || begun === null) return FIT.none;
    whole = false;
    for (const word of begun) covered.add(word);
  }
  const all = covered.size === name.size;
  if (whole) return all ? FIT.allWords : FIT.words;
  return all ? FIT.allByPrefixes : FIT.prefixes;
}

/** The name's words that these words begin; null if one of them begins none. Numbers begin nothing: 20 is not 2019. */
function begunBy(words: Reading, name: ReadonlySet<string>): string[] | null {
  const begun: string[] = [];
  for (const word of words) {
    const found = name.has(word) ? word : /\p{N}/u.test(word) ? undefined : firstBegun(word, name);
    if (found === undefined) return null;
    begun.push(found);
  }
  return begun;
}

function firstBegun(prefix: string, name: ReadonlySet<string>): string | undefined {
  for (const word of name) if (word.startsWith(prefix)) return word;
  return undefined;
}
