import json from '../../data/offers.json' with { type: 'json' };
import type { ProgramsData } from '../entitlements/offers.ts';

/** Programs that bring benefits, their names and ends: data/offers.json. */
export const programsData = json as ProgramsData;
