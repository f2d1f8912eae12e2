import { type Facts, type FactsData, factsOf, type Reasons } from './facts.ts';
import type { ProductKind } from './types.ts';

/** Products that are recognised by their name alone. */
export interface FamilyData {
  readonly id: string;
  readonly kind: ProductKind;
  /** Regular expressions over the words of a name in lower case with single blanks; all of them must match. */
  readonly all: readonly string[];
  /** None of these may match. */
  readonly none: readonly string[];
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

/** Longer names are no product names; the beginning of their words must do. */
const NAME_LENGTH = 500;

/** Patterns become expressions when a name comes as far: most are decided by the first pattern of each family. */
export function createFamilies(data: FamiliesData): (words: readonly string[]) => Recognised {
  const expressions = new Map<string, RegExp>();
  const matches = (pattern: string, words: string): boolean => {
    let expression = expressions.get(pattern);
    if (expression === undefined) {
      expression = new RegExp(pattern);
      expressions.set(pattern, expression);
    }
    return expression.test(words);
  };
  return (nameWords) => {
    const words = nameWords.join(' ').slice(0, NAME_LENGTH);
    const family = data.families.find(
      ({ all, none }) =>
        all.every((pattern) => matches(pattern, words)) && !none.some((pattern) => matches(pattern, words)),
    );
    return family === undefined
      ? { family: null, kind: 'other', facts: factsOf(data.unknown, data.reasons) }
      : { family: family.id, kind: family.kind, facts: factsOf(family.facts, data.reasons) };
  };
}
