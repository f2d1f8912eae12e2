import json from '../../data/families.json' with { type: 'json' };
import type { FamiliesData } from '../entitlements/families.ts';

/** What names tell of products that the catalogue does not list: data/families.json; checked by test/data/families.test.ts. */
export const FAMILIES_DATA = json as FamiliesData;
