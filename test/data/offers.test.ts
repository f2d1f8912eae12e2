import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import json from '../../data/offers.json' with { type: 'json' };
import { PROGRAMS_DATA } from '../../src/data/offers.ts';
import { isDay } from '../../src/entitlements/days.ts';
import { normalisedName } from '../../src/entitlements/normalise.ts';
import { OTHER_PROGRAM } from '../../src/entitlements/offers.ts';
import { createPrograms } from '../../src/entitlements/programs.ts';
import { id, prose } from './facts.ts';

const schema = z.strictObject({
  programs: z.array(
    z.strictObject({
      id,
      name: prose,
      aliases: z.array(prose),
      lastRenewal: z.nullable(z.string().refine(isDay)),
      onPremisesSoftware: z.enum(['yes', 'no', 'unknown']),
      source: prose,
    }),
  ),
});

describe('data/offers.json', () => {
  const { programs } = PROGRAMS_DATA;

  it('has its shape', () => expect(schema.safeParse(json).error).toBeUndefined());

  it('has no id, name or alias of two programs', () => {
    const owners = new Map<string, string>();
    for (const program of programs) {
      for (const name of [program.id, program.name, ...program.aliases].map(normalisedName)) {
        expect(owners.get(name) ?? program.id, name).toBe(program.id);
        owners.set(name, program.id);
      }
    }
  });

  it('finds every program under all its names', () => {
    const opened = createPrograms(PROGRAMS_DATA);
    for (const program of programs) {
      expect(opened.byId(program.id)).toBe(program);
      for (const name of [program.id, program.name, ...program.aliases])
        expect(opened.find(name)).toBe(program);
    }
  });

  it('leaves the name of unknown programs free', () => {
    expect(createPrograms(PROGRAMS_DATA).find(OTHER_PROGRAM)).toBeNull();
  });

  it('T11: Action Packs, Silver and Gold have ended, the others have not', () => {
    const ended = programs.filter(({ lastRenewal }) => lastRenewal !== null);
    expect(ended.map((program) => program.id).sort()).toEqual([
      'action-pack',
      'learning-action-pack',
      'legacy-gold',
      'legacy-silver',
    ]);
    for (const { lastRenewal } of ended) expect(lastRenewal).toBe('2025-01-21');
  });
});
