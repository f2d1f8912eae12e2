import type { Answers } from '../../src/hardware/source.ts';

/**
 * Answers in the form of systeminformation. All values are made up; serial numbers begin with SN- so that a test can
 * look for them.
 */

const wired = (ifaceName: string, mac: string, iface = 'Ethernet') => ({
  iface,
  ifaceName,
  mac,
  internal: false,
  virtual: false,
  type: 'wired',
});

const LOOPBACK = {
  iface: 'Loopback Pseudo-Interface 1',
  ifaceName: 'Loopback Pseudo-Interface 1',
  mac: '00:00:00:00:00:00',
  internal: true,
  virtual: false,
  type: '',
};

/** A Windows desktop with a real optical drive, a data disk and a stick. */
export const DESKTOP: Answers = {
  system: {
    manufacturer: 'Fabrikam',
    model: 'Tower 7',
    serial: 'SN-SYSTEM',
    uuid: '11111111-2222-4333-8444-555555555555',
    virtual: false,
  },
  baseboard: { manufacturer: 'Fabrikam', model: 'Z790', serial: 'SN-BOARD' },
  chassis: { type: 'Desktop', serial: 'SN-CHASSIS' },
  uuid: { os: 'machine-guid', hardware: '11111111-2222-4333-8444-555555555555' },
  cpu: {
    manufacturer: 'Intel',
    brand: 'Core™ i7-14700',
    vendor: 'GenuineIntel',
    family: '6',
    model: '183',
    stepping: '1',
    flags: 'fpu vme',
  },
  mem: { total: 34_000_000_000 },
  diskLayout: [
    { device: '\\\\.\\PHYSICALDRIVE0', type: 'SSD', interfaceType: 'NVMe', serialNum: 'SN-SYSTEM-DISK' },
    { device: '\\\\.\\PHYSICALDRIVE1', type: 'HD', interfaceType: 'SATA', serialNum: 'SN-DATA-DISK' },
    { device: '\\\\.\\PHYSICALDRIVE2', type: '', interfaceType: 'USB', serialNum: 'SN-STICK' },
  ],
  blockDevices: [
    {
      name: 'C:',
      mount: 'C:',
      physical: 'Local',
      size: '999',
      uuid: 'SN-VOLUME-C',
      device: '\\\\.\\PHYSICALDRIVE0',
    },
    {
      name: 'D:',
      mount: 'D:',
      physical: 'Local',
      size: '999',
      uuid: 'SN-VOLUME-D',
      device: '\\\\.\\PHYSICALDRIVE1',
    },
    { name: 'E:', mount: 'E:', physical: 'CD/DVD', size: '', uuid: '', device: '', model: '' },
  ],
  networkInterfaces: [LOOPBACK, wired('Intel(R) Ethernet Controller I226-V', '3c:ec:ef:00:00:01')],
  graphics: { controllers: [{ vendor: 'NVIDIA', model: 'GeForce RTX 4060', bus: 'PCI' }] },
  battery: { hasBattery: false },
};

/** A Windows laptop, out of its dock. */
export const LAPTOP: Answers = {
  ...DESKTOP,
  system: { ...record(DESKTOP.system), model: 'Book 5', uuid: '99999999-2222-4333-8444-555555555555' },
  baseboard: { manufacturer: 'Fabrikam', model: 'B5', serial: 'SN-LAPTOP-BOARD' },
  chassis: { type: 'Notebook' },
  diskLayout: [
    { device: '\\\\.\\PHYSICALDRIVE0', type: 'SSD', interfaceType: 'NVMe', serialNum: 'SN-LAPTOP-DISK' },
  ],
  blockDevices: [
    { mount: 'C:', physical: 'Local', size: '999', uuid: 'SN-LAPTOP-C', device: '\\\\.\\PHYSICALDRIVE0' },
  ],
  networkInterfaces: [
    LOOPBACK,
    { ...wired('Intel(R) Wi-Fi 6E AX211', '3c:ec:ef:00:00:02', 'Wi-Fi'), type: 'wireless' },
    { ...wired('Contoso VPN Adapter', '3c:ec:ef:00:00:07', 'VPN') },
  ],
  graphics: { controllers: [{ vendor: 'Intel', model: 'Iris Xe Graphics' }] },
  battery: { hasBattery: true },
};

/** The same in its dock: with the dock's network, screen, disk and drive, and another name for its chassis. */
export const LAPTOP_IN_DOCK: Answers = {
  ...LAPTOP,
  chassis: { type: 'Docking Station' },
  networkInterfaces: [
    ...list(LAPTOP.networkInterfaces),
    wired('Realtek USB GbE Family Controller', '3c:ec:ef:00:00:03', 'Ethernet 2'),
    wired('Fabrikam Thunderbolt 4 Dock Ethernet', '3c:ec:ef:00:00:04', 'Ethernet 3'),
  ],
  diskLayout: [
    ...list(LAPTOP.diskLayout),
    { device: '\\\\.\\PHYSICALDRIVE1', interfaceType: 'USB', serialNum: 'SN-DOCK' },
  ],
  graphics: {
    controllers: [
      { vendor: 'DisplayLink', model: 'DisplayLink USB Device' },
      { vendor: 'Intel', model: 'Iris Xe Graphics' },
    ],
  },
};

/** A Hyper-V guest: a virtual adapter is all it has. */
export const VIRTUAL: Answers = {
  system: {
    manufacturer: 'Microsoft Corporation',
    model: 'Virtual Machine',
    uuid: 'aaaaaaaa-2222-4333-8444-555555555555',
    virtual: true,
  },
  baseboard: { manufacturer: 'Microsoft Corporation', model: 'Virtual Machine', serial: 'SN-VM-BOARD' },
  chassis: { type: 'Desktop' },
  cpu: {
    manufacturer: 'AMD',
    brand: 'EPYC 9354',
    vendor: 'AuthenticAMD',
    family: '25',
    model: '17',
    stepping: '1',
  },
  mem: { total: 8 * 2 ** 30 },
  diskLayout: [{ device: '\\\\.\\PHYSICALDRIVE0', interfaceType: 'SAS', serialNum: '' }],
  blockDevices: [
    { mount: 'C:', physical: 'Local', uuid: 'SN-VM-C', device: '\\\\.\\PHYSICALDRIVE0' },
    { mount: 'D:', physical: 'CD/DVD', size: '5000000000', uuid: 'SN-ISO', model: '' },
  ],
  networkInterfaces: [{ ...wired('Microsoft Hyper-V Network Adapter', '00:15:5d:00:00:01'), virtual: true }],
  graphics: { controllers: [{ vendor: 'Microsoft', model: 'Hyper-V Video' }] },
  battery: { hasBattery: true },
};

/** A Mac: its second UUID is a serial number, and much has other names. */
export const MAC: Answers = {
  system: {
    manufacturer: 'Apple Inc.',
    model: 'Mac14,9',
    serial: 'SN-MAC',
    uuid: 'bbbbbbbb-2222-4333-8444-555555555555',
    virtual: false,
  },
  baseboard: { manufacturer: 'Apple Inc.', model: 'Mac14,9', serial: 'SN-MAC' },
  chassis: { type: 'Notebook' },
  uuid: { hardware: 'SN-MAC' },
  cpu: { manufacturer: 'Apple', brand: 'M2 Pro', vendor: '', family: '1', model: '', stepping: '' },
  mem: { total: 16 * 2 ** 30 },
  diskLayout: [{ device: 'disk0', interfaceType: 'PCIe', serialNum: 'SN-MAC-DISK' }],
  blockDevices: [{ mount: '/', uuid: 'SN-MAC-VOLUME', physical: 'SSD', device: '/dev/disk3' }],
  networkInterfaces: [
    { iface: 'lo0', ifaceName: 'lo0', mac: '', internal: true, virtual: false },
    {
      iface: 'en0',
      ifaceName: 'en0',
      mac: '3c:ec:ef:00:00:05',
      internal: false,
      virtual: false,
      type: 'wireless',
    },
    { iface: 'awdl0', ifaceName: 'awdl0', mac: '7a:bb:cc:00:00:01', internal: false, virtual: false },
    { iface: 'utun3', ifaceName: 'utun3', mac: '', internal: false, virtual: false },
  ],
  graphics: { controllers: [{ vendor: 'Apple', model: 'Apple M2 Pro' }] },
  battery: { hasBattery: true },
};

/** Inside a container on Linux: almost nothing is to be seen. */
export const CONTAINER: Answers = {
  system: { manufacturer: '', model: 'Docker Container', serial: '-', uuid: '', virtual: false },
  baseboard: { manufacturer: '', model: '', serial: '' },
  chassis: { type: '' },
  uuid: { hardware: '' },
  cpu: {
    manufacturer: 'AMD',
    brand: 'EPYC',
    vendor: 'AMD',
    family: '26',
    model: '2',
    stepping: '1',
    flags: 'fpu hypervisor lm',
  },
  mem: { total: 25_276_026_880 },
  diskLayout: [],
  blockDevices: [{ name: 'vda', mount: '/', uuid: '', physical: 'HDD', device: '/dev/vda' }],
  networkInterfaces: [
    { iface: 'eth0', ifaceName: 'eth0', mac: '02:42:ac:11:00:02', internal: false, virtual: false },
  ],
  graphics: { controllers: [] },
  battery: { hasBattery: false },
};

function record(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
