import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, grid, type Json, ok, type Runner, write } from './support.ts';

const SOURCE = 'MAPS - Core';
const PRODUCT = 'Office Professional Plus 2019';

const importing = (run: Runner, stdin: string, ...args: string[]): Promise<Json & { files: Json[] }> =>
  answer(run, ['import', '-', ...args], { stdin });

async function dated(run: Runner): Promise<unknown[][]> {
  const list = await answer<Json[]>(run, ['list']);
  return list.map(({ name, quantity, activateBy }) => [name, quantity, activateBy]);
}

const keysExport = (product: string, key: string, type: string): string =>
  `<root><YourKey><Product_Key Name="${product}"><Key ID="1" Type="${type}" ClaimedDate="">${key}</Key></Product_Key></YourKey></root>`;

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

test('a second key of a product ends what its grant said of the first, and that is told', async () => {
  const { run } = newHome();
  await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
  const first = await ok(run, ['import', 'key', PRODUCT, '--type', 'mak'], { stdin: KEY });
  expect(first.stderr).toBe('');
  const second = await ok(run, ['import', 'key', PRODUCT, '--type', 'retail'], {
    stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789C',
  });
  expect(second.stderr).toContain('has 2 keys now');
  expect(second.stderr).toContain('--allowed <n>');
});

describe('entitlements, imported again', () => {
  test('quantity and dates are updated and reported as changed', async () => {
    const { run } = newHome();
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
    const report = await importing(run, grid([[PRODUCT, SOURCE, '10 activations', 'Dec 6, 2031']]));
    expect(report.files).toMatchObject([{ new: 0, changed: 1, unchanged: 0 }]);
    expect(await dated(run)).toMatchObject([[expect.any(String), 10, '2031-12-06']]);
  });

  test('an older row is skipped, so that an old export cannot undo a renewal; --force lets it', async () => {
    const { run } = newHome();
    const old = grid([[PRODUCT, SOURCE, '3 activations', 'Dec 6, 2029']]);
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
    const report = await importing(run, old);
    const older = { place: 'line 2', reason: expect.stringMatching(/^older: /) };
    expect(report.files).toMatchObject([{ new: 0, changed: 0, unchanged: 0, skipped: [older] }]);
    expect(await dated(run)).toMatchObject([[expect.any(String), 5, '2030-12-06']]);
    expect((await importing(run, old, '--force')).files).toMatchObject([{ changed: 1, skipped: [] }]);
    expect(await dated(run)).toMatchObject([[expect.any(String), 3, '2029-12-06']]);
  });

  test('rows absent from a file stay', async () => {
    const { run } = newHome();
    await importing(
      run,
      grid([
        [PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030'],
        ['Contoso Tool', SOURCE, '1 activations', 'Dec 6, 2030'],
      ]),
    );
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
    expect(await dated(run)).toHaveLength(2);
  });

  test('a value the file does not give says nothing about the stored one', async () => {
    const { run } = newHome();
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
    await importing(run, `Product,Source,Unit,Quantity,Activate by\n${PRODUCT},${SOURCE},activations,7,\n`);
    expect(await dated(run)).toMatchObject([[expect.any(String), 7, '2030-12-06']]);
  });

  test('equal rows of one file are told apart by the order of their dates, not of the lines', async () => {
    const { run } = newHome();
    const first: [string, string, string, string] = [PRODUCT, SOURCE, '5 activations', 'Jan 1, 2030'];
    const second: [string, string, string, string] = [PRODUCT, SOURCE, '9 activations', 'Jan 1, 2031'];
    await importing(run, grid([first, second]));
    const before = await answer<Json[]>(run, ['list', '--sort', 'activateBy']);
    expect(before.map(({ quantity, activateBy }) => [quantity, activateBy])).toEqual([
      [5, '2030-01-01'],
      [9, '2031-01-01'],
    ]);
    expect((await importing(run, grid([second, first]))).files).toMatchObject([
      { new: 0, changed: 0, unchanged: 2 },
    ]);
    expect(await answer(run, ['list', '--sort', 'activateBy'])).toEqual(before);
  });

  test('a second grant that ends earlier is added to the first, and an undo takes that one away', async () => {
    const { run } = newHome();
    await importing(run, grid([[PRODUCT, SOURCE, '10 activations', 'Dec 6, 2031']]));
    const both = grid([
      [PRODUCT, SOURCE, '10 activations', 'Dec 6, 2031'],
      [PRODUCT, SOURCE, '5 activations', 'Jun 6, 2031'],
    ]);
    const { id, files } = await importing(run, both);
    expect(files).toMatchObject([{ new: 1, changed: 0, unchanged: 1, skipped: [] }]);
    expect((await dated(run)).map(([, ...rest]) => rest).sort()).toEqual([
      [10, '2031-12-06'],
      [5, '2031-06-06'],
    ]);
    expect(await answer(run, ['usage'])).toMatchObject([{ granted: 15 }]);
    await ok(run, ['import', 'undo', String(id), '--yes']);
    expect((await dated(run)).map(([, ...rest]) => rest)).toEqual([[10, '2031-12-06']]);
    await importing(run, both);
    expect((await importing(run, both)).files).toMatchObject([{ new: 0, changed: 0, unchanged: 2 }]);
  });

  test('another source or another unit is another row', async () => {
    const { run } = newHome();
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Jan 1, 2030']]));
    const report = await importing(
      run,
      grid([
        [PRODUCT, 'Solutions Partner - Core', '5 activations', 'Jan 1, 2030'],
        [PRODUCT, SOURCE, '5 licenses', 'Jan 1, 2030'],
      ]),
    );
    expect(report.files).toMatchObject([{ new: 2, changed: 0 }]);
    expect(await dated(run)).toHaveLength(3);
  });

  test('names that mean the same are one product: case, order, ™ and "Microsoft" do not matter', async () => {
    const { run } = newHome();
    await importing(run, grid([['Exchange Server Standard 2019', SOURCE, '1 activations', 'Jan 1, 2030']]));
    for (const name of [
      'MICROSOFT® Exchange Server 2019 Standard',
      'exchange\u00A0server 2019 standard',
      'Standard Exchange Server 2019™',
    ]) {
      const report = await importing(run, grid([[name, SOURCE, '1 activations', 'Jan 1, 2030']]));
      expect(report.files).toMatchObject([{ new: 0, changed: 0, unchanged: 1 }]);
    }
  });
});

describe('keys, imported again', () => {
  test('the same key in any spelling is one key, linked to every product it came under', async () => {
    const { run } = newHome();
    await importing(run, keysExport('Contoso One', KEY, 'MAK'));
    for (const spelling of [KEY.toLowerCase(), KEY.replaceAll('-', ''), KEY.replaceAll('-', '\u2013')]) {
      expect((await importing(run, keysExport('Contoso One', spelling, 'MAK'))).files).toMatchObject([
        { new: 0, unchanged: 1 },
      ]);
    }
    expect((await importing(run, keysExport('Contoso Two', KEY, 'MAK'))).files).toMatchObject([
      { new: 0, changed: 1 },
    ]);
    expect(await answer(run, ['key', '--list'])).toMatchObject([
      { productIds: ['contoso-one', 'contoso-two'] },
    ]);
  });

  test('an unknown type is filled; a known one never changes, and that is reported', async () => {
    const { run } = newHome();
    await importing(run, keysExport('Contoso One', KEY, ''));
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ type: 'unknown' }]);
    expect((await importing(run, keysExport('Contoso One', KEY, 'MAK'))).files).toMatchObject([
      { changed: 1 },
    ]);
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ type: 'mak' }]);
    const report = await importing(run, keysExport('Contoso One', KEY, 'Retail'));
    expect(report.files).toMatchObject([
      {
        changed: 0,
        unchanged: 1,
        skipped: [{ reason: 'type: retail is given, the stored key is mak and stays so' }],
      },
    ]);
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ type: 'mak' }]);
  });

  test('a type that the stored key is not of says nothing of what it allows', async () => {
    const { run } = newHome();
    await importing(run, grid([['Contoso One', SOURCE, '50 activations', 'Dec 6, 2030']]));
    await importing(run, keysExport('Contoso One', KEY, 'MAK'));
    const byGrant = { type: 'mak', allowed: 50, allowedBasis: 'grant' };
    const report = await importing(
      run,
      keysExport('Contoso One', KEY, 'Azure Dev Tools for Teaching Retail Key'),
    );
    expect(report.files).toMatchObject([{ changed: 0, unchanged: 1, skipped: [expect.anything()] }]);
    expect(await answer(run, ['key', '--list'])).toMatchObject([byGrant]);
  });

  test('a type that becomes known brings what it allows', async () => {
    const { run } = newHome();
    await importing(run, keysExport('Contoso One', KEY, ''));
    await importing(run, keysExport('Contoso One', KEY, 'Azure Dev Tools for Teaching Retail Key'));
    expect(await answer(run, ['key', '--list'])).toMatchObject([
      { type: 'retail', allowed: 1, allowedBasis: 'type' },
    ]);
  });

  test('claim date and note are added, an explicit allowance is never replaced', async () => {
    const { run } = newHome();
    const header = 'Product,Key,Type,Allowed,Claimed on,Notes\n';
    await importing(run, `${header}Contoso One,${KEY},MAK,20,,\n`);
    await importing(run, `${header}Contoso One,${KEY},MAK,50,2024-02-03,on rack 4\n`);
    expect(await answer(run, ['key', '--list'])).toMatchObject([
      { allowed: 20, allowedBasis: 'explicit', claimedOn: '2024-02-03', note: 'on rack 4' },
    ]);
  });

  const ALLOWED = `allowed: 50 is given, the stored key allows 20 and stays so; to change it: mpn-benefits activations adjust contoso-one --key 6789B --remaining <n> --allowed 50 --reason <text>`;

  test('an allowance that is given otherwise is reported, with what changes it', async () => {
    const { run } = newHome();
    await importing(run, `Product,Key,Allowed\nContoso One,${KEY},20\n`);
    const report = await importing(run, `Product,Key,Allowed\nContoso One,${KEY},50\n`);
    expect(report.files).toMatchObject([
      { changed: 0, unchanged: 1, skipped: [{ place: 'line 2', reason: ALLOWED }] },
    ]);
    const same = await importing(run, `Product,Key,Allowed\nContoso One,${KEY},20\n`);
    expect(same.files).toMatchObject([{ skipped: [] }]);
  });

  test('import key tells people and scripts what it did not take, and why', async () => {
    const { run } = newHome();
    const key = (...args: string[]) =>
      ok(run, ['import', 'key', 'Contoso One', '--yes', ...args], { stdin: KEY });
    await key('--type', 'mak', '--allowed', '20');
    const other = ['--type', 'retail', '--allowed', '50'];
    const TYPE = 'type: retail is given, the stored key is mak and stays so';
    expect((await key(...other)).stdout).toBe(
      `The key …6789B for Contoso One: was known already.\nSkipped: ${TYPE}.\nSkipped: ${ALLOWED}.\n`,
    );
    expect((await key(...other, '-o', 'json')).json()).toMatchObject({
      files: [{ unchanged: 1, skipped: [{ reason: TYPE }, { reason: ALLOWED }] }],
    });
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ type: 'mak', allowed: 20 }]);
  });

  test('another note is added to the one that is there, once, and an undo takes it away again', async () => {
    const { run } = newHome();
    const noted = (note: string): string =>
      keysExport('Contoso One', KEY, 'MAK').replace('<Key ', `<Key notes="${note}" `);
    const note = async () => (await answer<Json[]>(run, ['key', '--list']))[0]?.['note'];
    await importing(run, noted('one'));
    expect((await importing(run, noted('two'))).files).toMatchObject([{ changed: 1, unchanged: 0 }]);
    expect(await note()).toBe('one; two');
    for (const known of ['one', 'two', 'one; two'])
      expect((await importing(run, noted(known))).files).toMatchObject([{ changed: 0, unchanged: 1 }]);
    // A part of a word is another note.
    expect((await importing(run, noted('on'))).files).toMatchObject([{ changed: 1 }]);
    expect(await note()).toBe('one; two; on');
    await ok(run, ['import', 'undo', 'i6']);
    expect(await note()).toBe('one; two');
    await ok(run, ['import', 'undo', 'i2']);
    expect(await note()).toBe('one');
    const three = await ok(run, ['import', 'key', 'Contoso One', '--note', 'three'], { stdin: KEY });
    expect(three.stdout).toContain('was known; completed');
    expect(await note()).toBe('one; three');
    expect(await answer(run, ['import', 'undo', 'i7'])).toMatchObject({ restored: 1 });
    expect(await note()).toBe('one');
  });
});

describe('import undo', () => {
  test('takes back what it added and gives old values back', async () => {
    const { run } = newHome();
    await importing(run, grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]));
    const before = await answer(run, ['list']);
    await importing(
      run,
      grid([
        [PRODUCT, SOURCE, '8 activations', 'Dec 6, 2031'],
        ['Contoso Tool', SOURCE, '1 licenses', 'Dec 6, 2031'],
      ]),
    );
    const report = await answer(run, ['import', 'undo', 'i2']);
    expect(report).toEqual({
      id: 'i2',
      removed: { entitlements: 1, keys: 0, notes: 0, products: 1 },
      restored: 2,
      kept: [],
    });
    expect(await answer(run, ['list'])).toEqual(before);
    const [last, first] = await answer<Json[]>(run, ['import', 'list']);
    expect(last).toMatchObject({ id: 'i2', undoneAt: expect.any(String) });
    expect(first).toMatchObject({ id: 'i1', undoneAt: null });
  });

  test('nothing is left of an import of keys, and their text cannot be found again', async () => {
    const { run } = newHome();
    await importing(run, keysExport('Contoso One', KEY, 'MAK'));
    expect(await answer(run, ['import', 'undo', 'i1'])).toMatchObject({ removed: { keys: 1, products: 1 } });
    expect(await answer(run, ['key', '--list'])).toEqual([]);
    expect(await answer(run, ['list'])).toEqual([]);
    expect((await importing(run, keysExport('Contoso One', KEY, 'MAK'))).files).toMatchObject([{ new: 1 }]);
  });

  test('what only imports found again that are undone themselves goes as well', async () => {
    const { run } = newHome();
    const both = grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]);
    const keys = keysExport('Contoso One', KEY, 'MAK');
    for (const each of [both, keys, both, keys]) await importing(run, each);
    for (const id of ['i3', 'i4'])
      expect(await answer(run, ['import', 'undo', id])).toMatchObject({
        removed: { entitlements: 0, keys: 0 },
      });
    expect(await answer(run, ['import', 'undo', 'i2'])).toMatchObject({ removed: { keys: 1 }, kept: [] });
    expect(await answer(run, ['import', 'undo', 'i1'])).toMatchObject({
      removed: { entitlements: 1 },
      kept: [],
    });
    expect(await answer(run, ['list'])).toEqual([]);
  });

  test('what a later import found again, and a key that was revealed or marked, stays', async () => {
    const { run } = newHome();
    const both = grid([[PRODUCT, SOURCE, '5 activations', 'Dec 6, 2030']]);
    await importing(run, both);
    await importing(run, both);
    expect(await answer(run, ['import', 'undo', 'i1'])).toMatchObject({
      removed: { entitlements: 0 },
      kept: [expect.any(String)],
    });
    expect(await answer(run, ['list'])).toHaveLength(1);

    await importing(run, keysExport('Contoso One', KEY, 'MAK'));
    await ok(run, ['key', 'Contoso One']);
    await importing(run, keysExport('Contoso Two', 'BCDFG-HJKMP-QRTVW-XY234-6789C', 'MAK'));
    await ok(run, ['key', 'Contoso Two', '--key', '6789C', '--mark', 'blocked', '--reason', 'leaked']);
    for (const id of ['i3', 'i4']) {
      expect(await answer(run, ['import', 'undo', id])).toMatchObject({
        removed: { keys: 0 },
        kept: [expect.any(String)],
      });
    }
    expect(await answer(run, ['key', '--list'])).toHaveLength(2);
  });

  test("a key's product that a later import brought too stays, and goes with that one", async () => {
    const { run } = newHome();
    const productIds = async () => (await answer<Json[]>(run, ['key', '--list']))[0]?.['productIds'];
    await importing(run, `Product,Key\nAlpha,${KEY}\n`);
    await importing(run, `Product,Key\nAlpha,${KEY}\nBeta,${KEY}\n`);
    await ok(run, ['import', 'undo', 'i1']);
    expect(await productIds()).toEqual(['alpha', 'beta']);
    await importing(run, `Product,Key\nBeta,${KEY}\n`);
    await ok(run, ['import', 'undo', 'i2']);
    expect(await productIds()).toEqual(['beta']);
    await ok(run, ['import', 'undo', 'i3']);
    expect(await answer(run, ['list'])).toEqual([]);
  });

  test('a product that an import gave to a known key is taken from it again', async () => {
    const { run } = newHome();
    await importing(run, `Product,Key\nAlpha,${KEY}\n`);
    await importing(run, `Product,Key\nBeta,${KEY}\n`);
    expect(await answer(run, ['import', 'undo', 'i2'])).toMatchObject({
      removed: { keys: 0, products: 1 },
      restored: 1,
    });
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ productIds: ['alpha'] }]);
  });

  test('names that were joined know of both their imports', async () => {
    const { run } = newHome();
    await importing(run, `Product,Key,Notes\nAlpha,${KEY},\nAlpha,,on disc\n`);
    await importing(run, `Product,Key,Notes\nBeta,${KEY},\nBeta,,on disc\n`);
    await ok(run, ['product', 'alias', 'Beta', 'alpha']);
    expect(await answer(run, ['import', 'undo', 'i1'])).toMatchObject({ removed: { keys: 0, notes: 0 } });
    expect(await answer(run, ['show', 'alpha'])).toMatchObject({
      notes: expect.arrayContaining(['on disc']),
      keys: [{ last5: '6789B' }],
    });
  });

  test('a note that a later import brought too stays, and goes with that one', async () => {
    const { run } = newHome();
    const note = keysExport('Contoso One', 'This product needs no key at all.', '');
    await importing(run, note);
    expect((await importing(run, note)).files).toMatchObject([{ new: 0, unchanged: 1 }]);
    expect(await answer(run, ['import', 'undo', 'i1'])).toMatchObject({
      removed: { notes: 0, products: 0 },
      kept: ['1 note that a later import found again'],
    });
    expect(await answer(run, ['show', 'Contoso One'])).toMatchObject({
      notes: expect.arrayContaining(['This product needs no key at all.']),
    });
    expect(await answer(run, ['import', 'undo', 'i2'])).toMatchObject({ removed: { notes: 1, products: 1 } });
  });

  test('an offer that an import gave to a known key counts as a change and is taken from it again', async () => {
    const { run } = newHome();
    const keyed = `Product,Key\nAlpha,${KEY}\n`;
    await importing(run, keyed);
    const given = await importing(run, keyed, '--offer', 'action-pack');
    expect(given.files).toMatchObject([{ new: 0, changed: 1, unchanged: 0 }]);
    const again = await importing(run, keyed, '--offer', 'action-pack');
    expect(again.files).toMatchObject([{ new: 0, changed: 0, unchanged: 1 }]);
    // The last that gave it is what it hangs on.
    await ok(run, ['import', 'undo', 'i2']);
    expect(await answer(run, ['offer', 'list'])).toMatchObject([{ program: 'action-pack' }]);
    expect(await answer(run, ['import', 'undo', 'i3'])).toMatchObject({ removed: { keys: 0 }, restored: 1 });
    expect(await answer(run, ['offer', 'list'])).toEqual([]);
    expect(await answer(run, ['key', '--list'])).toHaveLength(1);
  });

  test('a value that was changed again since is left alone', async () => {
    const { run } = newHome();
    for (const quantity of [5, 8, 9])
      await importing(run, grid([[PRODUCT, SOURCE, `${quantity} activations`, 'Dec 6, 2030']]));
    expect(await answer(run, ['import', 'undo', 'i2'])).toMatchObject({ restored: 0 });
    expect(await dated(run)).toMatchObject([[expect.any(String), 9, '2030-12-06']]);
  });

  test('twice, or of an import that never was, is an error', async () => {
    const { run } = newHome();
    await importing(run, keysExport('Contoso One', KEY, 'MAK'));
    await ok(run, ['import', 'undo', 'i1']);
    expect(await failure(run, ['import', 'undo', 'i1'], 2)).toMatchObject({ code: 'USAGE' });
    expect(await failure(run, ['import', 'undo', 'i9'], 3)).toMatchObject({ code: 'NOT_FOUND' });
    expect(await failure(run, ['import', 'undo', 'nonsense'], 3)).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('product alias', () => {
  test('joins an imported name to a product, with what came under it', async () => {
    const { run } = newHome();
    await importing(run, grid([['Office Pro Plus (our name)', SOURCE, '5 activations', 'Dec 6, 2030']]));
    await importing(run, keysExport('Office Pro Plus (our name)', KEY, 'MAK'));
    expect(
      await answer(run, ['product', 'alias', 'Office Pro Plus (our name)', 'office-proplus-2019']),
    ).toMatchObject({
      productId: 'office-proplus-2019',
      entitlements: 1,
      keys: 1,
    });
    expect(await answer(run, ['list'])).toMatchObject([
      { productId: 'office-proplus-2019', quantity: 5, keyCount: 1 },
    ]);
    expect((await answer(run, ['show', 'office-proplus-2019']))['aliases']).toContain(
      'Office Pro Plus (our name)',
    );
    // From now on the name is known.
    const report = await importing(
      run,
      grid([['our name: Office Pro Plus', SOURCE, '6 activations', 'Dec 6, 2030']]),
    );
    expect(report.files).toMatchObject([{ new: 0, changed: 1 }]);
  });

  test('of a name no import brought, or onto a product nobody knows, is exit 3', async () => {
    const { run } = newHome();
    await importing(run, grid([['Contoso Tool', SOURCE, '5 activations', 'Dec 6, 2030']]));
    expect(await failure(run, ['product', 'alias', 'Never Seen', 'office-proplus-2019'], 3)).toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await failure(run, ['product', 'alias', 'Contoso Tool', 'zzzzzz'], 3)).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('records that cannot be read', () => {
  const HALF = 'Product,Quantity\nContoso One,1\nContoso Two,many\nContoso Three,3\n';

  test('the rest is stored, the bad ones are listed with their places, exit 8', async () => {
    const { run } = newHome();
    const done = await run(['import', '-', '-o', 'json'], { stdin: HALF });
    expect(done.code).toBe(8);
    expect(done.json()).toMatchObject({
      files: [{ new: 2, rejected: [{ place: 'line 3', reason: expect.stringMatching(/^quantity /) }] }],
    });
    expect(done.error()).toMatchObject({ code: 'INVALID_DATA', details: { rejected: 1 } });
    expect(await dated(run)).toHaveLength(2);
  });

  test('as a table the result is on stdout, the error on stderr', async () => {
    const { run } = newHome();
    const done = await run(['import', '-'], { stdin: HALF });
    expect(done.code).toBe(8);
    expect(done.stdout).toContain('2 new');
    expect(done.stdout).toContain('line 3: quantity');
    expect(done.stderr).toMatch(/^error: 1 record/m);
  });

  test('--strict stores nothing', async () => {
    const { run } = newHome();
    expect(await failure(run, ['import', '-', '--strict'], 8, { stdin: HALF })).toMatchObject({
      code: 'INVALID_DATA',
    });
    expect(await dated(run)).toEqual([]);
    expect(await answer(run, ['import', 'list'])).toEqual([]);
  });

  const GOOD = 'Product,Quantity\nContoso One,1\n';
  const AMBIGUOUS = 'Product,Quantity,Activate by\nContoso Two,1,02/03/2030\n';

  test.each([
    ['that is not there', 'missing.csv'],
    ['that is a folder', '.'],
  ])('of several files one %s stops all of them before the first is stored', async (_, name) => {
    const { home, run } = newHome();
    const good = write(home, 'good.csv', GOOD);
    expect(await failure(run, ['import', good, join(home, name)], 2)).toMatchObject({ code: 'USAGE' });
    expect(await answer(run, ['import', 'list'])).toEqual([]);
  });

  test('of several files one that needs an option is a partial import once another is stored', async () => {
    const { home, run } = newHome();
    const good = write(home, 'good.csv', GOOD);
    const ambiguous = write(home, 'ambiguous.csv', AMBIGUOUS);
    const done = await run(['import', good, ambiguous, '-o', 'json']);
    expect(done.code).toBe(8);
    expect(done.json()).toMatchObject({ id: 'i1', files: [{ file: good, new: 1 }] });
    expect(done.error()).toMatchObject({
      code: 'INVALID_DATA',
      hint: expect.stringContaining('--date-format'),
    });
    expect(await dated(run)).toMatchObject([['Contoso One', 1, null]]);
    // Nothing was done where it comes first.
    expect(await failure(run, ['import', ambiguous, good], 2)).toMatchObject({ code: 'USAGE' });
  });

  test.each([
    ['a bad record', HALF, 8, 'INVALID_DATA'],
    ['an end that is missing', '<root><YourKey>', 8, 'INVALID_DATA'],
    ['a date that needs an option', AMBIGUOUS, 2, 'USAGE'],
  ])('--strict stores nothing of any file if one has %s', async (_, content, exitCode, code) => {
    const { home, run } = newHome();
    const good = write(home, 'good.csv', GOOD);
    const bad = write(home, 'bad.csv', content);
    expect(await failure(run, ['import', good, bad, '--strict'], exitCode)).toMatchObject({ code });
    expect(await failure(run, ['import', good, '-', '--strict'], exitCode, { stdin: content })).toMatchObject(
      { code },
    );
    expect(await answer(run, ['import', 'list'])).toEqual([]);
  });

  test('--strict stores all of several good files, standard input too', async () => {
    const { home, run } = newHome();
    const good = write(home, 'good.csv', GOOD);
    const report = await answer(run, ['import', '-', good, '--strict'], {
      stdin: 'Product,Quantity\nContoso Two,2\n',
    });
    expect(report).toMatchObject({ id: 'i1', files: [{ new: 1 }, { new: 1 }] });
    expect(await dated(run)).toHaveLength(2);
  });

  test('of several files those before the unreadable one are stored and reported', async () => {
    const { home, run } = newHome();
    const good = write(home, 'good.csv', 'Product,Quantity\nContoso One,1\n');
    const bad = write(home, 'bad.xml', '<root><YourKey>');
    const never = write(home, 'never.csv', 'Product,Quantity\nContoso Two,1\n');
    const done = await run(['import', good, bad, never, '-o', 'json']);
    expect(done.code).toBe(8);
    expect(done.json()).toMatchObject({ id: 'i1', files: [{ file: good, new: 1 }] });
    expect(done.error().message).toContain('bad.xml');
    expect(await dated(run)).toMatchObject([['Contoso One', 1, null]]);
  });

  const UNREADABLE: readonly (readonly [what: string, content: string])[] = [
    ['an empty file', ''],
    ['a blank file', ' \n\t\n'],
    ['XML that breaks off', '<root><YourKey><Product_Key Name="A">'],
    ['a DOCTYPE', '<!DOCTYPE root [<!ENTITY a "b">]><root><YourKey/></root>'],
    ['some other XML', '<html><body/></html>'],
    ['some other text', 'Lorem ipsum dolor sit amet.'],
    ['JSON', '{"products": []}'],
  ];
  test.each(UNREADABLE)('%s is exit 8 and nothing is stored', async (_, content) => {
    const { run } = newHome();
    expect(await failure(run, ['import', '-'], 8, { stdin: content })).toMatchObject({
      code: 'INVALID_DATA',
    });
    expect(await answer(run, ['import', 'list'])).toEqual([]);
  });
});
