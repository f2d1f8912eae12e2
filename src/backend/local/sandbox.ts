import type { Catalogue } from '../../entitlements/catalogue.ts';
import { addDays } from '../../entitlements/days.ts';
import type { ProductFacts } from '../../entitlements/types.ts';
import type { EntitlementRecord, ImportItem, KeyRecord } from '../../importers/record.ts';
import { KEY_ALPHABET, productKeySecret } from '../../keys/product-key.ts';
import type { Transaction } from '../../store/sql.ts';
import type { ActivationRequest, ImportFile } from '../backend.ts';
import type { ImportSetup } from './import-file.ts';
import { storeWithin } from './imports.ts';
import { type ActivationsSetup, reserveWithin } from './reserving.ts';
import { settleWithin } from './settling.ts';

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

/** Activations that were made: a product, how many machines, and how the last one stands. */
const ACTIVATED: readonly (readonly [productId: string, machines: number, last: 'succeeded' | 'pending'])[] =
  [
    ['office-proplus-2019', 7, 'succeeded'],
    ['visio-pro-2019', 1, 'succeeded'],
    ['ws-standard-2019', 5, 'succeeded'],
    ['windows-enterprise', 4, 'pending'],
  ];

export interface SandboxSetup {
  readonly importing: ImportSetup;
  readonly activating: Omit<ActivationsSetup, 'database'>;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** Fills the sandbox unless somebody has already; whoever comes second waits and finds it done. */
export async function fillSandbox(
  sql: Transaction,
  { importing, activating, randomBytes }: SandboxSetup,
): Promise<void> {
  const state = await sql.first('SELECT sandbox_made_on FROM profile');
  if (state?.['sandbox_made_on'] !== null) return;
  const today = importing.today();
  await storeWithin(sql, sampleFile(importing.catalogue, today, randomBytes), importing);
  await sql.run('UPDATE offer SET purchased = ?', addDays(today, PURCHASED));
  await activateSamples(sql, importing.catalogue, activating);
  await sql.run('UPDATE profile SET sandbox_made_on = ?', today);
}

async function activateSamples(
  sql: Transaction,
  catalogue: Catalogue,
  activating: SandboxSetup['activating'],
): Promise<void> {
  for (const [productId, machines, last] of ACTIVATED) {
    const product = catalogue.byId(productId);
    if (product === null) continue;
    for (let number = 1; number <= machines; number += 1) {
      const machine = `${product.kind === 'server-os' ? 'srv' : 'pc'}-${String(number).padStart(2, '0')}`;
      const request: ActivationRequest = {
        product,
        wish: {},
        machine,
        hardware: null,
        assume: null,
        reason: null,
        purpose: 'internal',
        via: 'manual',
      };
      const { activationId } = await reserveWithin(sql, request, 'sample', activating);
      if (number === machines && last === 'pending') continue;
      const settlement = { outcome: 'succeeded', code: null, reason: null, actor: 'sample' } as const;
      await settleWithin(sql, activationId, settlement, activating.ledger);
    }
  }
}

function sampleFile(
  catalogue: Catalogue,
  today: string,
  randomBytes: (count: number) => Uint8Array,
): ImportFile {
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

function entitlement(
  product: ProductFacts,
  source: string,
  quantity: number,
  activateBy: string,
): EntitlementRecord {
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

/** Without the character that a key holds no more than once. */
const ALPHABET = KEY_ALPHABET.replace('N', '');

function madeUpKey(randomBytes: (count: number) => Uint8Array): string {
  return [...randomBytes(25)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('');
}
