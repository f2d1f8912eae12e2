import * as z from 'zod/mini';
import { activation } from './activations.ts';
import { count, instant, sentence, typed } from './conventions.ts';

export const machineRow = z.object({
  id: z.string(),
  name: z.string(),
  formerNames: z.array(z.string()),
  firstSeen: instant,
  lastSeen: instant,
  retiredOn: z.nullable(instant),
  virtual: z.nullable(z.boolean()),
  activations: count,
});

export const machineView = z.object({ row: machineRow, activations: z.array(activation) });
export const retireRequest = z.strictObject({ reason: sentence.check(z.minLength(1)) });
/** A machine by its name or id. */
export const machinePath = { machine: typed };
