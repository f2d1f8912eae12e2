import json from '../../data/instructions.json' with { type: 'json' };
import type { InstructionsData } from '../entitlements/explain.ts';

/** What `show` and `key` tell about products: data/instructions.json; checked by test/data/instructions.test.ts. */
export const INSTRUCTIONS_DATA = json as InstructionsData;
