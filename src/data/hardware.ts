import json from '../../data/hardware.json' with { type: 'json' };
import type { HardwareTable } from '../activation/hardware.ts';

/** What is compared of machines: data/hardware.json; checked by test/activation/data.test.ts. */
export const HARDWARE_TABLE: HardwareTable = json;
