import { expect, test } from 'vitest';
import * as z from 'zod/mini';
import { KEY_TYPE_LABELS } from '../../src/data/key-types.ts';
import { KEY_TYPES } from '../../src/keys/product-key.ts';

test('the labels of key types have the shape that the code relies on', () => {
  const schema = z.array(
    z.strictObject({
      label: z.string().check(z.minLength(1)),
      type: z.enum(KEY_TYPES),
      allowed: z.optional(z.int().check(z.positive())),
      warning: z.optional(z.string()),
    }),
  );
  expect(z.safeParse(schema, KEY_TYPE_LABELS).error).toBeUndefined();
});

test('every type can be written in a list, and no label has two meanings', () => {
  const labels = KEY_TYPE_LABELS.map(({ label }) => label.toLowerCase());
  expect(new Set(labels).size).toBe(labels.length);
  expect(new Set(KEY_TYPE_LABELS.map(({ type }) => type))).toEqual(new Set(KEY_TYPES));
});
