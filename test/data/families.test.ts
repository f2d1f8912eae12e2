import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/families.json' with { type: 'json' };
import { FAMILIES_DATA } from '../../src/data/families.ts';
import { facts, id, kind, reasons, strayReasons } from './facts.ts';

/** Both ends of a match stand at an end of the name or of a word. */
const atWordEdges = /^(?:\^|\(\?:\^\| \)).*(?:\$|\(\?: \|\$\)| )$/;

const pattern = z
  .string()
  .refine((text) => new RegExp(text).source === text)
  .regex(atWordEdges);

const schema = z.strictObject({
  reasons,
  families: z.array(
    z.strictObject({ id, kind, all: z.array(pattern).min(1), none: z.array(z.string()), facts }),
  ),
  unknown: facts,
});

describe('data/families.json', () => {
  const { families, unknown } = FAMILIES_DATA;
  const patterns = families.flatMap(({ all, none }) => [...all, ...none]);

  it('has its shape', () => expect(schema.safeParse(json).error).toBeUndefined());

  it('has unique ids', () => {
    expect(new Set(families.map((family) => family.id)).size).toBe(families.length);
  });

  it.each(patterns)(
    '%s takes time in proportion to the name: at most one repetition, of digits only',
    (text) => {
      const repeated = text.replace(/licen\[cs\]es\?|\{2\}/g, '').match(/[*+]|\{[0-9,]+\}/g) ?? [];
      expect(repeated.length).toBeLessThanOrEqual(1);
      if (repeated.length > 0) expect(text).toContain('[0-9]+');
      expect(text).not.toContain('.*');
    },
  );

  it('names every reason once it is used, and none that is not there', () => {
    expect(strayReasons([unknown, ...families.map((family) => family.facts)], FAMILIES_DATA.reasons)).toEqual(
      [],
    );
  });

  it('stands on S5 and S7', () => {
    for (const { facts: told } of families) {
      for (const { reason } of Object.values(told)) {
        expect(FAMILIES_DATA.reasons[reason]?.source).toMatch(/^S[57], by family$/);
      }
    }
  });

  it('says unknown of everything else', () => {
    for (const { value } of Object.values(unknown)) expect(value).toBe('unknown');
  });
});
