import { type Facts, type FactsData, factsOf, type Reasons } from './facts.ts';
import { nameWords } from './normalise.ts';
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

interface Family {
  readonly all: readonly RegExp[];
  readonly none: readonly RegExp[];
  readonly recognised: Recognised;
}

/** Longer names are no product names; their beginning must do. */
const NAME_LENGTH = 500;

/** Compiles the families once, at the first name. */
export function createFamilies(data: FamiliesData): (name: string) => Recognised {
  let compiled: { families: readonly Family[]; unknown: Recognised } | undefined;
  return (name) => {
    compiled ??= compile(data);
    const words = nameWords(name.slice(0, NAME_LENGTH)).join(' ');
    const family = compiled.families.find(
      ({ all, none }) =>
        all.every((pattern) => pattern.test(words)) && !none.some((pattern) => pattern.test(words)),
    );
    return family?.recognised ?? compiled.unknown;
  };
}

function compile(data: FamiliesData): { families: readonly Family[]; unknown: Recognised } {
  return {
    families: data.families.map((family) => ({
      all: family.all.map((pattern) => new RegExp(pattern)),
      none: family.none.map((pattern) => new RegExp(pattern)),
      recognised: { family: family.id, kind: family.kind, facts: factsOf(family.facts, data.reasons) },
    })),
    unknown: { family: null, kind: 'other', facts: factsOf(data.unknown, data.reasons) },
  };
}
