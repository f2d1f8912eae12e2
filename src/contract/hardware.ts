import * as z from 'zod/mini';
import { HARDWARE_SCHEMA } from '../activation/hardware.ts';
import { HASH, MOST_VALUES } from '../activation/hardware-file.ts';

const hash = z.string().check(z.regex(HASH));

/**
 * Hashes of a machine's characteristics; never a serial number. The form alone: the service reads a request's profile
 * as it reads a file, and an answer may know characteristics that the client does not.
 */
export const hardwareProfile = z.object({
  schema: z.literal(HARDWARE_SCHEMA),
  machine: z.string().check(z.maxLength(500)),
  virtual: z.boolean(),
  portable: z.boolean(),
  characteristics: z.record(
    z.string().check(z.maxLength(100)),
    z.nullable(z.array(hash).check(z.maxLength(MOST_VALUES))),
  ),
});
