import { describe, expect, test } from 'vitest';
import {
  characteristicHash,
  hardwareProfile,
  type RawHardware,
} from '../../src/activation/characteristics.ts';
import { readHardwareProfile } from '../../src/activation/hardware-file.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { sha256Hex } from './world.ts';

const GIB = 2 ** 30;
const card = (mac: string, ...names: string[]) => ({ names, mac, virtual: false });
const RAW: RawHardware = {
  machine: 'web01',
  virtual: false,
  portable: false,
  networkAdapters: [card('00:1A:2B:3C:4D:5E', 'Intel(R) Ethernet Connection I219-LM')],
  storageControllers: ['Intel(R) Chipset SATA Controller'],
  displayAdapters: ['NVIDIA T400'],
  ramBytes: 16 * GIB,
  processorType: 'Intel Core i7-9700',
  processorId: 'BFEBFBFF000906ED',
  systemDisk: 'S4EWNX0N123456',
  systemVolume: '1A2B-3C4D',
  opticalDrives: ['HL-DT-ST DVD-RAM'],
  baseboardSerial: 'PF1ABC23',
  systemUuid: '4c4c4544-0042-3510-8052-b4c04f4d3332',
};
const profile = (changes: Partial<RawHardware> = {}) =>
  hardwareProfile(HARDWARE_TABLE, { ...RAW, ...changes }, sha256Hex);
const hash = (name: string, value: string) => sha256Hex(`mpn-benefits/hw/1\0${name}\0${value}`).slice(0, 5);
const of = (name: string, changes: Partial<RawHardware>) => profile(changes).characteristics[name];

describe('a characteristic becomes five hexadecimal digits', () => {
  test('of SHA-256 over the scheme, its name and its value', () => {
    expect(characteristicHash('ramRange', '16', sha256Hex)).toBe(hash('ramRange', '16'));
    // A fixed value: the scheme must never change by accident.
    expect(hash('ramRange', '16')).toBe('4d13b');
  });

  test('all of them, under the names of the table, readable again as a file', () => {
    const made = profile();
    const names = [...HARDWARE_TABLE.characteristics, ...HARDWARE_TABLE.decisive].map(({ name }) => name);
    expect(Object.keys(made.characteristics).sort()).toEqual([...names].sort());
    expect(Object.values(made.characteristics)).not.toContain(null);
    expect(readHardwareProfile(JSON.parse(JSON.stringify(made)), HARDWARE_TABLE)).toEqual(made);
  });

  test('nothing of what was read is left in it', () => {
    const text = JSON.stringify(profile()).toLowerCase();
    for (const secret of ['1a2b', 's4ewnx', 'pf1abc23', '4c4c4544', 'bfebfbff', 'i219']) {
      expect(text).not.toContain(secret);
    }
  });
});

describe('spellings of the same value', () => {
  test.each<[string, Partial<RawHardware>, string, string]>([
    [
      'a MAC with hyphens',
      { networkAdapters: [card('00-1a-2b-3c-4d-5e')] },
      'networkAdapters',
      '001A2B3C4D5E',
    ],
    ['a MAC with dots', { networkAdapters: [card('001a.2b3c.4d5e')] }, 'networkAdapters', '001A2B3C4D5E'],
    ['blanks around and within', { baseboardSerial: '  pf1 \t abc\0 ' }, 'baseboardSerial', 'PF1 ABC'],
    ['wide letters', { baseboardSerial: 'ＰＦ1' }, 'baseboardSerial', 'PF1'],
    [
      'a UUID in braces',
      { systemUuid: '{4C4C4544-0042-3510-8052-B4C04F4D3332}' },
      'systemUuid',
      '4C4C4544004235108052B4C04F4D3332',
    ],
  ])('%s', (_, changes, name, value) => {
    expect(of(name, changes)).toEqual([hash(name, value)]);
  });
});

describe('what firmware says when it says nothing is unknown', () => {
  test.each([
    'To be filled by O.E.M.',
    'TO BE FILLED BY O.E.M',
    'Default string',
    'None',
    'N/A',
    'Not Specified',
    'System Serial Number',
    '  none ',
    '',
    '0',
    '00000000',
    'FFFFFFFF',
    '0F0F0F',
    '........',
    'XXXXXXX',
    '123456789',
  ])('%j', (text) => {
    expect(of('baseboardSerial', { baseboardSerial: text })).toBeNull();
  });

  test.each([
    '00000000-0000-0000-0000-000000000000',
    'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '03000200-0400-0500-0006-000700080009',
    'not-a-uuid',
    '4c4c4544',
  ])('the UUID %j', (text) => {
    expect(of('systemUuid', { systemUuid: text })).toBeNull();
  });

  test.each(['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff', '00:1a:2b', null])('the MAC %j', (mac) => {
    expect(of('networkAdapters', { networkAdapters: [{ names: [], mac, virtual: false }] })).toBeNull();
  });

  test('no optical drive is unknown, not a drive without a name', () => {
    expect(of('opticalDrive', { opticalDrives: [] })).toBeNull();
  });
});

describe('RAM counts as the next power of two in GiB', () => {
  test.each([
    [1, '1'],
    [GIB, '1'],
    [GIB + 1, '2'],
    [7.8 * GIB, '8'],
    [8 * GIB, '8'],
    [12 * GIB, '16'],
    [15.7 * GIB, '16'],
    [16 * GIB, '16'],
    [384 * GIB, '512'],
  ])('%d bytes: %s', (ramBytes, range) => {
    expect(of('ramRange', { ramBytes })).toEqual([hash('ramRange', range)]);
  });

  test.each([null, 0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%d: unknown', (ramBytes) => {
    expect(of('ramRange', { ramBytes })).toBeNull();
  });
});

describe('adapters that come and go are left out', () => {
  test.each([
    'vEthernet (Default Switch)',
    'VMware Virtual Ethernet Adapter for VMnet8',
    'VirtualBox Host-Only Ethernet Adapter',
    'docker0',
    'veth12ab',
    'WireGuard Tunnel',
    'TAP-Windows Adapter V9',
    'Cisco AnyConnect Virtual Miniport',
    'Realtek USB GbE Family Controller',
    'ThinkPad Dock Ethernet',
    'Microsoft Wi-Fi Direct Virtual Adapter #2',
    'Bluetooth Device (Personal Area Network)',
    'lo Loopback',
  ])('%s', (name) => {
    const kept = card('00:1A:2B:3C:4D:5E', 'Intel(R) Wi-Fi 6 AX201');
    const adapters = [kept, card('00:1A:2B:00:00:01', 'eth7', name)];
    expect(of('networkAdapters', { networkAdapters: adapters })).toEqual([
      hash('networkAdapters', '001A2B3C4D5E'),
    ]);
  });

  test.each([
    'Intel(R) Ethernet Connection I219-LM',
    'Broadcom NetXtreme Gigabit Ethernet',
    'Realtek PCIe GbE Family Controller',
    'Mellanox ConnectX-4',
    'vmxnet3 Ethernet Adapter',
    'Microsoft Hyper-V Network Adapter',
    'Red Hat VirtIO Ethernet Adapter',
    'eth0',
    'enp3s0',
  ])('%s stays', (name) => {
    expect(of('networkAdapters', { networkAdapters: [card('00:1A:2B:3C:4D:5E', name)] })).not.toBeNull();
  });

  test('what the system calls virtual counts on a virtual machine only', () => {
    const networkAdapters = [{ names: ['eth0'], mac: '52:54:00:12:34:56', virtual: true }];
    expect(of('networkAdapters', { networkAdapters })).toBeNull();
    expect(of('networkAdapters', { networkAdapters, virtual: true })).not.toBeNull();
  });

  test('the order and repetition of adapters do not matter', () => {
    const [a, b] = [card('00:1A:2B:3C:4D:5E'), card('00:1A:2B:3C:4D:5F')];
    expect(of('networkAdapters', { networkAdapters: [a, b] })).toEqual(
      of('networkAdapters', { networkAdapters: [b, a, b] }),
    );
  });
});
