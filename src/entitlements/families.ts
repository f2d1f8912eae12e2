import { type Facts, type FactsData, type Reasons, withReasons } from './facts.ts';
import type { ProductKind } from './types.ts';

/** Where a phrase stands in a name. `end`: the last words, but for one number behind them, as in `CAL (50)`. */
export type PhrasePlace = 'start' | 'anywhere' | 'end';

/** One of these phrases stands there. A phrase is words of a name in their order; `#` is any digit. */
export interface PhraseData {
  readonly at: PhrasePlace;
  readonly phrases: readonly string[];
}

/** Products that are recognised by their name alone. */
export interface FamilyData {
  readonly id: string;
  readonly kind: ProductKind;
  /** All of them must hold. */
  readonly all: readonly PhraseData[];
  /** None of these may hold. */
  readonly none: readonly PhraseData[];
  readonly facts: FactsData;
}

export interface FamiliesData {
  readonly reasons: Reasons;
  /** In this order; the first that fits decides. */
  readonly families: readonly FamilyData[];
  /** What is said of a name that fits no family. */
  readonly unknown: FactsData;
}

/** What a name tells about a product. */
export interface Recognised {
  /** Null if the name belongs to no family. */
  readonly family: string | null;
  readonly kind: ProductKind;
  readonly facts: Facts;
}

/** A phrase with a blank on each side, as a name is looked at. */
interface Phrase {
  readonly at: PhrasePlace;
  readonly text: string;
}

interface Family extends Omit<FamilyData, 'all' | 'none'> {
  /** Of each of these, one phrase stands there. */
  readonly all: readonly (readonly Phrase[])[];
  readonly none: readonly Phrase[];
}

/** What the words of a name tell. Phrases, not expressions: compiling those takes longer than a list of products. */
export function createFamilies(data: FamiliesData): (words: readonly string[]) => Recognised {
  let families: readonly Family[] | undefined;
  return (words) => {
    families ??= data.families.map((family) => ({
      ...family,
      all: family.all.map(phrasesOf),
      none: family.none.flatMap(phrasesOf),
    }));
    const name = ` ${words.join(' ')} `;
    const beforeNumber = isNumber(words.at(-1)) ? ` ${words.slice(0, -1).join(' ')} ` : name;
    const stands = ({ at, text }: Phrase): boolean => {
      if (at === 'anywhere') return standsIn(name, text);
      if (at === 'start') return standsAt(0, name, text);
      return standsAtEnd(name, text) || standsAtEnd(beforeNumber, text);
    };
    const family = families.find(
      ({ all, none }) => all.every((phrases) => phrases.some(stands)) && !none.some(stands),
    );
    return family === undefined
      ? { family: null, kind: 'other', facts: withReasons(data.unknown, data.reasons) }
      : { family: family.id, kind: family.kind, facts: withReasons(family.facts, data.reasons) };
  };
}

function phrasesOf({ at, phrases }: PhraseData): readonly Phrase[] {
  return phrases.map((phrase) => ({ at, text: ` ${phrase} ` }));
}

function standsIn(name: string, phrase: string): boolean {
  if (!phrase.includes('#')) return name.includes(phrase);
  for (let at = 0; at + phrase.length <= name.length; at += 1) if (standsAt(at, name, phrase)) return true;
  return false;
}

function standsAtEnd(name: string, phrase: string): boolean {
  return standsAt(name.length - phrase.length, name, phrase);
}

function standsAt(at: number, name: string, phrase: string): boolean {
  if (at < 0) return false;
  if (!phrase.includes('#')) return name.startsWith(phrase, at);
  return Array.from(phrase).every((wanted, index) => {
    const sign = name.charAt(at + index);
    return wanted === '#' ? isDigit(sign) : wanted === sign;
  });
}

function isNumber(word: string | undefined): boolean {
  return word !== undefined && Array.from(word).every(isDigit);
}

function isDigit(character: string): boolean {
  return character >= '0' && character <= '9';
}
