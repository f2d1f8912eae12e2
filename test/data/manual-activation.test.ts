import { expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/manual-activation.json' with { type: 'json' };
import { PRODUCT_KINDS } from '../../src/entitlements/types.ts';

const SCHEMA = z.strictObject({
  asOf: z.iso.date(),
  note: z.string(),
  sources: z.array(z.string()).min(1),
  steps: z.record(z.string(), z.string().min(1)),
  kinds: z.partialRecord(z.enum(PRODUCT_KINDS), z.array(z.string()).min(1)),
  others: z.array(z.string()).min(1),
});
const PLACES = ['product', 'productId', 'machine', 'last5', 'activationId', 'applicationId'];

it('data/manual-activation.json is what its types say, and every step is used', () => {
  const { steps, kinds, others } = SCHEMA.parse(json);
  const used = new Set([...Object.values(kinds).flat(), ...others]);
  expect([...used].sort()).toEqual(Object.keys(steps).sort());
});

it('every place in a step can be filled', () => {
  const places = Object.values(json.steps).flatMap((step) =>
    [...step.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
  );
  expect(places.filter((name) => !PLACES.includes(name ?? ''))).toEqual([]);
});
