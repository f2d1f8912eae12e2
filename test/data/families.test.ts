import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/families.json' with { type: 'json' };
import { FAMILIES_DATA } from '../../src/data/families.ts';
import { nameWords } from '../../src/entitlements/normalise.ts';
import { facts, id, kind, reasons, strayReasons } from './facts.ts';

const phrases = z.strictObject({
  at: z.enum(['start', 'anywhere', 'end']),
  phrases: z.array(z.string().regex(/^[\p{L}\p{N}#]+(?: [\p{L}\p{N}#]+)*$/u)).min(1),
});

const schema = z.strictObject({
  reasons,
  families: z.array(
    z.strictObject({ id, kind, all: z.array(phrases).min(1), none: z.array(phrases), facts }),
  ),
  unknown: facts,
});

describe('data/families.json', () => {
  const { families, unknown } = FAMILIES_DATA;

  it('has its shape', () => expect(schema.safeParse(json).error).toBeUndefined());

  it('has unique ids', () => {
    expect(new Set(families.map((family) => family.id)).size).toBe(families.length);
  });

  it('has each phrase once in a place', () => {
    for (const { all, none } of families) {
      for (const { phrases: each } of [...all, ...none]) expect(new Set(each).size).toBe(each.length);
    }
  });

  it('writes each phrase as names are compared', () => {
    for (const { all, none } of families) {
      for (const phrase of [...all, ...none].flatMap((each) => each.phrases))
        expect(nameWords(phrase.replaceAll('#', '0')).join(' ')).toBe(phrase.replaceAll('#', '0'));
    }
  });

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
