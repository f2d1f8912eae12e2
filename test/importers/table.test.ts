import { describe, expect, test } from 'vitest';
import { parseMap } from '../../src/importers/map.ts';
import { readImport } from '../../src/importers/read.ts';
import { fixture, KEY, ofKind, read, sourceOf } from './helpers.ts';

const text = (shown: string) => ({ shown });
const grant = (line: number, product: string, more: object = {}) => ({
  kind: 'entitlement',
  place: `line ${line}`,
  product: text(product),
  source: text(''),
  quantity: null,
  unit: null,
  activateBy: null,
  ...more,
});

describe('a list that somebody keeps', () => {
  test('gives a grant, a key and a note for each row that holds them', async () => {
    const { format, items } = await read(await fixture('inventory.csv'));
    expect(format).toBe('csv');
    const source = text('Solutions Partner - Core');
    expect(items).toEqual([
      grant(2, 'Windows 11 Pro', { source, quantity: 10, unit: 'activations', activateBy: '2027-06-30' }),
      {
        kind: 'key',
        place: 'line 2',
        product: text('Windows 11 Pro'),
        key: { secret: KEY },
        type: 'mak',
        allowed: 20,
        allowedByType: null,
        claimedOn: '2026-07-01',
        note: text('rack 4; key kept by the helpdesk'),
        source,
      },
      grant(3, 'SQL Server 2022 Standard', { source, quantity: 16, unit: 'cores', activateBy: '2027-06-30' }),
      {
        kind: 'key',
        place: 'line 4',
        product: text('Visio LTSC'),
        key: { secret: 'BCDFG-HJKMP-QRTVW-XY234-67893' },
        type: 'retail',
        allowed: null,
        allowedByType: null,
        claimedOn: null,
        note: {
          shown: 'was …67894 before',
          original: { secret: 'was BCDFG-HJKMP-QRTVW-XY234-67894 before' },
        },
        source: null,
      },
    ]);
  });

  test.each([
    ['comma', ','],
    ['semicolon', ';'],
    ['tab', '\t'],
  ])('the delimiter is found from the heading: %s', async (_, by) => {
    const csv = `${['Product', 'Note', 'Quantity'].join(by)}\n${['P', '"a, b; c\td"', '3'].join(by)}\n`;
    expect((await read(csv)).items).toEqual([
      grant(2, 'P', { quantity: 3 }),
      { kind: 'note', place: 'line 2', product: text('P'), text: text('a, b; c d') },
    ]);
  });

  test.each([
    'product_name,licenseKey',
    'PRODUCT NAME,License-Key',
    '\uFEFFProduct Name,"License Key"',
    'Produktname,Lizenzschlüssel',
    'Nom du produit,Clé de produit',
  ])('the heading %j is understood', async (heading) => {
    const { items } = await read(`${heading}\nP,${KEY}`);
    expect(ofKind(items, 'key').map((key) => [key['product'], key['key']])).toEqual([
      [text('P'), { secret: KEY }],
    ]);
  });

  test('of two columns that fit, the surer name wins', async () => {
    const { items } = await read('Name,Product,Quantity\nours,theirs,1');
    expect(items).toEqual([grant(2, 'theirs', { quantity: 1 })]);
  });

  test('mapped columns beat known names', async () => {
    const map = parseMap('Our name, long=product,Serienummer=key,Product=note');
    const { format, items } = await read(`Product;Our name, long;Serienummer\nx;P;${KEY}`, { map });
    expect(format).toBe('csv');
    expect(ofKind(items, 'key')).toMatchObject([
      { product: text('P'), key: { secret: KEY }, note: text('x') },
    ]);
  });

  test('a mapped column that does not exist: usage, with the nearest heading', async () => {
    await expect(read(`Produkt;Serie\nP;${KEY}`, { map: parseMap('Seri=key') })).rejects.toMatchObject({
      code: 'USAGE',
      message: 'export.txt has no column "Seri".',
      hint: 'The nearest is "Serie".',
    });
  });

  test('a heading that is not near is not offered, nor what may be a value', async () => {
    const map = parseMap('Titel=product');
    const hints = ['Title;Quantity\n', 'Name;Quantity\nP;1\n'].map((csv) =>
      read(csv, { map }).catch(({ hint }: { readonly hint: string }) => hint),
    );
    expect(await Promise.all(hints)).toEqual([
      'The nearest is "Title".',
      'Name a column as the first line of the file does.',
    ]);
  });

  test.each(['Titel=foo', ' Titel = foo ', 'Titel=foo,Key=key'])(
    '--map %j: foo is no field',
    async (text) => {
      const reading = async () => read('Titel;Key\nP;K\n', { map: parseMap(text) });
      await expect(reading()).rejects.toMatchObject({
        code: 'USAGE',
        message: '--map names "foo", which is no field.',
        hint: expect.stringContaining('product, key, type'),
      });
    },
  );

  test.each(['Titel', 'Titel=', '=product', ''])('--map %j is no list', (text) => {
    expect(() => parseMap(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });

  test.each([
    ['Software benefits\n\nProduct;Quantity\nP;1\n', 3],
    ['Licences, all of them\nBenefit Name\tSource\tQuantity\tActivate By\nP\tS\t1 licence\t\n', 2],
    ['Product\r\n\r\nProduct,Key\r\n', 3],
  ])('a title above the heading: %j says where the heading is', async (csv, line) => {
    await expect(read(csv)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: `export.txt: its heading is on line ${line}, below something else.`,
      hint: `Remove what stands above line ${line}.`,
    });
  });

  test('a mapped column that standard input does not have', async () => {
    const failure = readImport({ ...sourceOf('A,B\n'), name: '-' }, { map: parseMap('Seri=key') });
    await expect(failure).rejects.toMatchObject({ message: 'Standard input has no column "Seri".' });
  });

  test('the nearest heading never shows a key', async () => {
    await expect(read(`P,${KEY}\n`, { map: parseMap(`BCDFG=key`) })).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.not.stringContaining('HJKMP'),
    });
  });

  test('a list of names alone says what is missing', async () => {
    await expect(read('Product\nP\n')).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: 'export.txt: its only column is the product.',
    });
  });

  test('a list without a column for the product says how to name it', async () => {
    await expect(read(`Key,Count\n${KEY},3`)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      hint: expect.stringContaining('--map "<column>=product"'),
    });
  });

  test('cells of one row', async () => {
    const heading = 'Product,Quantity,Unit,Allowed,Key,Type,Activate by,Claimed,Source';
    const cases: readonly [string, unknown][] = [
      ['P,5 activations,,,,,,,', { quantity: 5, unit: 'activations' }],
      ['P,"1,000 licenses",,,,,,,', { quantity: 1000, unit: 'licences' }],
      ['P,1.000 Lizenzen,,,,,,,', { quantity: 1000, unit: 'licences' }],
      ['P,1\u202F000 activations,,,,,,,', { quantity: 1000, unit: 'activations' }],
      ["P,1'000 Geräte,,,,,,,", { quantity: 1000, unit: 'devices' }],
      ['P,16,Cores,,,,,,', { quantity: 16, unit: 'cores' }],
      ['P,10 aktiveringar,,,,,,,', { quantity: 10, unit: 'activations' }],
      ['P,5 ライセンス,,,,,,,', { quantity: 5, unit: 'licences' }],
      ['P,５ user(s),,,,,,,', { quantity: 5, unit: 'users' }],
      ['P,7 widgets,,,,,,,', { quantity: 7, unit: 'widgets' }],
      ['P,0,,,,,,,', { quantity: 0, unit: null }],
      ['P,-,,,,,2027-01-31,,', { activateBy: '2027-01-31' }],
      ['P,,,,,,,,MAPS - Core', { source: text('MAPS - Core') }],
    ];
    for (const [row, more] of cases) {
      expect((await read(`${heading}\n${row}`)).items).toEqual([grant(2, 'P', more as object)]);
    }
  });

  test.each([
    [',5,,,', 'no product name'],
    ['P,1.5 licences,,,', 'quantity is no quantity such as "5 activations"'],
    ['P,-5,,,', 'quantity is no whole number from 0 upwards'],
    ['P,99999999999999999999,,,', 'quantity is too large a number'],
    [`P,5 ${KEY},,,`, 'quantity is no quantity such as "5 activations"'],
    [`P,5,many,${KEY},`, 'allowed is no quantity such as "5 activations"'],
    ['P,5,10 devices,,', 'allowed is no number of activations'],
    ['P,5,,,"Feb 30, 2024"', 'activateBy is no day of the calendar'],
    ['P,5,,,2024-02-30', 'activateBy is no day of the calendar'],
    ['P,5,,,soon', 'activateBy cannot be read as a date; write it as 2026-12-31'],
    ['P,5', '2 cells where the heading has 5'],
    ['P,5,,,,,x', '7 cells where the heading has 5'],
  ])('the row %j is rejected as a whole, and the next one is read', async (row, reason) => {
    const { items } = await read(`Product,Quantity,Allowed,Key,Activate by\n${row}\nQ,1,,,\n`);
    expect(items).toEqual([{ kind: 'rejected', place: 'line 2', reason }, grant(3, 'Q', { quantity: 1 })]);
    expect(JSON.stringify(items)).not.toContain('BCDFG');
  });

  test('a unit that hides a key is rejected', async () => {
    const { items } = await read(`Product,Quantity,Unit\nP,5,${KEY}`);
    expect(items).toEqual([
      { kind: 'rejected', place: 'line 2', reason: 'unit has no word for what is counted' },
    ]);
  });

  test('a row with nothing but a name is skipped', async () => {
    const { items } = await read('Product,Quantity\nP,\n');
    expect(items).toEqual([{ kind: 'skipped', place: 'line 2', reason: 'nothing but a product name' }]);
  });

  test('a sentence in the column of keys is a note', async () => {
    const { items } = await read('Product,Key\nP,No key is needed');
    expect(items).toEqual([
      { kind: 'note', place: 'line 2', product: text('P'), text: text('No key is needed') },
    ]);
  });

  test('lines are counted through line breaks in cells, blank lines and Windows line ends', async () => {
    const csv = '\r\nProduct,Quantity,Note\r\n\r\n"P\r\none",1,"a\r\nb"\r\nQ,x,\r\n"R",3,\r\n';
    for (const size of [1, 2, 5, 4096]) {
      expect((await read(csv, {}, size)).items).toEqual([
        { ...grant(0, 'P one', { quantity: 1 }), place: 'lines 4 to 6' },
        { kind: 'note', place: 'lines 4 to 6', product: text('P one'), text: text('a b') },
        { kind: 'rejected', place: 'line 7', reason: 'quantity is no quantity such as "5 activations"' },
        grant(8, 'R', { quantity: 3 }),
      ]);
    }
  });

  test('quotation marks inside a cell are kept, doubled or not', async () => {
    const { items } = await read('Product,Quantity\n"15"" monitor",1\n15" monitor,2\n');
    expect(items).toEqual([
      grant(2, '15" monitor', { quantity: 1 }),
      grant(3, '15" monitor', { quantity: 2 }),
    ]);
  });

  test('a quotation mark that is closed rows later is rejected with its lines', async () => {
    const { items } = await read('Product,Quantity\n"P,1\nQ,2\nR,"3"\nS,4\n');
    expect(items).toEqual([
      { kind: 'rejected', place: 'lines 2 to 4', reason: 'a quotation mark is not closed' },
      grant(5, 'S', { quantity: 4 }),
    ]);
  });

  test('a quotation mark that is never closed makes the file unreadable', async () => {
    await expect(read(`Product,Key\nP,222-333-4444\nQ,"${KEY}\nR,x\n`)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: 'export.txt: line 3: a quotation mark is not closed to the end of the file.',
    });
  });

  test('a row without end makes the file unreadable', async () => {
    await expect(read(`Product,Note\nP,"${'x'.repeat(300_000)}"\n`)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: 'export.txt: line 2: a row is too long.',
    });
  });
});

describe('dates with two meanings', () => {
  const csv = 'Product,Quantity,Activate by\nP,1,06/13/2023\nQ,1,06/12/2023\n';

  test('are not guessed: the option is asked for, with file and line', async () => {
    await expect(read(csv)).rejects.toMatchObject({
      code: 'USAGE',
      message: 'export.txt, line 3: activateBy can be read as two different days.',
      hint: expect.stringContaining('--date-format'),
    });
  });

  test('are read in the order that is given', async () => {
    const { items } = await read(csv, { dateFormat: 'mdy' });
    expect(ofKind(items, 'entitlement').map((row) => row['activateBy'])).toEqual([
      '2023-06-13',
      '2023-06-12',
    ]);
  });

  test('in the other order the impossible one is rejected', async () => {
    expect((await read(csv, { dateFormat: 'dmy' })).items).toEqual([
      { kind: 'rejected', place: 'line 2', reason: 'activateBy is no day of the calendar in the order dmy' },
      grant(3, 'Q', { quantity: 1, activateBy: '2023-12-06' }),
    ]);
  });
});

describe('the option --map', () => {
  test('pairs of column and field', () => {
    expect([...parseMap('Name=product, Lic=key,a=b, c=note')]).toEqual([
      ['Name', 'product'],
      ['Lic', 'key'],
      ['a=b, c', 'note'],
    ]);
    expect([...parseMap('x=ACTIVATEBY')]).toEqual([['x', 'activateBy']]);
  });

  test.each([
    '',
    'Name',
    'Name=',
    '=product',
    'Name=colour',
    'a=product,a=key',
    'a=key,b=key',
    'a=product,,',
  ])('%j is refused', (map) => {
    expect(() => parseMap(map)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
