import { type FactsData, type Reasons, withReasons } from './facts.ts';
import { createFamilies, type FamiliesData } from './families.ts';
import { allNames } from './names.ts';
import { nameWords, normalisedName, normalisedWords, slugOfWords } from './normalise.ts';
import type { IsoDate, ProductFacts, ProductKind } from './types.ts';

/** One product of the catalogue's data file. */
export interface CatalogueEntry {
  readonly id: string;
  readonly name: string;
  readonly aliases: readonly string[];
  /** See ProductFacts. */
  readonly misprints?: readonly string[];
  readonly kind: ProductKind;
  readonly version: string | null;
  readonly edition: string | null;
  /** What one licence is for: device, server, core, client, user-or-device, user. */
  readonly licenceUnit: string;
  readonly facts: FactsData;
  /** How many a program granted when the table was published, by program. */
  readonly grants: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

export interface CatalogueData {
  /** The day of the newest public table that went in. */
  readonly asOf: IsoDate;
  readonly source: string;
  readonly reasons: Reasons;
  /** What people type for a word or words of a product name. */
  readonly abbreviations: Readonly<Record<string, string>>;
  readonly products: readonly CatalogueEntry[];
  /** Made of the products by the build, so that nobody waits for it; made at the first question where it is missing. */
  readonly names?: CatalogueNames;
}

/** Ids of products by their normalised names. */
export type CatalogueNames = Readonly<Record<string, string>>;

/** A product that the catalogue lists. */
export interface CatalogueProduct extends ProductFacts {
  readonly version: string | null;
  readonly edition: string | null;
  readonly grants: Readonly<Record<string, number>>;
}

/** What is known of products: the catalogue's data, and what names tell by themselves. */
export interface Catalogue {
  readonly abbreviations: Readonly<Record<string, string>>;
  byId(id: string): CatalogueProduct | null;
  /**
   * The product of that name or alias, as imports match them: the same words in any order, no abbreviations. Else what
   * the name tells: an id, facts by family (S5), or nothing.
   */
  describe(name: string): ProductFacts;
  all(): readonly CatalogueProduct[];
}

/** Opens the catalogue over its data. Costs nothing until the first question. */
export function createCatalogue(data: CatalogueData, families: FamiliesData): Catalogue {
  const recognise = createFamilies(families);
  // Written out when somebody asks for them: most commands ask for one, or for none.
  const products = new Map<string, CatalogueProduct>();
  let entries: ReadonlyMap<string, CatalogueEntry> | undefined;
  let { names } = data;
  const entryOf = (id: string) => {
    entries ??= new Map(data.products.map((entry) => [entry.id, entry]));
    return entries.get(id);
  };
  const written = (entry: CatalogueEntry) => {
    const product = products.get(entry.id) ?? productOf(entry, data.reasons);
    products.set(entry.id, product);
    return product;
  };
  const byId = (id: string) => {
    const entry = entryOf(id);
    return entry === undefined ? null : written(entry);
  };
  const match = (words: readonly string[]) => {
    names ??= catalogueNames(data.products);
    const name = normalisedWords(words);
    return byId(Object.hasOwn(names, name) ? (names[name] ?? '') : '');
  };

  return {
    abbreviations: data.abbreviations,
    byId,
    describe: (name) => {
      const words = nameWords(name);
      return match(words) ?? describeUncatalogued(name, words);
    },
    all: () => data.products.map(written),
  };

  function describeUncatalogued(name: string, words: readonly string[]): ProductFacts {
    const { kind, facts } = recognise(words);
    const id = uncataloguedId(words);
    return { id, name, aliases: [], kind, catalogued: false, ...facts, notes: [] };
  }

  /** The catalogue's own ids stay its own, whatever a file calls its products. */
  function uncataloguedId(words: readonly string[]): string {
    const id = slugOfWords(words);
    return entryOf(id) !== undefined ? `${id}_` : id;
  }
}

/** Every name of the products as imports match them. */
export function catalogueNames(products: readonly CatalogueEntry[]): CatalogueNames {
  return Object.fromEntries(
    products.flatMap((product) => allNames(product).map((name) => [normalisedName(name), product.id])),
  );
}

function productOf({ facts, ...entry }: CatalogueEntry, reasons: Reasons): CatalogueProduct {
  return { ...entry, catalogued: true, ...withReasons(facts, reasons) };
}
