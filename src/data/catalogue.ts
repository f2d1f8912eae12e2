import json from '../../data/catalogue.json' with { type: 'json' };
import type { CatalogueData } from '../entitlements/catalogue.ts';

/** Products, their names and facts: data/catalogue.json. */
export const catalogueData = json as CatalogueData;
