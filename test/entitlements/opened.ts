import { CATALOGUE_DATA } from '../../src/data/catalogue.ts';
import { FAMILIES_DATA } from '../../src/data/families.ts';
import { PROGRAMS_DATA } from '../../src/data/offers.ts';
import { createCatalogue } from '../../src/entitlements/catalogue.ts';
import { createPrograms } from '../../src/entitlements/programs.ts';
import type { ProductFacts } from '../../src/entitlements/types.ts';

/** The shipped data, opened as the program opens it. */
export const catalogue = createCatalogue(CATALOGUE_DATA, FAMILIES_DATA);
export const programs = createPrograms(PROGRAMS_DATA);

/** A catalogued product, which must be there. */
export function product(id: string): ProductFacts {
  const found = catalogue.byId(id);
  if (found === null) throw new Error(`the catalogue has no ${id}`);
  return found;
}
