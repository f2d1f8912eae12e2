import { AppError } from '../errors.ts';
import type { EventHardware } from './events.ts';
import { HARDWARE_SCHEMA, type HardwareProfile, type HardwareTable, type Hashes } from './hardware.ts';
import { isRecord } from './is-record.ts';

/** The hash of a value. */
export const HASH = /^[0-9a-f]{5}$/;
/** More values of a characteristic than any machine has; a longer list is no profile. */
export const MOST_VALUES = 256;
/** The longest name DNS allows. */
export const LONGEST_NAME = 255;

function invalid(field: string, expected: string): AppError {
  return new AppError('INVALID_DATA', `The hardware profile cannot be read: ${field} must be ${expected}.`, {
    hint: 'Write one on the machine itself with: mpn-benefits hardware --out-file <file>',
    details: { field },
  });
}

function flag(record: Readonly<Record<string, unknown>>, field: string): boolean {
  const value = record[field];
  if (typeof value !== 'boolean') throw invalid(field, 'true or false');
  return value;
}

function machineName(value: unknown): string {
  const fits = typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST_NAME;
  if (!fits || !value.isWellFormed()) throw invalid('machine', 'the name of the machine');
  return value;
}

function hashes(value: unknown, field: string): Hashes {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value) || value.length > MOST_VALUES) throw invalid(field, 'a list of hashes or null');
  const distinct = new Set<string>();
  for (const [index, hash] of value.entries()) {
    if (typeof hash !== 'string' || !HASH.test(hash)) {
      throw invalid(`${field}[${index}]`, 'five hexadecimal digits in lower case');
    }
    distinct.add(hash);
  }
  return distinct.size === 0 ? null : [...distinct].sort();
}

/**
 * A hardware profile from a file or from a service, checked field by field.
 * @throws AppError INVALID_DATA that names the field.
 */
export function readHardwareProfile(value: unknown, table: HardwareTable): HardwareProfile {
  if (!isRecord(value)) throw invalid('the file', 'a JSON object');
  if (value['schema'] !== HARDWARE_SCHEMA) throw invalid('schema', `"${HARDWARE_SCHEMA}"`);
  const given = value['characteristics'];
  if (!isRecord(given)) throw invalid('characteristics', 'an object');

  const names = [...table.characteristics, ...table.decisive].map(({ name }) => name);
  const stranger = Object.keys(given).find((name) => !names.includes(name));
  if (stranger !== undefined) {
    // The stranger itself is not repeated: it is text from outside and may be of any length.
    throw invalid('characteristics', `an object with no other names than ${names.join(', ')}`);
  }
  return {
    schema: HARDWARE_SCHEMA,
    machine: machineName(value['machine']),
    virtual: flag(value, 'virtual'),
    portable: flag(value, 'portable'),
    characteristics: Object.fromEntries(
      names.map((name) => [name, hashes(given[name], `characteristics.${name}`)]),
    ),
  };
}

/** A profile as a ledger event holds it. */
export function toEventHardware(profile: HardwareProfile | null): EventHardware | null {
  if (profile === null) return null;
  return {
    virtual: profile.virtual ? 'yes' : 'no',
    portable: profile.portable ? 'yes' : 'no',
    characteristics: profile.characteristics,
  };
}

/** A profile as it was when the event happened. */
export function fromEventHardware(machine: string, hardware: EventHardware | null): HardwareProfile | null {
  if (hardware === null) return null;
  return {
    schema: HARDWARE_SCHEMA,
    machine,
    virtual: hardware.virtual === 'yes',
    portable: hardware.portable === 'yes',
    characteristics: hardware.characteristics,
  };
}
