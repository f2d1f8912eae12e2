import * as z from 'zod';
import type { Reasons } from '../../src/entitlements/facts.ts';
import { PRODUCT_KINDS } from '../../src/entitlements/types.ts';

/** Text for people: something in it, no blanks around it, no placeholders. */
export const prose = z
  .string()
  .regex(/^\S(?:.*\S)?$/)
  .regex(/^[^{}]*$/);
export const id = z.string().regex(/^[a-z0-9]+(?:[.-][a-z0-9]+)*$/);
export const kind = z.enum(PRODUCT_KINDS);

const fact = z.strictObject({ value: z.enum(['yes', 'no', 'unknown']), reason: id });

export const facts = z.strictObject({
  isCal: fact,
  requiresKey: fact,
  requiresActivation: fact,
  downloadable: fact,
});

export const reasons = z.record(id, z.strictObject({ why: prose, source: prose }));

/** Reasons that facts name and that are not there, and the other way round. */
export function strayReasons(all: readonly z.infer<typeof facts>[], known: Reasons): string[] {
  const named = new Set(all.flatMap((each) => Object.values(each).map(({ reason }) => reason)));
  return [
    ...new Set(
      [...named]
        .filter((each) => !(each in known))
        .concat(Object.keys(known).filter((each) => !named.has(each))),
    ),
  ];
}
