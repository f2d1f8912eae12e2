import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, type Json, madeUpKey, ok, type Runner } from './support.ts';

/** A made-up machine's hardware, as the command `hardware` would have written it there. */
export function hardwareFile(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/hardware/${name}.json`, import.meta.url));
}

const NAMES: readonly string[] = Object.keys(
  JSON.parse(readFileSync(hardwareFile('pc-17'), 'utf8')).characteristics,
);

/** Writes the hardware of one more machine; `changes` overrule single characteristics, null makes them unknown. */
export function writeHardware(
  folder: string,
  machine: string,
  changes: Readonly<Record<string, string | null>> = {},
  flags: { readonly virtual?: boolean; readonly portable?: boolean } = {},
): string {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 5);
  const characteristics = Object.fromEntries(
    NAMES.map((name) => {
      const changed = changes[name];
      return [name, changed === null ? null : [hash(changed ?? `${machine} ${name}`)]];
    }),
  );
  const file = join(folder, `${machine.replace(/[^a-z0-9-]/gi, '')}-${Object.keys(changes).length}.json`);
  const { virtual = false, portable = false } = flags;
  writeFileSync(
    file,
    JSON.stringify({ schema: 'mpn-benefits/hardware/1', machine, virtual, portable, characteristics }),
  );
  return file;
}

export const PRODUCT = 'office-proplus-2019';
/** The product keys of a profile, in the order of their import; their last five characters. */
export const LAST5 = (number: number): string => madeUpKey(number).slice(-5);

/** A home with keys of one product, made-up, each with its allowance (null: unknown). */
export async function withKeys(...allowances: readonly (number | null)[]) {
  const { home, run } = newHome();
  await importKeys(run, allowances);
  return { home, run };
}

/** Imports a made-up key for each allowance. */
export async function importKeys(run: Runner, allowances: readonly (number | null)[]): Promise<void> {
  for (const [number, allowed] of allowances.entries()) {
    const limit = allowed === null ? [] : ['--allowed', String(allowed)];
    await ok(run, ['import', 'key', PRODUCT, '--type', 'mak', ...limit], { stdin: `${madeUpKey(number)}\n` });
  }
}

/** Plans, reserves and leaves to a person: the answer of `activate`. */
export function activate(run: Runner, ...more: readonly string[]): Promise<Json> {
  return answer(run, ['activate', PRODUCT, '--via', 'manual', '--yes', ...more]);
}

export async function settle(run: Runner, activation: Json, ...how: readonly string[]): Promise<Json> {
  return answer(run, [
    'activations',
    'settle',
    String(activation['activationId']),
    ...(how.length > 0 ? how : ['--succeeded']),
  ]);
}

/** Activates and records that it worked. */
export async function activated(run: Runner, ...more: readonly string[]): Promise<Json> {
  const activation = await activate(run, ...more);
  await settle(run, activation);
  return activation;
}

/** The numbers of the product, as `usage` has them. */
export async function numbers(run: Runner, product = PRODUCT): Promise<Json> {
  const [row] = await answer<Json[]>(run, ['usage', product]);
  const { used, pending, allowed, remaining } = row ?? {};
  return { used, pending, allowed, remaining };
}

/** The ledger is sound, and what is derived from it as well. */
export async function expectSound(run: Runner): Promise<Json> {
  const report = await answer(run, ['activations', 'verify']);
  expect(report).toMatchObject({ ok: true, findings: [] });
  return report;
}
