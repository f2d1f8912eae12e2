import json from '../../data/catalogue.json' with { type: 'json' };
import type { CatalogueData } from '../entitlements/catalogue.ts';

/** Products, their names and facts: data/catalogue.json; checked by test/data/catalogue.test.ts. */
export const CATALOGUE_DATA = json as CatalogueData;
