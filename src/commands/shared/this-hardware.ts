import type { HardwareProfile } from '../../activation/hardware.ts';
import type { Context } from '../../context.ts';
import { HARDWARE_TABLE } from '../../data/hardware.ts';
import { windowsVariable } from '../../environment.ts';

/** The hardware of the machine that this runs on, as hashes. */
export async function thisHardware(context: Context): Promise<HardwareProfile> {
  const [{ readHardware }, { sha256Hex }] = await Promise.all([
    import('../../hardware/read.ts'),
    import('../../backend/local/crypto.ts'),
  ]);
  const { hostName, env } = context.surroundings;
  return readHardware({
    sha256Hex,
    table: HARDWARE_TABLE,
    hostname: hostName(),
    systemDrive: windowsVariable(env, 'SystemDrive'),
  });
}
