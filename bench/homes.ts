/** Homes with made-up profiles of a known size, filled through the program itself. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CatalogueData } from '../src/entitlements/catalogue.ts';
import { type Env, PROGRAM, type Setup } from './measure.ts';

export interface Home {
  readonly folder: string;
  readonly env: Env;
  /** Runs the program, for preparing. */
  readonly run: (args: readonly string[], input?: string) => string;
}

const VAULT_KEY = Buffer.alloc(32, 7).toString('base64');

/** A small environment: NODE_EXTRA_CA_CERTS alone makes some Nodes start later, and a keychain is no matter of chance. */
export function newHome(name: string, setup: Setup, more: Env = { MPN_BENEFITS_VAULT_KEY: VAULT_KEY }): Home {
  const folder = join(setup.folder, name);
  mkdirSync(folder, { mode: 0o700 });
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    MPN_BENEFITS_HOME: folder,
    ...more,
  };
  const run = (args: readonly string[], input = ''): string => {
    const ended = spawnSync(process.execPath, [PROGRAM, ...args], { env, input, encoding: 'utf8' });
    if (ended.status !== 0) throw new Error(`${args.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
    return ended.stdout;
  };
  return { folder, env, run };
}

/** A day, so many days from now. */
export function inDays(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const HEADER = 'Product,Source,Count,Unit,Until\n';
export const CSV_MAP = 'Product=product,Source=source,Count=quantity,Unit=unit,Until=activateBy';

/** So many entitlements to products of the catalogue, a grant after the other. */
export function grantsCsv(count: number): string {
  const catalogue: CatalogueData = JSON.parse(
    readFileSync(new URL('../data/catalogue.json', import.meta.url), 'utf8'),
  );
  const { products } = catalogue;
  const line = (index: number): string => {
    const grant = Math.floor(index / products.length) + 1;
    return `"${products[index % products.length]?.name}",MAPS - Grant ${grant},10,activations,${inDays(200)}\n`;
  };
  return HEADER + Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** So many entitlements, each to a product of its own; `ending` of them, spread over the file, end within 30 days. */
export function productsCsv(count: number, ending: number): string {
  const every = count / ending;
  const line = (index: number): string =>
    `Made-up Product ${String(index).padStart(7, '0')},MAPS - Core,10,activations,${inDays(index % every === 0 ? 20 : 200)}\n`;
  return HEADER + Array.from({ length: count }, (_, index) => line(index)).join('');
}

/** Imports a CSV into a profile. */
export function fill(home: Home, profile: string, csv: string): void {
  const file = join(home.folder, `${profile}.csv`);
  writeFileSync(file, csv);
  home.run(['profile', 'add', profile]);
  home.run(['import', file, '-p', profile, '--format', 'csv', '--map', CSV_MAP]);
}

const LETTERS = 'BCDFGHJKMPQRTVWXY2346789';

/** A product key that looks like one; the number makes it a key of its own. */
export function madeUpKey(number: number): string {
  const parts: string[] = [];
  for (let part = 0, rest = number; part < 5; part += 1) {
    let text = '';
    for (let index = 0; index < 5; index += 1, rest = Math.floor(rest / LETTERS.length)) {
      text += LETTERS[(rest + 7 * part + index) % LETTERS.length];
    }
    parts.push(text);
  }
  return parts.join('-');
}

/** Stores a made-up key for a product. */
export function addKey(home: Home, profile: string, product: string, number: number): void {
  home.run(
    ['import', 'key', product, '-p', profile, '--type', 'mak', '--allowed', '100000000', '--yes'],
    madeUpKey(number),
  );
}
