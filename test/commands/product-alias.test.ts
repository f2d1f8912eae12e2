import { describe, expect, test } from 'vitest';
import {
  answer,
  dayFromNow,
  failure,
  grid,
  type Json,
  madeUpKey,
  ok,
  type Runner,
} from '../process/support.ts';
import { inProcess } from './in-process.ts';

const KNOWN = 'Windows Server 2025 Standard';
const OWN = 'WinSrv25';
const alias = (name: string, product: string, ...more: readonly string[]): string[] => [
  'product',
  'alias',
  name,
  product,
  ...more,
];

/** A home with these names imported, each with a grant. */
async function withNames(...names: readonly string[]): Promise<Runner> {
  const { run } = inProcess();
  await ok(run, ['import', '-'], { stdin: granted(...names) });
  return run;
}

function granted(...names: readonly string[]): string {
  return grid(names.map((name) => [name, 'MAPS - Core', '10 activations', dayFromNow(90)] as const));
}

const productIds = async (run: Runner): Promise<unknown[]> =>
  (await answer<Json[]>(run, ['list'])).map((row) => row['productId']).sort();

describe('two arguments that were swapped', () => {
  test('are refused, with the command that was meant, and nothing is changed', async () => {
    const run = await withNames(KNOWN, OWN);
    const before = await answer(run, ['list']);
    const error = await failure(run, alias(KNOWN, OWN, '--yes'), 2);
    expect(error).toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining(`mpn-benefits product alias "${OWN}" "${KNOWN}"`),
      details: { kind: 'server-os', productKind: 'other' },
    });
    expect(await answer(run, ['list'])).toEqual(before);
    expect(await answer(run, alias(OWN, KNOWN))).toMatchObject({ entitlements: 1 });
  });

  test.each([
    ['a product of another kind', 'Windows Server 2019 Standard', 'office-proplus-2019'],
    ['a CAL', 'Windows Server 2019 Standard', 'ws-cal-2019'],
    ['a known CAL to a server', 'Windows Server 2019 CALs', 'ws-standard-2019'],
  ])('%s: refused, whatever is agreed to', async (_, name, product) => {
    const run = await withNames(name);
    const error = await failure(run, alias(name, product, '--yes'), 2);
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain('they are not one product');
    expect(error.hint).not.toContain('way round');
  });
});

describe('a client access licence', () => {
  test('takes over no name that is granted in activations', async () => {
    const run = await withNames(OWN);
    const error = await failure(run, alias(OWN, 'ws-cal-2019', '--yes'), 2);
    expect(error.message).toContain('is never activated');
    expect(await productIds(run)).toEqual(['winsrv25']);
  });

  test('takes over another one once that is agreed to', async () => {
    const { run } = inProcess();
    await ok(run, ['import', '-'], {
      stdin: grid([['Access', 'MAPS - Core', '10 licenses', dayFromNow(90)]]),
    });
    expect((await failure(run, alias('Access', 'ws-cal-2019'), 2)).code).toBe('CONFIRMATION_REQUIRED');
    await ok(run, alias('Access', 'ws-cal-2019', '--yes'));
    expect(await productIds(run)).toEqual(['ws-cal-2019']);
  });
});

describe('a product that the catalogue lists', () => {
  const ESSENTIALS = 'Windows Server 2019 Essentials';

  test('becomes a name of another one of its kind only if that is agreed to', async () => {
    const run = await withNames(ESSENTIALS);
    expect(await failure(run, alias(ESSENTIALS, 'ws-standard-2019'), 2)).toMatchObject({
      code: 'CONFIRMATION_REQUIRED',
      details: { flag: '--yes' },
    });
    expect(await productIds(run)).toEqual(['ws-essentials-2019']);
    await ok(run, alias(ESSENTIALS, 'ws-standard-2019', '--yes'));
    expect(await productIds(run)).toEqual(['ws-standard-2019']);
  });

  test('is still meant by its exact id', async () => {
    const run = await withNames(ESSENTIALS);
    await ok(run, alias(ESSENTIALS, 'ws-standard-2019', '--yes'));
    for (const id of ['ws-essentials-2019', 'WS-Essentials-2019'])
      expect(await answer(run, ['show', id])).toMatchObject({ productId: 'ws-essentials-2019' });
    expect(await answer(run, ['show', ESSENTIALS])).toMatchObject({ productId: 'ws-standard-2019' });
  });
});

describe('the way back', () => {
  test('is told, and a name joined to itself stands for itself again', async () => {
    const run = await withNames(OWN);
    const joined = await ok(run, alias(OWN, 'ws-standard-2019'));
    expect(joined.stdout).toContain(`To take that back: mpn-benefits product alias "${OWN}" "${OWN}"\n`);
    expect(await productIds(run)).toEqual(['ws-standard-2019']);
    const back = await ok(run, alias(OWN, OWN.toLowerCase()));
    expect(back.stdout).toContain(`"${OWN}" stands for itself again. Moved: 1 entitlement, 0 keys.`);
    expect(await answer<Json[]>(run, ['list'])).toMatchObject([{ productId: 'winsrv25', name: OWN }]);
    await ok(run, ['import', '-'], { stdin: granted(OWN) });
    expect(await productIds(run)).toEqual(['winsrv25']);
  });

  test('leaves where it is what can belong to another name, and says how to have it', async () => {
    const run = await withNames(OWN, KNOWN);
    const joined = await ok(run, alias(OWN, KNOWN));
    expect(joined.stdout).toContain('cannot be told from what was there');
    expect(joined.stdout).toContain(`in later imports: mpn-benefits product alias "${OWN}" "${OWN}"`);
    const back = await ok(run, alias(OWN, OWN));
    expect(back.stdout).toContain('stays where it is');
    expect(back.stdout).toContain('mpn-benefits import list');
    await ok(run, ['import', 'undo', 'i1']);
    await ok(run, ['import', '-'], { stdin: granted(OWN, KNOWN) });
    expect(await productIds(run)).toEqual(['windows-server-standard-2025', 'winsrv25']);
  });

  test('of a name that stands for itself, or that no import brought, is an error', async () => {
    const run = await withNames(OWN);
    expect((await failure(run, alias(OWN, OWN), 2)).message).toContain('already');
    expect((await failure(run, alias('Never', 'never'), 3)).code).toBe('NOT_FOUND');
  });

  test('moves a key along', async () => {
    const { run } = inProcess();
    await ok(run, ['import', 'key', OWN, '--type', 'mak', '--yes'], { stdin: madeUpKey(1) });
    await ok(run, alias(OWN, 'ws-standard-2019'));
    expect(await answer(run, alias(OWN, OWN))).toMatchObject({ productId: 'winsrv25', keys: 1 });
    expect(await answer<Json[]>(run, ['key', OWN, '--list'])).toHaveLength(1);
  });
});
