import { describe, expect, it } from 'vitest';
import { rawHardware } from '../../src/hardware/raw.ts';
import type { Answers } from '../../src/hardware/source.ts';
import { CONTAINER, DESKTOP, LAPTOP, LAPTOP_IN_DOCK, MAC, VIRTUAL } from './machines.ts';

const raw = (answers: Answers) => rawHardware(answers, 'PC-1');

describe('what the answers say about a machine', () => {
  it('a desktop', () => {
    expect(raw(DESKTOP)).toEqual({
      machine: 'PC-1',
      virtual: false,
      portable: false,
      networkAdapters: [
        {
          names: ['Ethernet', 'Intel(R) Ethernet Controller I226-V', 'wired'],
          mac: '3c:ec:ef:00:00:01',
          virtual: false,
        },
      ],
      storageControllers: ['NVMe', 'SATA'],
      displayAdapters: ['NVIDIA GeForce RTX 4060'],
      ramBytes: 34_000_000_000,
      processorType: 'Intel Core™ i7-14700',
      processorId: 'GenuineIntel 6 183 1',
      systemDisk: 'SN-SYSTEM-DISK',
      systemVolume: 'SN-VOLUME-C',
      opticalDrives: ['CD/DVD drive'],
      baseboardSerial: 'SN-BOARD',
      systemUuid: '11111111-2222-4333-8444-555555555555',
    });
  });

  it('a Mac, whose second UUID is a serial number and whose disk has another name', () => {
    expect(raw(MAC)).toMatchObject({
      portable: true,
      virtual: false,
      systemUuid: 'bbbbbbbb-2222-4333-8444-555555555555',
      processorType: 'Apple M2 Pro',
      processorId: null,
      systemDisk: 'SN-MAC-DISK',
      systemVolume: 'SN-MAC-VOLUME',
      opticalDrives: [],
    });
  });

  it('nothing at all', () => {
    expect(raw({})).toEqual({
      machine: 'PC-1',
      virtual: false,
      portable: false,
      networkAdapters: [],
      storageControllers: [],
      displayAdapters: [],
      ramBytes: null,
      processorType: null,
      processorId: null,
      systemDisk: null,
      systemVolume: null,
      opticalDrives: [],
      baseboardSerial: null,
      systemUuid: null,
    });
  });
});

describe('what is virtual', () => {
  const said = (manufacturer: string, model: string): Answers => ({
    system: { manufacturer, model, virtual: false },
  });

  it.each<[string, Answers]>([
    ['Hyper-V', VIRTUAL],
    ['by the library', { system: { virtual: true } }],
    ['by the name of its host', { system: { virtualHost: 'KVM' } }],
    ['VMware', said('VMware, Inc.', 'VMware20,1')],
    ['VirtualBox', said('innotek GmbH', 'VirtualBox')],
    ['QEMU', said('QEMU', 'Standard PC (Q35 + ICH9, 2009)')],
    ['Azure', said('Microsoft Corporation', 'Virtual Machine')],
    ['AWS', said('Amazon EC2', 'm5.large')],
    ['Google', said('Google', 'Google Compute Engine')],
    ['a board only', { baseboard: { manufacturer: 'Parallels Software', model: 'Parallels' } }],
    ['a container on a virtual machine', CONTAINER],
    ['a virtual disk', { diskLayout: [{ type: 'Virtual' }] }],
  ])('%s', (_, answers) => {
    expect(raw(answers).virtual).toBe(true);
  });

  it.each<[string, Answers]>([
    ['a desktop', DESKTOP],
    ['a laptop', LAPTOP],
    ['a Mac', MAC],
    ['rented metal', said('Amazon EC2', 'm5.metal')],
    ['a Surface', said('Microsoft Corporation', 'Surface Pro 9')],
    ['a machine that says nothing', {}],
  ])('not %s', (_, answers) => {
    expect(raw(answers).virtual).toBe(false);
  });
});

describe('what is portable', () => {
  it.each<[string, Answers, boolean]>([
    ['a laptop', LAPTOP, true],
    ['a laptop that calls itself a dock', LAPTOP_IN_DOCK, true],
    ['a detachable', { chassis: { type: 'Detachable' } }, true],
    [
      'a battery, where the chassis says nothing',
      { chassis: { type: '' }, battery: { hasBattery: true } },
      true,
    ],
    ['not a desktop with an emergency battery', { ...DESKTOP, battery: { hasBattery: true } }, false],
    ['not a guest that sees the battery of its host', { ...VIRTUAL, chassis: { type: 'Notebook' } }, false],
  ])('%s', (_, answers, portable) => {
    expect(raw(answers).portable).toBe(portable);
  });
});

describe('parts that come and go', () => {
  it.each([
    ['enx00e04c680001', true],
    ['enp0s20f0u1', true],
    ['wlp0s20u2', true],
    ['enp0s31f6', false],
    ['eth0', false],
  ])('on Linux %s is on USB: %s', (iface, usb) => {
    const { networkAdapters } = raw({
      networkInterfaces: [{ iface, ifaceName: iface, mac: '3c:ec:ef:00:00:09' }],
    });
    expect(networkAdapters[0]?.names.includes('usb')).toBe(usb);
  });

  it.each([
    ['02:42:ac:11:00:02', true],
    ['7A-BB-CC-00-00-01', true],
    ['3c:ec:ef:00:00:01', false],
  ])('an address that software gave, %s: %s', (mac, virtual) => {
    expect(raw({ networkInterfaces: [{ iface: 'x', mac }] }).networkAdapters[0]?.virtual).toBe(virtual);
  });

  it('a remote session brings no display adapter, but a guest has no other', () => {
    const controllers = [{ vendor: 'Microsoft', model: 'Microsoft Remote Display Adapter' }];
    expect(raw({ ...DESKTOP, graphics: { controllers } }).displayAdapters).toEqual([]);
    expect(raw({ ...VIRTUAL, graphics: { controllers } }).displayAdapters).toHaveLength(1);
  });

  it('a mounted image is no optical drive', () => {
    expect(raw(VIRTUAL).opticalDrives).toEqual([]);
    const named = [{ type: 'rom', physical: 'CD/DVD', model: 'DVDRAM GUD1N', size: 1073741312 }];
    expect(raw({ blockDevices: named }).opticalDrives).toEqual(['DVDRAM GUD1N']);
  });

  it('of several disks the one with the system counts; if that is not said, none does', () => {
    const blockDevices = [{ mount: 'C:', uuid: 'SN-C', device: '' }];
    expect(raw({ ...DESKTOP, blockDevices }).systemDisk).toBeNull();
    expect(raw({ ...LAPTOP_IN_DOCK, blockDevices }).systemDisk).toBe('SN-LAPTOP-DISK');
  });

  it('the system may be on another drive', () => {
    expect(rawHardware(DESKTOP, 'PC-1', 'd:')).toMatchObject({
      systemDisk: 'SN-DATA-DISK',
      systemVolume: 'SN-VOLUME-D',
    });
  });
});
