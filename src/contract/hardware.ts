import * as z from 'zod/mini';
import { HARDWARE_SCHEMA } from '../activation/hardware.ts';

const hash = z.string().check(z.regex(/^[0-9a-f]{5}$/));

/** Hashes of a machine's characteristics; never a serial number. */
export const hardwareProfile = z.object({
  schema: z.literal(HARDWARE_SCHEMA),
  machine: z.string().check(z.maxLength(500)),
  virtual: z.boolean(),
  portable: z.boolean(),
  characteristics: z.record(
    z.string().check(z.maxLength(100)),
    z.nullable(z.array(hash).check(z.maxLength(64))),
  ),
});
