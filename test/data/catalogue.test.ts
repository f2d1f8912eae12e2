import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/catalogue.json' with { type: 'json' };
import { CATALOGUE_DATA } from '../../src/data/catalogue.ts';
import { PROGRAMS_DATA } from '../../src/data/offers.ts';
import { isDay } from '../../src/entitlements/days.ts';
import { allNames } from '../../src/entitlements/names.ts';
import { nameWords, normalisedName } from '../../src/entitlements/normalise.ts';
import { facts, id, kind, prose, reasons, strayReasons } from './facts.ts';

const schema = z.strictObject({
  asOf: z.string().refine(isDay),
  source: prose,
  reasons,
  abbreviations: z.record(z.string().regex(/^[a-z]+$/), z.string().regex(/^[a-z]+(?: [a-z]+)*$/)),
  products: z.array(
    z.strictObject({
      id,
      name: prose,
      aliases: z.array(prose),
      misprints: z.optional(z.array(prose)),
      kind,
      version: z.nullable(prose),
      edition: z.nullable(prose),
      licenceUnit: z.enum(['device', 'server', 'core', 'client', 'user', 'user-or-device']),
      facts,
      grants: z.record(id, z.int().check(z.positive())),
      notes: z.array(prose),
    }),
  ),
});

describe('data/catalogue.json', () => {
  const { products, abbreviations } = CATALOGUE_DATA;

  it('has its shape', () => expect(z.safeParse(schema, json).error).toBeUndefined());

  it('has unique ids in their order', () => {
    const ids = products.map((product) => product.id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('has no name or alias of two products, and none twice', () => {
    const owners = new Map<string, string>();
    for (const product of products) {
      const names = allNames(product);
      expect(new Set(names).size, product.id).toBe(names.length);
      for (const name of names.map(normalisedName)) {
        expect(owners.get(name) ?? product.id, name).toBe(product.id);
        owners.set(name, product.id);
      }
    }
  });

  it('grants come from known programs, in whole numbers', () => {
    const known = PROGRAMS_DATA.programs.map((program) => program.id);
    for (const product of products) {
      expect(Object.keys(product.grants).length, product.id).toBeGreaterThan(0);
      for (const [program, quantity] of Object.entries(product.grants)) {
        expect(known).toContain(program);
        expect(Number.isInteger(quantity) && quantity > 0, product.id).toBe(true);
      }
    }
  });

  it('names every reason once it is used, and none that is not there', () => {
    expect(
      strayReasons(
        products.map((product) => product.facts),
        CATALOGUE_DATA.reasons,
      ),
    ).toEqual([]);
  });

  it('calls CALs CALs, and nothing else', () => {
    for (const product of products) {
      expect(product.facts.isCal.value === 'yes', product.id).toBe(product.kind === 'cal');
    }
  });

  it('abbreviates in words as names have them, never in a circle', () => {
    for (const [short, long] of Object.entries(abbreviations)) {
      expect(nameWords(short)).toEqual([short]);
      expect(nameWords(long).join(' ')).toBe(long);
      for (const word of long.split(' ')) expect(abbreviations[word], short).toBeUndefined();
    }
  });
});
