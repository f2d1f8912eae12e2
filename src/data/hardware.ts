import json from '../../data/hardware.json' with { type: 'json' };
import type { HardwareTable } from '../activation/hardware.ts';

/** The table of hardware characteristics of data/hardware.json. */
export const HARDWARE_TABLE: HardwareTable = json;
