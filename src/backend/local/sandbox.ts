import type { Catalogue } from '../../entitlements/catalogue.ts';
import { addDays } from '../../entitlements/days.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import type { EntitlementRecord, ImportItem, KeyRecord } from '../../importers/record.ts';
import { productKeySecret } from '../../keys/product-key.ts';
import type { Sql } from '../../store/sql.ts';
import type { ImportFile } from '../backend.ts';
import { type ImportSetup, storeWithin } from './imports.ts';

/** A partner that does not exist: the Action Pack's table, newer products by name, and keys that were never issued. */
const ACTION_PACK = 'MAPS - Core (sample)';
const SOLUTIONS_PARTNER = 'Solutions Partner - Core (sample)';

/** Days from the day the sandbox is made. */
const PURCHASED = -250;
const ACTIVATE_BY = 115;
const SOON: Readonly<Record<string, number>> = {
  'visio-pro-2019': 9,
  'project-pro-2019': 21,
  'wss-workgroup-2016': -5,
};

const NEWER: readonly (readonly [name: string, quantity: number, keyed: boolean])[] = [
  ['Windows Server 2025 Datacenter', 32, true],
  ['Windows 11 Enterprise LTSC 2024', 50, true],
  ['Office LTSC Professional Plus 2024', 50, true],
  ['SQL Server 2022 Standard', 8, false],
  ['Windows Server 2025 User CALs', 50, false],
];

/** Fills the sandbox unless somebody has already; whoever comes second waits and finds it done. */
export async function fillSandbox(sql: Sql, setup: ImportSetup, randomBytes: (count: number) => Uint8Array): Promise<void> {
  const state = await sql.first('SELECT sandbox_made_on FROM profile');
  if (state?.['sandbox_made_on'] !== null) return;
  const today = setup.today();
  await storeWithin(sql, sampleFile(setup.catalogue, today, randomBytes), setup);
  await sql.run('UPDATE offer SET purchased = ?', addDays(today, PURCHASED));
  await sql.run('UPDATE profile SET sandbox_made_on = ?', today);
}

function sampleFile(catalogue: Catalogue, today: string, randomBytes: (count: number) => Uint8Array): ImportFile {
  return { name: 'sample data', format: 'portal', items: sampleItems(catalogue, today, randomBytes) };
}

async function* sampleItems(
  catalogue: Catalogue,
  today: string,
  randomBytes: (count: number) => Uint8Array,
): AsyncIterable<ImportItem> {
  const claimedOn = addDays(today, PURCHASED + 3);
  for (const product of catalogue.all()) {
    const quantity = product.grants['action-pack'];
    if (quantity === undefined) continue;
    yield entitlement(product, ACTION_PACK, quantity, addDays(today, SOON[product.id] ?? ACTIVATE_BY));
    if (product.requiresKey.value === 'yes') yield key(product.name, claimedOn, randomBytes);
  }
  for (const [name, quantity, keyed] of NEWER) {
    yield entitlement(catalogue.describe(name), SOLUTIONS_PARTNER, quantity, addDays(today, ACTIVATE_BY));
    if (keyed) yield key(name, claimedOn, randomBytes);
  }
}

function entitlement(product: ProductFacts, source: string, quantity: number, activateBy: string): EntitlementRecord {
  return {
    kind: 'entitlement',
    place: 'sample data',
    product: { shown: product.name },
    source: { shown: source },
    quantity,
    unit: product.isCal.value === 'yes' ? 'licences' : 'activations',
    activateBy,
  };
}

function key(product: string, claimedOn: string, randomBytes: (count: number) => Uint8Array): KeyRecord {
  return {
    kind: 'key',
    place: 'sample data',
    product: { shown: product },
    key: productKeySecret(madeUpKey(randomBytes)),
    type: 'mak',
    allowed: null,
    allowedByType: null,
    claimedOn,
    note: null,
    source: null,
  };
}

const ALPHABET = 'BCDFGHJKMPQRTVWXY2346789';

function madeUpKey(randomBytes: (count: number) => Uint8Array): string {
  return [...randomBytes(25)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
