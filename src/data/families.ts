import json from '../../data/families.json' with { type: 'json' };
import type { FamiliesData } from '../entitlements/families.ts';

/** What names tell of products that the catalogue does not list: data/families.json. */
export const familiesData = json as FamiliesData;
