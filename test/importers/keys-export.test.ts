import { describe, expect, test } from 'vitest';
import { fixture, KEY, ofKind, read, utf16be, utf16le } from './helpers.ts';

const product = (shown: string) => ({ shown });
const key = (place: string, name: string, secret: string, more: object) => ({
  kind: 'key',
  place: `line ${place}`,
  product: product(name),
  key: { secret },
  allowed: null,
  allowedByType: null,
  claimedOn: null,
  note: null,
  source: null,
  ...more,
});
/** One product of the second generation with the given inner XML. */
const export2012 = (inner: string) => `<YourKey><Product_Key Name="P">${inner}</Product_Key></YourKey>`;

describe('each generation gives exactly the records it holds', () => {
  test('2006: the key is an attribute', async () => {
    const { format, items } = await read(await fixture('keysexport-2006.xml'));
    expect(format).toBe('keys-export');
    const at = (line: number, name: string) => `${line}: product "${name}", key 1`;
    expect(items).toEqual([
      key(at(3, 'Contoso Designer 2005 (legacy)'), 'Contoso Designer 2005 (legacy)', '222-333-4444', {
        type: 'retail',
      }),
      key(at(4, 'Windows Server 2008 Standard'), 'Windows Server 2008 Standard', KEY, {
        type: 'retail',
        claimedOn: '2009-04-03',
      }),
      key(at(5, 'Windows Server 2008 Enterprise'), 'Windows Server 2008 Enterprise', KEY, {
        type: 'va1',
        claimedOn: '2010-12-31',
      }),
      {
        kind: 'note',
        place: `line ${at(6, 'Contoso Viewer')}`,
        product: product('Contoso Viewer'),
        text: product('No key is required for this product.'),
      },
    ]);
  });

  test('2012: keys are elements; sentences and pseudo-entries among them', async () => {
    const { items } = await read(await fixture('keysexport-2012.xml'));
    expect(items).toEqual([
      key('4: product "Windows 8 Pro", key 1', 'Windows 8 Pro', 'BCDFG-HJKMP-QRTVW-XY234-67893', {
        type: 'retail',
        claimedOn: '2012-11-05',
      }),
      key('5: product "Windows 8 Pro", key 2', 'Windows 8 Pro', 'BCDFG-HJKMP-QRTVW-XY234-67894', {
        type: 'mak',
      }),
      {
        kind: 'note',
        place: 'line 8: product "Contoso Free Tool", key 1',
        product: product('Contoso Free Tool'),
        text: product('No key is required. Details (https://example.invalid/help?id=7&x=1)'),
      },
      {
        kind: 'skipped',
        place: 'line 11: product "Contoso Unclaimed", key 1',
        reason: 'an entry without a key (ID -3)',
      },
      { kind: 'skipped', place: 'line 13: product "Contoso Empty"', reason: 'no key in the export' },
    ]);
  });

  test('2018: notes of products and of keys, a product that comes twice', async () => {
    const { items } = await read(await fixture('keysexport-2018.xml'));
    const office = 'Office LTSC Professional Plus';
    expect(items).toEqual([
      {
        kind: 'note',
        place: `line 4: product "${office}"`,
        product: product(office),
        text: product('Use this key for the volume edition only.'),
      },
      key(`5: product "${office}", key 1`, office, 'BCDFN-HJKMP-QRTVW-XY234-67899', {
        type: 'mak',
        claimedOn: '2024-03-14',
        note: product('lab rack 2'),
      }),
      key(
        '8: product "RDS user connections (50)", key 1',
        'RDS user connections (50)',
        'BCDFG-HJKMP-QRTVW-XY234-67896',
        {
          type: 'static',
        },
      ),
      key(`11: product "${office}", key 1`, office, 'BCDFG-HJKMP-QRTVW-XY234-67897', {
        type: 'retail',
        allowedByType: 1,
        claimedOn: '2024-12-31',
      }),
      {
        kind: 'warning',
        text: 'key type "VA 2.0": no export with this label is known; taken as a multiple activation key',
      },
      key(`12: product "${office}", key 2`, office, 'BCDFG-HJKMP-QRTVW-XY234-67898', {
        type: 'mak',
        claimedOn: '2024-01-02',
      }),
      key('15: product "Contoso Activator", key 1', 'Contoso Activator', 'Ab-7f/Secret+Licence==', {
        type: 'custom',
        claimedOn: '2024-01-02',
      }),
    ]);
  });

  test.each(['<YourKey/>', '<Your_Product_Keys></Your_Product_Keys>', '<root><YourKey/></root>'])(
    'without products it is a good file with nothing in it: %s',
    async (xml) => {
      expect(await read(xml)).toEqual({ format: 'keys-export', items: [] });
    },
  );

  test('one product with one key', async () => {
    const { items } = await read(export2012(`<Key ID="1">${KEY}</Key>`));
    expect(items).toEqual([key('1: product "P", key 1', 'P', KEY, { type: 'unknown' })]);
  });

  test.each([
    ['UTF-8 with a mark', (xml: string) => Buffer.from(`\uFEFF${xml}`)],
    ['UTF-16 LE with a mark', (xml: string) => utf16le(xml)],
    ['UTF-16 LE without one', (xml: string) => utf16le(xml, false)],
    ['UTF-16 BE with a mark', (xml: string) => utf16be(xml)],
    ['UTF-16 BE without one', (xml: string) => utf16be(xml, false)],
    ['Windows line ends', (xml: string) => Buffer.from(xml.replaceAll('\n', '\r\n'))],
    ['a prefix', (xml: string) => Buffer.from(xml.replaceAll(/<(\/?)(?=[A-Z])/g, '<$1k:'))],
  ])('%s changes nothing', async (_, encode) => {
    const xml = (await fixture('keysexport-2012.xml')).toString('utf8');
    expect((await read(encode(xml), {}, 3)).items).toEqual((await read(xml)).items);
  });
});

describe('what stands in the place of a key', () => {
  test.each([
    [
      'two sentences of markup',
      '<![CDATA[<p>Sign&nbsp;in <b>only</b></p><br/>No key.]]>',
      'Sign in only No key.',
    ],
    [
      'escaped markup',
      'Not needed: &lt;a href="https://example.invalid/"&gt;see&lt;/a&gt;',
      'Not needed: see (https://example.invalid/)',
    ],
    [
      'an address that is its own text',
      '<![CDATA[<a href="https://example.invalid/">https://example.invalid/</a>]]>',
      'https://example.invalid/',
    ],
    ['an address that runs code', '<![CDATA[<a href="javascript:alert(1)">no key here</a>]]>', 'no key here'],
    [
      'script and comments',
      '<![CDATA[<p>free</p><script>var a = "<b>";</script><!-- <i>no</i> -->to use]]>',
      'free to use',
    ],
    ['three words', 'No key required', 'No key required'],
  ])('%s is a note', async (_, inner, text) => {
    const { items } = await read(export2012(`<Key ID="-1">${inner}</Key>`));
    expect(items).toEqual([
      { kind: 'note', place: 'line 1: product "P", key 1', product: product('P'), text: product(text) },
    ]);
  });

  test.each([
    ['two words', 'Call us'],
    ['a sentence that holds a key', `Please use the key ${KEY} for it`],
    ['a sentence that holds a 10-digit key', 'Please use the key 222-333-4444'],
    ['a sentence that holds ten digits', 'Please use the key 2223334444'],
    ['markup that cuts a key into pieces', `<![CDATA[Use <b>BCDFG-HJKMP</b>-QRTVW-XY234-6789B here]]>`],
    ['a licence string in angle brackets', '<![CDATA[<x9F2>]]>'],
    ['groups of signs with blanks', 'AB12 CD34 EF56 GH78'],
    ['two keys', `${KEY} ${KEY}`],
  ])('%s is sealed as type custom', async (_, inner) => {
    const { items } = await read(export2012(`<Key ID="5" Type="Retail">${inner}</Key>`));
    const text = inner.replace(/^<!\[CDATA\[(.*)\]\]>$/s, '$1');
    expect(items).toEqual([key('1: product "P", key 1', 'P', text, { type: 'custom' })]);
  });

  test.each([
    ['MAK', 'mak'],
    ['', 'custom'],
    ['Custom Key', 'custom'],
  ])(
    'a product key with a slip in it and the type "%s" is sealed as %s, with a warning that does not hold it',
    async (label, type) => {
      const { items } = await read(
        export2012(`<Key ID="5" Type="${label}">BCDFG-HJKMP-QRTVW-XY234-67895</Key>`),
      );
      expect(ofKind(items, 'key').map((record) => record['type'])).toEqual([type]);
      expect(ofKind(items, 'warning')).toEqual([
        {
          kind: 'warning',
          text: 'line 1: product "P", key 1: as long as a product key, but with characters that those never contain; please check it',
        },
      ]);
    },
  );

  test.each([
    ['-3', '', 'an entry without a key (ID -3)'],
    ['0', '  \n ', 'an entry without a key (ID 0)'],
    ['17', '', 'no key text'],
    ['-1', 'Not Applicable', 'an entry without a key (ID -1)'],
    ['17', 'N/A', 'no key text'],
    ['0', 'callus', 'an entry without a key (ID 0)'],
    ['-5', 'Call us', 'an entry without a key (ID -5)'],
  ])('ID %s with the text %j is skipped', async (id, text, reason) => {
    const { items } = await read(export2012(`<Key ID="${id}">${text}</Key>`));
    expect(items).toEqual([{ kind: 'skipped', place: 'line 1: product "P", key 1', reason }]);
  });

  test('a real key is kept even if its ID is not positive', async () => {
    const { items } = await read(export2012(`<Key ID="-3" Type="MAK">${KEY}</Key>`));
    expect(items).toEqual([key('1: product "P", key 1', 'P', KEY, { type: 'mak' })]);
  });

  test.each([
    ['a slip in it', 'ACDFG-HJKMP-QRTVW-XY234-67892'],
    ['words around it', `your key: ${KEY}`],
    ['ten digits and words', 'use 1234567890'],
  ])('so is what may be one, with %s', async (_, text) => {
    const { items } = await read(export2012(`<Key ID="0" Type="">${text}</Key>`));
    expect(ofKind(items, 'key')).toMatchObject([{ type: 'custom' }]);
  });

  test('the same word under an ID of its own is a key of its own kind', async () => {
    const { items } = await read(export2012('<Key ID="17">callus</Key>'));
    expect(ofKind(items, 'key')).toMatchObject([{ type: 'custom' }]);
  });

  test.each([
    [' BCDFG-HJKMP-QRTVW-XY234-67892\n'],
    ['bcdfghjkmpqrtvwxy23467892'],
    ['BCDFG HJKMP QRTVW XY234 67892'],
    ['BCDFG\u2011HJKMP\u2011QRTVW\u2011XY234\u201167892'],
    ['BCDFG\u00ADHJKMP\u00ADQRTVW\u00ADXY234\u00AD67892\u200B'],
    ['\u00A0BCDFG-HJKMP-QRTVW-XY234-67892\u00A0'],
    ['<![CDATA[BCDFG-HJKMP-]]>QRTVW-XY234-67892'],
  ])('the spelling %j is the same key', async (text) => {
    const { items } = await read(export2012(`<Key ID="1">${text}</Key>`));
    expect(items).toEqual([key('1: product "P", key 1', 'P', KEY, { type: 'unknown' })]);
  });
});

describe('types, names, dates, notes', () => {
  test.each([
    ['Retail', 'retail', null],
    ['RTL', 'retail', null],
    [' multiple  activation ', 'mak', null],
    ['MultipleActivation', 'mak', null],
    ['Static Activation Key', 'static', null],
    ['STA', 'static', null],
    ['VA 1.0', 'va1', null],
    ['OEM', 'oem', null],
    ['kms', 'kms-host', null],
    ['GVLK', 'kms-client-generic', null],
    ['Custom Key', 'custom', null],
    ['Not Applicable', 'none', null],
    ['DreamSpark Retail', 'retail', 1],
    ['DreamSpark Lab Key', 'mak', null],
    ['Azure Dev Tools for Teaching Retail Key', 'retail', 1],
    ['Azure Dev Tools for Teaching KMS', 'kms-host', null],
    ['', 'unknown', null],
  ])('the label %j is %s', async (label, type, allowedByType) => {
    const { items } = await read(export2012(`<Key ID="1" Type="${label}">${KEY}</Key>`));
    expect(items).toEqual([key('1: product "P", key 1', 'P', KEY, { type, allowedByType })]);
  });

  test('the mark of a footnote is no part of a name', async () => {
    const xml = `<YourKey><Product_Key Name="SQL Server 2022 Standard¹"><Key ID="1">${KEY}</Key></Product_Key></YourKey>`;
    const { items } = await read(xml);
    expect(ofKind(items, 'key')).toMatchObject([{ product: { shown: 'SQL Server 2022 Standard' } }]);
  });

  test('what a type allows is not said of a value that is not of that type', async () => {
    const { items } = await read(export2012('<Key ID="1" Type="DreamSpark Retail">my-licence-code</Key>'));
    expect(ofKind(items, 'key')).toMatchObject([{ type: 'custom', allowedByType: null }]);
  });

  test('an unknown label is warned of once, and a key in it is not shown', async () => {
    const keys = `<Key Type="Gold">${KEY}</Key><Key Type="gold ">222-333-4444</Key><Key Type="for ${KEY}">${KEY}</Key>`;
    const { items } = await read(export2012(keys));
    expect(ofKind(items, 'warning').map((warning) => warning['text'])).toEqual([
      'key type "Gold": is not known; taken as unknown',
      'key type "for …67892": is not known; taken as unknown',
    ]);
  });

  test('invented labels do not flood the user', async () => {
    const keys = Array.from({ length: 500 }, (_, index) => `<Key Type="T${index}">${KEY}</Key>`).join('');
    const { items } = await read(export2012(keys));
    expect(ofKind(items, 'warning')).toHaveLength(21);
    expect(ofKind(items, 'key')).toHaveLength(500);
  });

  test.each([
    ['\u00A0Windows\u00A010  Pro ', 'Windows 10  Pro'],
    ['Windows\u00C2\u00A010&#10;Pro', 'Windows 10 Pro'],
    ['Office\u2019s \u00C2ge', 'Office\u2019s \u00C2ge'],
    ['Windows\u00C2\u00AE 10', 'Windows\u00AE 10'],
    ['SQL Server &amp; CALs &lt;2&gt;', 'SQL Server & CALs <2>'],
  ])('the name %j is kept as %j', async (name, shown) => {
    const { items } = await read(
      `<YourKey><Product_Key Name="${name}"><Key>${KEY}</Key></Product_Key></YourKey>`,
    );
    expect(ofKind(items, 'key').map((record) => record['product'])).toEqual([{ shown }]);
  });

  test('a key in a name or note is shown as its end, and the original kept to be sealed', async () => {
    const xml = `<root><YourKey><Product_Key Name="Office ${KEY}" KeyRetrievalNote="old: ${KEY}"><Key notes="was ${KEY}">222-333-4444</Key></Product_Key></YourKey></root>`;
    const { items } = await read(xml);
    const office = { shown: 'Office …67892', original: { secret: `Office ${KEY}` } };
    const place = 'line 1: product "Office …67892"';
    expect(items).toEqual([
      {
        kind: 'note',
        place,
        product: office,
        text: { shown: 'old: …67892', original: { secret: `old: ${KEY}` } },
      },
      {
        ...key('', '', '222-333-4444', { type: 'unknown' }),
        place: `${place}, key 1`,
        product: office,
        note: { shown: 'was …67892', original: { secret: `was ${KEY}` } },
      },
    ]);
  });

  test.each([
    ['3/14/2024', '2024-03-14'],
    ['1/2/2024', '2024-01-02'],
    ['2024-01-02', '2024-01-02'],
    ['1/2/2024 12:00:00 AM', '2024-01-02'],
    ['1/1/0001', null],
    ['', null],
    ['  ', null],
  ])('claimed %j is %s, in the order of the format', async (date, claimedOn) => {
    const { items } = await read(export2012(`<Key ClaimedDate="${date}">${KEY}</Key>`), {
      dateFormat: 'dmy',
    });
    expect(ofKind(items, 'key').map((record) => record['claimedOn'])).toEqual([claimedOn]);
  });

  test.each([
    ['2/30/2024', 'the claim date is no day of the calendar'],
    ['31/12/2024', 'the claim date is no day of the calendar'],
    ['soon', 'the claim date cannot be read'],
  ])('claimed %j is rejected, and the next key is read', async (date, reason) => {
    const { items } = await read(
      export2012(`<Key ClaimedDate="${date}">${KEY}</Key><Key>222-333-4444</Key>`),
    );
    expect(items).toEqual([
      { kind: 'rejected', place: 'line 1: product "P", key 1', reason },
      key('1: product "P", key 2', 'P', '222-333-4444', { type: 'unknown' }),
    ]);
  });

  test('a key without a product name is rejected', async () => {
    const { items } = await read(`<YourKey><Product_Key Name=" "><Key>${KEY}</Key></Product_Key></YourKey>`);
    expect(items).toEqual([
      { kind: 'rejected', place: 'line 1: product "", key 1', reason: 'the product has no name' },
    ]);
  });

  test('one key under several names, and again later, comes each time', async () => {
    const one = (name: string) =>
      `<Product_Key Name="${name}"><Key ID="7" Type="MAK">${KEY}</Key></Product_Key>`;
    const { items } = await read(`<YourKey>${one('A')}${one('B')}${one('A')}</YourKey>`);
    expect(ofKind(items, 'key').map((record) => record['product'])).toEqual([
      product('A'),
      product('B'),
      product('A'),
    ]);
  });

  test('notes of an entry without a key stay with the product', async () => {
    const { items } = await read(export2012('<Key ID="-1" notes="ask the helpdesk">No key is needed</Key>'));
    expect(ofKind(items, 'note').map((record) => record['text'])).toEqual([
      product('No key is needed'),
      product('ask the helpdesk'),
    ]);
  });
});
