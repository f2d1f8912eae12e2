import type { RawAdapter, RawHardware } from '../activation/characteristics.ts';
import type { Answers } from './source.ts';
import { isTrue, joined, type Row, row, rows, size, text } from './values.ts';
import { isPortable, isVirtual } from './virtual.ts';

const UUID = /^[{\s]*[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}[}\s]*$/i;
/** Displays that a session, a dock or a missing driver brings; they are no part of the machine. */
const FOREIGN_DISPLAYS = [
  'remote display',
  'basic display',
  'basic render',
  'displaylink',
  'mirror driver',
  'indirect display',
  'virtual display',
  'citrix',
  'parsec',
];
/** Linux names network adapters by where they are; a `u` in it is a USB port, `enx` an adapter without a place. */
const USB_NAME = /^(?:en|wl|ww)(?:x[0-9a-f]{12}$|(?:P\d+)?p\d+s\d+(?:f\d+)?u\d)/i;

/**
 * What the answers say about the hardware. Holds serial numbers: only hashes of them may leave this room.
 * @param systemDrive where the system is, as Windows names it; elsewhere it is `/`.
 */
export function rawHardware(answers: Answers, machine: string, systemDrive = 'C:'): RawHardware {
  const system = row(answers.system);
  const processor = row(answers.cpu);
  const virtual = isVirtual(answers);
  const disks = rows(answers.diskLayout).filter((disk) => !isUsb(text(disk, 'interfaceType')));
  const volumes = rows(answers.blockDevices);
  const volume = volumes.find((candidate) => isSystem(text(candidate, 'mount'), systemDrive)) ?? {};
  const uuids = [text(system, 'uuid'), text(row(answers.uuid), 'hardware')];
  return {
    machine,
    virtual,
    portable: isPortable(answers, virtual),
    networkAdapters: rows(answers.networkInterfaces)
      .filter((adapter) => !isTrue(adapter, 'internal'))
      .map(networkAdapter),
    // The library does not name controllers; how the built-in disks are attached stands for them.
    storageControllers: distinct(disks.map((disk) => text(disk, 'interfaceType'))),
    displayAdapters: displayAdapters(row(answers.graphics), virtual),
    ramBytes: size(row(answers.mem), 'total'),
    processorType: joined(processor, ['manufacturer', 'brand']) ?? text(processor, 'brand'),
    // What CPUID tells; processors have had no serial number of their own since the Pentium III.
    processorId: joined(processor, ['vendor', 'family', 'model', 'stepping']),
    systemDisk: systemDisk(disks, volume),
    systemVolume: text(volume, 'uuid') ?? text(volume, 'serial'),
    opticalDrives: distinct(volumes.map(opticalDrive)),
    baseboardSerial: text(row(answers.baseboard), 'serial'),
    // On a Mac the second one is its serial number instead.
    systemUuid: uuids.find((uuid) => uuid !== null && UUID.test(uuid)) ?? null,
  };
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))];
}

function isUsb(interfaceType: string | null): boolean {
  return interfaceType?.toLowerCase().includes('usb') ?? false;
}

function isSystem(mount: string | null, systemDrive: string): boolean {
  return mount === '/' || mount?.toUpperCase().replace(/\\$/, '') === systemDrive.toUpperCase();
}

function networkAdapter(adapter: Row): RawAdapter {
  const mac = text(adapter, 'mac');
  const names = distinct(['iface', 'ifaceName', 'type'].map((field) => text(adapter, field)));
  const usb = names.some((name) => USB_NAME.test(name)) ? ['usb'] : [];
  return { names: [...names, ...usb], mac, virtual: isTrue(adapter, 'virtual') || isMadeUp(mac) };
}

/** Locally administered addresses are given by software: bridges, tunnels, and Wi-Fi that hides its own. */
function isMadeUp(mac: string | null): boolean {
  return mac !== null && /^[0-9a-f][26ae]/i.test(mac);
}

function displayAdapters(graphics: Row, virtual: boolean): readonly string[] {
  const named = rows(graphics['controllers']).map((controller) => {
    const model = text(controller, 'model') ?? text(controller, 'name');
    return model === null
      ? null
      : [text(controller, 'vendor'), model].filter((part) => part !== null).join(' ');
  });
  return distinct(named).filter(
    (name) => virtual || !FOREIGN_DISPLAYS.some((word) => name.toLowerCase().includes(word)),
  );
}

/** Serial number of the disk that the system's volume is on; of the only disk, if that is not said. */
function systemDisk(disks: readonly Row[], volume: Row): string | null {
  const device = text(volume, 'device');
  const [only, ...others] = disks;
  const disk = disks.find((candidate) => device !== null && text(candidate, 'device') === device);
  const chosen = disk ?? (others.length === 0 ? only : undefined);
  return chosen === undefined ? null : text(chosen, 'serialNum');
}

/**
 * A drive by its model. Windows gives none, and shows a mounted image as one more drive: only an empty drive can be
 * no image, so a drive without a model counts while it is empty.
 */
function opticalDrive(volume: Row): string | null {
  if (text(volume, 'physical') !== 'CD/DVD' && text(volume, 'type') !== 'rom') return null;
  const empty = size(volume, 'size') === null && Number(text(volume, 'size') ?? 0) === 0;
  return text(volume, 'model') ?? (empty ? 'CD/DVD drive' : null);
}
