import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/instructions.json' with { type: 'json' };
import { INSTRUCTIONS_DATA } from '../../src/data/instructions.ts';
import { PRODUCT_KINDS } from '../../src/entitlements/types.ts';
import { id, prose } from './facts.ts';

const sets = z.strictObject({ steps: z.array(id).min(1), notes: z.array(id) });

const schema = z.strictObject({
  portalUrl: z.url({ protocol: /^https$/ }),
  texts: z.array(z.strictObject({ id, text: prose.regex(/[.]$/), source: prose })),
  kinds: z.strictObject(Object.fromEntries(PRODUCT_KINDS.map((kind) => [kind, sets]))),
  special: z.strictObject({ 'rds-cal': sets, 'sign-in': sets }),
  noKey: z.strictObject({ cal: id, 'sign-in': id, 'not-needed': id, 'not-imported': id }),
});

describe('data/instructions.json', () => {
  const { texts, kinds, special, noKey } = INSTRUCTIONS_DATA;
  const known = texts.map((text) => text.id);
  const named = [
    ...[...Object.values(kinds), ...Object.values(special)].flatMap(({ steps, notes }) => [
      ...steps,
      ...notes,
    ]),
    ...Object.values(noKey),
  ];

  it('has its shape', () => expect(schema.safeParse(json).error).toBeUndefined());

  it('has unique ids', () => expect(new Set(known).size).toBe(known.length));

  it('names exactly the texts that are there', () => {
    expect([...new Set(named)].sort()).toEqual([...known].sort());
  });

  it('says nothing twice to anybody', () => {
    for (const { steps, notes } of [...Object.values(kinds), ...Object.values(special)]) {
      expect(new Set([...steps, ...notes]).size).toBe(steps.length + notes.length);
    }
  });

  it('holds no address but the portal’s', () => {
    for (const { text } of texts) expect(text).not.toMatch(/https?:/);
  });
});
