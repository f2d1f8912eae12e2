import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, fixture, type Json, ok, type Runner } from './support.ts';

/**
 * The public surface of the answers. The lists are repeated here on purpose: scripts rely on names and order, so
 * nobody may change them by accident. They only grow.
 */
const NUMBERS = ['used', 'pending', 'allowed', 'remaining', 'unlimited'];
const ROW = [
  'id',
  'productId',
  'name',
  'kind',
  'source',
  'program',
  'quantity',
  'unit',
  'activateBy',
  'lapsesOn',
  'requiresKey',
  'requiresActivation',
  'isCal',
  'keyCount',
  'activations',
  'state',
];
const KEY = [
  'id',
  'productIds',
  'last5',
  'type',
  'state',
  'unlimited',
  'allowed',
  'allowedBasis',
  'used',
  'pending',
  'remaining',
  'claimedOn',
  'revealedAt',
  'note',
  'markReason',
];
const SHOW = [
  'productId',
  'name',
  'aliases',
  'kind',
  'catalogued',
  'isCal',
  'requiresKey',
  'requiresKeyWhy',
  'requiresActivation',
  'requiresActivationWhy',
  'instructions',
  'portalUrl',
  'notes',
  'entitlements',
  'activations',
  'keys',
  'recentActivations',
];
const ACTIVATION = [
  'activationId',
  'at',
  'settledAt',
  'productId',
  'keyId',
  'keyLast5',
  'machine',
  'scenario',
  'assumed',
  'delta',
  'policy',
  'via',
  'status',
  'code',
  'reason',
  'purpose',
  'actor',
];
const FILE = ['file', 'format', 'new', 'changed', 'unchanged', 'skipped', 'rejected'];
const OFFER = [
  'program',
  'part',
  'purchased',
  'anniversary',
  'benefitsEnd',
  'refundUntil',
  'status',
  'policy',
];

const fields = (value: unknown): string[] => Object.keys(value as Json);
const each = (value: unknown): unknown[] => {
  expect(value).toBeInstanceOf(Array);
  const items = value as unknown[];
  expect(items.length).toBeGreaterThan(0);
  return items;
};

/** A profile with something of everything. */
async function filled(run: Runner): Promise<void> {
  await ok(run, [
    'import',
    fixture('portal-grid.tsv'),
    fixture('keysexport-2018.xml'),
    fixture('inventory.csv'),
  ]);
}

describe('fields of the JSON answers, in their order', () => {
  test('import, import list, import undo', async () => {
    const { run } = newHome();
    const report = await answer(run, ['import', fixture('keysexport-2012.xml')]);
    expect(fields(report)).toEqual(['id', 'dryRun', 'files']);
    for (const file of each(report['files'])) expect(fields(file)).toEqual(FILE);
    const [file] = each(report['files']) as Json[];
    for (const skipped of each(file?.['skipped'])) expect(fields(skipped)).toEqual(['place', 'reason']);
    for (const summary of each(await answer(run, ['import', 'list']))) {
      expect(fields(summary)).toEqual(['id', 'at', 'undoneAt', 'files']);
      for (const each of (summary as { files: Json[] }).files) expect(fields(each)).toEqual(FILE);
    }
    expect(fields(await answer(run, ['import', 'undo', 'i1']))).toEqual([
      'id',
      'removed',
      'restored',
      'kept',
    ]);
    const bad = await run(['import', '-', '-o', 'json'], { stdin: 'Product,Quantity\nA,many\n' });
    const rejected = (bad.json() as { files: [{ rejected: Json[] }] }).files[0].rejected;
    for (const one of each(rejected)) expect(fields(one)).toEqual(['place', 'reason']);
  });

  test('import key', async () => {
    const { run } = newHome();
    const report = await answer(run, ['import', 'key', 'office-proplus-2019'], {
      stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789B\n',
    });
    expect(fields(report)).toEqual(['id', 'dryRun', 'files']);
    for (const file of each(report['files'])) expect(fields(file)).toEqual(FILE);
  });

  test('list and key --list', async () => {
    const { run } = newHome();
    await filled(run);
    for (const row of each(await answer(run, ['list']))) {
      expect(fields(row)).toEqual(ROW);
      expect(fields((row as Json)['activations'])).toEqual(NUMBERS);
    }
    for (const key of each(await answer(run, ['key', '--list']))) expect(fields(key)).toEqual(KEY);
  });

  test('the header of the CSV is the same list, nested fields with dots', async () => {
    const { run } = newHome();
    const header = (await ok(run, ['list', '-o', 'csv'])).stdout.split('\r\n')[0];
    const flat = ROW.flatMap((field) =>
      field === 'activations' ? NUMBERS.map((number) => `activations.${number}`) : [field],
    );
    expect(header).toBe(flat.join(','));
    expect((await ok(run, ['key', '--list', '-o', 'csv'])).stdout).toBe(`${KEY.join(',')}\r\n`);
  });

  test('show, and what it repeats of list, key and activations', async () => {
    const { run } = newHome();
    const product = await answer(run, ['show', 'office-proplus-2019', '-p', 'sandbox']);
    expect(fields(product)).toEqual(SHOW);
    expect(fields(product['activations'])).toEqual(NUMBERS);
    for (const row of each(product['entitlements'])) expect(fields(row)).toEqual(ROW);
    for (const key of each(product['keys'])) expect(fields(key)).toEqual(KEY);
    for (const activation of each(product['recentActivations']))
      expect(fields(activation)).toEqual(ACTIVATION);
  });

  test('key -o json and key --history', async () => {
    const { run } = newHome();
    await filled(run);
    const key = await answer(run, ['key', 'windows-pro-11']);
    expect(fields(key)).toEqual(['key', 'last5', 'keyId', 'productId', 'type']);
    for (const reveal of each(await answer(run, ['key', '--history']))) {
      expect(fields(reveal)).toEqual([
        'id',
        'at',
        'keyId',
        'last5',
        'productId',
        'actor',
        'job',
        'purpose',
        'way',
        'target',
      ]);
    }
  });

  test('offer list and offer set', async () => {
    const { run } = newHome();
    expect(fields(await answer(run, ['offer', 'set', 'action-pack', '--purchased', '2024-03-01']))).toEqual(
      OFFER,
    );
    for (const offer of each(await answer(run, ['offer', 'list']))) expect(fields(offer)).toEqual(OFFER);
  });

  test('profile list, config list, config get, doctor', async () => {
    const { run } = newHome();
    for (const profile of each(await answer(run, ['profile', 'list']))) {
      expect(fields(profile)).toEqual(['name', 'kind', 'location', 'active']);
    }
    const settings = each(await answer(run, ['config', 'list'])) as Json[];
    for (const setting of settings) expect(fields(setting)).toEqual(['key', 'value', 'source']);
    expect(settings.map((setting) => setting['key'])).toEqual(['output', 'profile', 'policy', 'locale']);
    expect(fields(await answer(run, ['config', 'get', 'output']))).toEqual(['key', 'value', 'source']);
    const report = await answer(run, ['doctor']);
    expect(fields(report)).toEqual(['ok', 'checks']);
    for (const check of each(report['checks']))
      expect(fields(check)).toEqual(['id', 'title', 'result', 'evidence', 'fix']);
  });

  test('product alias', async () => {
    const { run } = newHome();
    await filled(run);
    const report = await answer(run, ['product', 'alias', 'Visio LTSC', 'visio-pro-2019']);
    expect(fields(report)).toEqual(['name', 'productId', 'merged', 'entitlements', 'keys']);
  });
});
