import type { Sha256Hex } from './chain.ts';
import { HARDWARE_SCHEMA, type HardwareProfile, type HardwareTable, type Hashes } from './hardware.ts';

/** A network adapter as the system describes it. */
export interface RawAdapter {
  /** Names and descriptions, as many as the system gives. */
  readonly names: readonly string[];
  readonly mac: string | null;
  /** The system calls it virtual. Not heeded on a virtual machine, where every adapter is. */
  readonly virtual: boolean;
}

/** A machine's hardware as read; everything may be unknown. Never stored, shown or sent. */
export interface RawHardware {
  readonly machine: string;
  readonly virtual: boolean;
  readonly portable: boolean;
  readonly networkAdapters: readonly RawAdapter[];
  readonly storageControllers: readonly string[];
  readonly displayAdapters: readonly string[];
  readonly ramBytes: number | null;
  readonly processorType: string | null;
  readonly processorId: string | null;
  /** Serial number of the disk that holds the system. */
  readonly systemDisk: string | null;
  /** Serial number or UUID of the volume that holds the system. */
  readonly systemVolume: string | null;
  readonly opticalDrives: readonly string[];
  readonly baseboardSerial: string | null;
  readonly systemUuid: string | null;
}

const GIB = 2 ** 30;
/** One character over and over, or all zeros and Fs, with any separators: firmware that was never filled in. */
const BLANK = /^(.)\1*$|^[0F]+$/u;

/** The comparable form of a text, or null for placeholders and blanks. */
function normaliseText(table: HardwareTable, raw: string | null): string | null {
  if (raw === null) return null;
  const value = raw
    .normalize('NFKC')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .toUpperCase();
  const bare = value.replace(/[\s:.{}()_-]/g, '');
  if (bare === '' || BLANK.test(bare) || table.placeholders.includes(value)) return null;
  return value;
}

/** Only the hex digits of a MAC address or UUID; null unless there are as many as there must be. */
function normaliseHex(table: HardwareTable, raw: string | null, digits: number): string | null {
  const value = normaliseText(table, raw?.replace(/^[{\s]+|[}\s]+$/g, '') ?? null);
  if (value === null) return null;
  const hex = value.replace(/[\s:.-]/g, '');
  return hex.length === digits && /^[0-9A-F]+$/.test(hex) ? hex : null;
}

/** The next power of two, in GiB: what is reserved for a display adapter does not make other RAM of it. */
function ramRange(bytes: number | null): string | null {
  if (bytes === null || !(bytes > 0) || !Number.isFinite(bytes)) return null;
  let range = 1;
  while (range * GIB < bytes) range *= 2;
  return String(range);
}

/** True for adapters that come and go without the machine changing: virtual, VPN, USB, docks. */
function isForeign(table: HardwareTable, adapter: RawAdapter, onVirtualMachine: boolean): boolean {
  if (adapter.virtual && !onVirtualMachine) return true;
  const { software, vpn, usb, dock } = table.foreignAdapters;
  const words = [...software, ...vpn, ...usb, ...dock];
  return adapter.names.some((name) => {
    const lower = name.toLowerCase();
    return words.some((word) => lower.includes(word));
  });
}

/**
 * The first 20 bits of a characteristic's hash: enough to tell a changed part, too few to find the value again or
 * to follow a machine. `value` is normalised.
 */
export function characteristicHash(name: string, value: string, sha256Hex: Sha256Hex): string {
  return sha256Hex(`mpn-benefits/hw/1\0${name}\0${value}`).slice(0, 5);
}

/** What is compared of a machine: every characteristic normalised and hashed, null where unknown. */
export function hardwareProfile(
  table: HardwareTable,
  raw: RawHardware,
  sha256Hex: Sha256Hex,
): HardwareProfile {
  const hashes = (name: string, values: readonly (string | null)[]): Hashes => {
    const known = values.filter((value) => value !== null);
    const distinct = new Set(known.map((value) => characteristicHash(name, value, sha256Hex)));
    return distinct.size === 0 ? null : [...distinct].sort();
  };
  const texts = (name: string, values: readonly (string | null)[]): Hashes =>
    hashes(
      name,
      values.map((value) => normaliseText(table, value)),
    );
  const adapters = raw.networkAdapters.filter((adapter) => !isForeign(table, adapter, raw.virtual));
  return {
    schema: HARDWARE_SCHEMA,
    machine: raw.machine,
    virtual: raw.virtual,
    portable: raw.portable,
    characteristics: {
      networkAdapters: hashes(
        'networkAdapters',
        adapters.map(({ mac }) => normaliseHex(table, mac, 12)),
      ),
      storageControllers: texts('storageControllers', raw.storageControllers),
      displayAdapter: texts('displayAdapter', raw.displayAdapters),
      ramRange: hashes('ramRange', [ramRange(raw.ramBytes)]),
      processorType: texts('processorType', [raw.processorType]),
      processorId: texts('processorId', [raw.processorId]),
      systemDisk: texts('systemDisk', [raw.systemDisk]),
      systemVolume: texts('systemVolume', [raw.systemVolume]),
      opticalDrive: texts('opticalDrive', raw.opticalDrives),
      baseboardSerial: texts('baseboardSerial', [raw.baseboardSerial]),
      systemUuid: hashes('systemUuid', [normaliseHex(table, raw.systemUuid, 32)]),
    },
  };
}
