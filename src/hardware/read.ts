/*
 * Threat model of this file: the serial numbers of a machine identify it and its owner. They are read, normalised and
 * hashed in here; what leaves is a profile of 20-bit hashes. Nothing is logged, and no error carries an answer.
 */
import type { Sha256Hex } from '../activation/chain.ts';
import { hardwareProfile } from '../activation/characteristics.ts';
import type { HardwareProfile, HardwareTable } from '../activation/hardware.ts';
import { rawHardware } from './raw.ts';
import { askAll, type HardwareSource, systemInformation } from './source.ts';

/** Windows answers some parts only after starting PowerShell several times. */
const PART_TIMEOUT_MS = 30_000;

export interface HardwareReading {
  readonly sha256Hex: Sha256Hex;
  readonly table: HardwareTable;
  /** The name that the profile gets. */
  readonly hostname: string;
  /** Limit of each part, in milliseconds. */
  readonly timeoutMs?: number;
  /** Drive of the system on Windows; `C:` if it is not said. */
  readonly systemDrive?: string | undefined;
  /** Who answers; the library, unless a test says otherwise. */
  readonly source?: HardwareSource;
}

/**
 * Reads the hardware of the machine that this runs on. What cannot be read is unknown; it never fails for that.
 */
export async function readHardware(reading: HardwareReading): Promise<HardwareProfile> {
  const { sha256Hex, table, hostname, timeoutMs = PART_TIMEOUT_MS, systemDrive } = reading;
  const source = reading.source ?? (await systemInformation());
  const answers = await askAll(source, timeoutMs);
  return hardwareProfile(table, rawHardware(answers, hostname, systemDrive), sha256Hex);
}
