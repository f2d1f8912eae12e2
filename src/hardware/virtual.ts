import type { Answers } from './source.ts';
import { isTrue, row, rows, text } from './values.ts';

/** What virtual machines call themselves, in lower case: as the maker or as the model of the system or board. */
const HYPERVISORS = [
  'vmware',
  'virtualbox',
  'innotek',
  'qemu',
  'kvm',
  'bochs',
  'bhyve',
  'xen',
  'parallels',
  'virtual machine',
  'virtual platform',
  'virtualmac',
  'openstack',
  'nutanix',
  'ovirt',
  'rhev',
  'proxmox',
  'google compute engine',
  'alibaba cloud ecs',
  'digitalocean',
  'vserver',
];

/**
 * Whether the machine is virtual, by what it says of itself. A processor that names a hypervisor counts too: inside a
 * container there is nothing else to go by. Rented metal of Amazon says so in its model.
 */
export function isVirtual(answers: Answers): boolean {
  const system = row(answers.system);
  if (isTrue(system, 'virtual') || text(system, 'virtualHost') !== null) return true;
  const model = text(system, 'model')?.toLowerCase() ?? '';
  const maker = text(system, 'manufacturer')?.toLowerCase() ?? '';
  if (maker === 'amazon ec2') return !model.includes('metal');
  const board = row(answers.baseboard);
  const names = [
    maker,
    model,
    ...[text(board, 'manufacturer'), text(board, 'model')].map((name) => name ?? ''),
  ];
  if (names.some((name) => HYPERVISORS.some((word) => name.toLowerCase().includes(word)))) return true;
  const flags = text(row(answers.cpu), 'flags')?.split(/\s+/) ?? [];
  return (
    flags.includes('hypervisor') || rows(answers.diskLayout).some((disk) => text(disk, 'type') === 'Virtual')
  );
}

/** Chassis of machines that are carried about, docked ones too (names of SMBIOS, System Enclosure). */
const PORTABLE_CHASSIS = new Set([
  'portable',
  'laptop',
  'notebook',
  'hand held',
  'docking station',
  'sub notebook',
  'tablet',
  'convertible',
  'detachable',
]);
/** Types that say nothing. */
const NO_CHASSIS = new Set(['', 'other', 'unknown']);

/** Whether the machine may be in a dock today and out of it tomorrow. Without a chassis to go by, a battery tells. */
export function isPortable(answers: Answers, virtual: boolean): boolean {
  if (virtual) return false;
  const chassis = text(row(answers.chassis), 'type')?.toLowerCase() ?? '';
  if (PORTABLE_CHASSIS.has(chassis)) return true;
  return NO_CHASSIS.has(chassis) && isTrue(row(answers.battery), 'hasBattery');
}
