import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { POLICY_IDS, SCENARIOS } from '../../src/activation/policy.ts';
import { HARDWARE_TABLE } from '../../src/data/hardware.ts';
import { POLICIES } from '../../src/data/policies.ts';

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const text = z.string().min(1);
const day = z.iso.date();

describe('data/policies.json', () => {
  const Policy = z.strictObject({
    id: z.enum(POLICY_IDS),
    title: text,
    appliesTo: text,
    deltas: z.strictObject(Object.fromEntries(SCENARIOS.map((scenario) => [scenario, z.literal([0, 1])]))),
    sources: z.array(text).min(1),
  });
  const File = z.strictObject({
    schema: z.literal('mpn-benefits/policies/1'),
    asOf: day,
    policies: z.record(z.enum(POLICY_IDS), Policy),
  });

  test('has the shape that its type says', () => {
    expect(File.safeParse(read('data/policies.json')).error).toBeUndefined();
  });

  test('files each policy under its own id', () => {
    for (const id of POLICY_IDS) expect(POLICIES[id].id).toBe(id);
  });
});

describe('data/hardware.json', () => {
  const lower = text.refine((value) => value === value.toLowerCase());
  const upper = text.refine((value) => value === value.toUpperCase());
  const named = { name: z.string().regex(/^[a-z][a-zA-Z]+$/), title: text };
  const File = z.strictObject({
    schema: z.literal('mpn-benefits/hardware-table/1'),
    asOf: day,
    note: text,
    characteristics: z.array(z.strictObject({ ...named, votes: z.int().min(1) })),
    decisive: z.array(z.strictObject(named)).min(1),
    tolerance: z.strictObject({ normal: z.int(), portable: z.int(), of: z.int() }),
    minimumKnown: z.int(),
    placeholders: z.array(upper),
    foreignAdapters: z.strictObject({
      software: z.array(lower),
      vpn: z.array(lower),
      usb: z.array(lower),
      dock: z.array(lower),
    }),
    sources: z.array(text).min(1),
  });

  test('has the shape that its type says', () => {
    expect(File.safeParse(read('data/hardware.json')).error).toBeUndefined();
  });

  test('is the published table: 12 votes, 7 needed, 4 if portable, the network adapter worth 3', () => {
    const votes = Object.fromEntries(HARDWARE_TABLE.characteristics.map(({ name, votes }) => [name, votes]));
    expect(votes).toEqual({
      networkAdapters: 3,
      storageControllers: 2,
      displayAdapter: 1,
      ramRange: 1,
      processorType: 1,
      processorId: 1,
      systemDisk: 1,
      systemVolume: 1,
      opticalDrive: 1,
    });
    expect(Object.values(votes).reduce((sum, vote) => sum + vote, 0)).toBe(HARDWARE_TABLE.tolerance.of);
    expect(HARDWARE_TABLE.tolerance).toEqual({ normal: 7, portable: 4, of: 12 });
    expect(HARDWARE_TABLE.decisive.map(({ name }) => name)).toEqual(['baseboardSerial', 'systemUuid']);
  });
});
