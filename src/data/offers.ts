import json from '../../data/offers.json' with { type: 'json' };
import type { ProgramsData } from '../entitlements/programs.ts';

/** Programs that bring benefits, their names and ends: data/offers.json; checked by test/data/offers.test.ts. */
export const PROGRAMS_DATA = json as ProgramsData;
