import { expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/office-products.json' with { type: 'json' };
import { CATALOGUE_DATA } from '../../src/data/catalogue.ts';
import { normalisedName } from '../../src/entitlements/normalise.ts';

const SCHEMA = z.strictObject({
  asOf: z.iso.date(),
  note: z.string(),
  sources: z.array(z.string()).min(1),
  products: z.array(
    z.strictObject({
      odtId: z.string().regex(/^(ProPlus|Standard|(Project|Visio)(Pro|Std))20\d\dVolume$/),
      channel: z.string().regex(/^PerpetualVL20\d\d$/),
      year: z.int(),
      names: z.array(z.string()).min(1),
      catalogueIds: z.array(z.string()),
    }),
  ),
});

it('data/office-products.json is what its types say', () => {
  const { products } = SCHEMA.parse(json);
  for (const { odtId, channel, year, names } of products) {
    expect(odtId).toContain(String(year));
    expect(channel).toContain(String(year));
    for (const name of names) expect(name).toContain(String(year));
  }
});

it('no name and no product of the catalogue stands for two', () => {
  const names = json.products.flatMap((product) => product.names.map(normalisedName));
  expect(new Set(names).size).toBe(names.length);
  const ids: string[] = json.products.flatMap(({ catalogueIds }) => catalogueIds);
  expect(new Set(ids).size).toBe(ids.length);
  const known = new Set(CATALOGUE_DATA.products.map(({ id }) => id));
  expect(ids.filter((id) => !known.has(id))).toEqual([]);
});
