import { fileURLToPath } from 'node:url';
import { COMPILED } from '../../helpers/cli.ts';

/** A program that does what `run` does, as a process of its own. */
export const DRIVER = fileURLToPath(new URL('driver.ts', import.meta.url));

/** Its environment: where it may make files, and where its children tell us what is not for the mask. */
export function driverEnvironment(temporary: string, told: string, extra: Record<string, string> = {}) {
  return { PATH: process.env['PATH'], TMPDIR: temporary, TOLD: told, ...COMPILED, ...extra };
}
