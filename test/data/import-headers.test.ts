import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { IMPORT_HEADERS, PORTAL_FIELDS } from '../../src/data/import-headers.ts';
import { MAP_FIELDS } from '../../src/importers/record.ts';

const words = z.array(z.string().check(z.minLength(1)));

test('the words of imported tables have the shape that the code relies on', () => {
  const schema = z.object({
    portal: z.array(
      z.object({ language: z.string(), product: words, source: words, quantity: words, activateBy: words }),
    ),
    columns: z.record(z.enum(MAP_FIELDS), words),
    units: z.record(z.string(), words),
    months: z.array(words).check(z.length(12)),
    dateWords: words,
  });
  expect(z.safeParse(schema, IMPORT_HEADERS).error).toBeUndefined();
});

test('a heading, unit or month never has two meanings', () => {
  const once = (groups: readonly (readonly string[])[]) => {
    const seen = new Map<string, number>();
    for (const [index, group] of groups.entries()) {
      for (const word of new Set(group.map((text) => text.toLowerCase()))) {
        expect(seen.get(word), word).toBeUndefined();
        seen.set(word, index);
      }
    }
  };
  once(IMPORT_HEADERS.months);
  once(Object.values(IMPORT_HEADERS.units));
  once(Object.values(IMPORT_HEADERS.columns));
  once(PORTAL_FIELDS.map((field) => IMPORT_HEADERS.portal.flatMap((language) => language[field])));
});

test('six languages of the grid', () => {
  expect(IMPORT_HEADERS.portal.map(({ language }) => language)).toEqual(['en', 'sv', 'de', 'fr', 'es', 'ja']);
});
