import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LONGEST_PASTE, readPaste } from '../../src/troubleshooting/paste.ts';
import { index } from './helpers.ts';
import * as samples from './samples.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const read = (text: string, slmgrIni?: string) =>
  readPaste(text, index, slmgrIni === undefined ? {} : { slmgrIni });

test('slmgr /dlv: product, channel, last five, status and its code', () => {
  expect(read(samples.SLMGR_DLV)).toEqual({
    codes: ['0xC004F009'],
    products: [
      {
        product: 'Windows(R), ServerStandard edition',
        channel: 'VOLUME_MAK',
        last5: 'XY234',
        keyField: 'filled',
        status: 'notification',
        code: '0xC004F009',
        succeeded: null,
      },
    ],
    phrases: [],
    keysMasked: 0,
    cut: false,
  });
});

test.each([
  ['/dli', samples.SLMGR_DLI_LICENSED, { status: 'licensed', last5: 'XY234' }],
  ['/xpr', samples.SLMGR_XPR, { status: 'licensed', product: 'Windows(R), ServerStandard edition' }],
  [
    '/ato that worked',
    samples.SLMGR_ATO_OK,
    { succeeded: true, product: 'Windows(R), ServerStandard edition' },
  ],
  ['/ato that failed', samples.SLMGR_ATO_FAILED, { code: '0xC004C020' }],
])('slmgr %s', (_, text, expected) => {
  expect(read(text).products).toEqual([expect.objectContaining(expected)]);
});

test('Swedish slmgr without labels: what needs no language; with slmgr.ini: the status too', () => {
  const plain = { product: 'Windows(R), Professional edition', channel: 'VOLUME_MAK', last5: 'XY234' };
  expect(read(samples.SLMGR_SV).products).toEqual([expect.objectContaining({ ...plain, status: null })]);
  expect(read(samples.SLMGR_SV, samples.SLMGR_SV_INI).products).toEqual([
    expect.objectContaining({ ...plain, status: 'licensed' }),
  ]);
  const done = `${samples.SLMGR_SV}\nProdukten har aktiverats.\n`;
  expect(read(done, samples.SLMGR_SV_INI).products[0]?.succeeded).toBe(true);
});

test('German slmgr: code, product and last five need no language', () => {
  const { codes, products } = read(samples.SLMGR_DE_FAILED);
  expect(codes).toEqual(['0xC004F074']);
  expect(products).toEqual([
    expect.objectContaining({
      product: 'Windows(R), ServerStandard edition',
      last5: '6789B',
      code: '0xC004F074',
    }),
  ]);
});

test('ospp /dstatus: each product for itself', () => {
  const { codes, products } = read(samples.OSPP_DSTATUS);
  expect(codes).toEqual(['0x4004F040', '0xC004F074']);
  expect(products).toEqual([
    expect.objectContaining({
      product: 'Office 16, Office16ProPlusVL_MAK edition',
      last5: '6789B',
      status: 'licensed',
      code: '0x4004F040',
    }),
    expect.objectContaining({
      product: 'Office 16, Office16VisioProVL_MAK edition',
      last5: 'XY234',
      status: 'notification',
      code: '0xC004F074',
    }),
  ]);
});

test.each([
  ['UNLICENSED', 'unlicensed'],
  ['OOB_GRACE', 'initial-grace'],
  ['OOT_GRACE', 'additional-grace'],
  ['NON_GENUINE_GRACE', 'non-genuine-grace'],
  ['EXTENDED GRACE', 'extended-grace'],
])('ospp status ---%s---', (word, status) => {
  expect(read(`LICENSE STATUS:  ---${word}---\r\n`).products).toEqual([expect.objectContaining({ status })]);
});

test.each([
  ['event 8198', samples.EVENT_8198, ['0x8007232B']],
  ['event 12288, where the real code hides', samples.EVENT_12288, ['0xC004F06C']],
  ['setup log', samples.SETUP_LOG, ['17002', '30088-4']],
  ['CIM as JSON', samples.CIM_JSON, ['0xC004F009']],
  [
    'a sentence with three spellings',
    'tried C004F074, then -1073430496 and 0x80072ee2',
    ['0xC004F074', '0xC004C020', '0x80072EE2'],
  ],
])('%s: the codes in it', (_, text, codes) => {
  expect([...read(text).codes].sort()).toEqual([...codes].sort());
});

test('CIM status as JSON, also with a byte order mark and with camel case', () => {
  const row = { product: 'Windows(R), ServerStandard edition', last5: 'XY234', status: 'notification' };
  expect(read(samples.CIM_JSON).products).toEqual([expect.objectContaining(row)]);
  expect(read(`\uFEFF${samples.CIM_JSON}`).products).toEqual([expect.objectContaining(row)]);
  expect(
    read('{"partialProductKey":"xy234","licenseStatus":"1","licenseStatusReason":"0x0"}').products,
  ).toEqual([expect.objectContaining({ last5: 'XY234', status: 'licensed', code: null })]);
});

test('of all rows of CIM only installed products count', () => {
  const rows = [
    {
      Name: 'Office 16, Office16AccessVL_MAK edition',
      LicenseStatus: 0,
      LicenseStatusReason: 3221549076,
      PartialProductKey: null,
    },
    ...JSON.parse(samples.CIM_JSON),
  ];
  const { codes, products } = read(JSON.stringify(rows));
  expect(products.map(({ last5 }) => last5)).toEqual(['XY234']);
  expect(codes[0]).toBe('0xC004F009');
});

test.each([
  ['No further information available', 'cal-no-information'],
  ['Ingen ytterligare information tillgänglig', 'cal-no-information'],
  ['You have reached the MAXIMUM NUMBER OF ACTIVATIONS for this key', 'limit-reached'],
  ['Du har nått maximalt antal tillgängliga aktiveringar för en produktnyckel', 'limit-reached'],
  ['It says that the key is blocked', 'key-blocked'],
])('%j names its scenario without a code', (text, scenario) => {
  expect(read(text).phrases).toEqual([scenario]);
});

test.each([
  ['a GUID', '55c92734-d682-4d71-983e-d6ec3f16059f'],
  ['an extended PID', '03612-00206-234-567890-03-1033-17763.0000-3282024'],
  ['a date and a port', '2026-11-24 kms.example.test:1688'],
  ['a telephone number', '4085551234'],
  ['the window that shows error texts', "run 'slui.exe 0x2a'"],
  ['an installation ID', '012345678901234567890123456789012345678901234567890123456789012'],
  ['zero', '0x00000000'],
])('%s is no code', (_, text) => {
  expect(read(text).codes).toEqual([]);
});

test.each([
  ['as slmgr /ipk echoes it', `Installed product key ${KEY} successfully.`],
  ['as a name', `Name: ${KEY}`],
  ['without hyphens', `PIDKEY=${KEY.replaceAll('-', '')}`],
  ['in JSON', JSON.stringify({ Name: KEY, LicenseStatus: 1, PartialProductKey: KEY })],
  ['with em dashes', `key ${KEY.replaceAll('-', '—')} License Status: Licensed`],
])('a product key %s is not kept', (_, text) => {
  const reading = read(text);
  const kept = JSON.stringify(reading);
  expect(reading.keysMasked).toBeGreaterThan(0);
  for (const group of ['BCDFG', 'HJKMP', 'QRTVW']) expect(kept).not.toContain(group);
});

test('a key far down in a long paste is not kept either', () => {
  const kept = JSON.stringify(read(`${'filler\n'.repeat(200_000)}Name: ${KEY}\nLicense Status: Licensed\n`));
  expect(kept).toContain('licensed');
  expect(kept).not.toContain('HJKMP');
});

test('the last five of an echoed key are told', () => {
  const { products } = read(`Installed product key ${KEY} successfully.`);
  expect(products).toEqual([expect.objectContaining({ last5: '6789B' })]);
});

const MEGA = 1024 * 1024;

test.each([
  ['dashes', '-'.repeat(10 * MEGA)],
  ['colons and blanks', ': '.repeat(5 * MEGA)],
  ['control characters', '\u0000\u001b[31m'.repeat(2 * MEGA)],
  ['letters of keys', 'BCDFG:HJKMP\n'.repeat(MEGA / 4)],
  ['words that begin an edition', 'Windows '.repeat(MEGA)],
  ['empty lines', '\r\n'.repeat(MEGA)],
  ['lists without end', '['.repeat(10 * MEGA)],
  ['numbers', '1234567890 '.repeat(MEGA)],
])('megabytes of %s: read to the end, nothing found', (_, text) => {
  const { codes, cut } = read(text);
  expect({ codes, cut }).toEqual({ codes: [], cut: false });
});

test('a code at the end of a long paste is found; behind the limit it is not, and the cut is told', () => {
  const filler = 'nothing to see here\n'.repeat(400_000);
  expect(read(`${filler}Error: 0xC004C020`).codes).toEqual(['0xC004C020']);
  const { codes, cut } = read(`${'x'.repeat(LONGEST_PASTE)}\n0xC004C020`);
  expect({ codes, cut }).toEqual({ codes: [], cut: true });
});

test('any text is read without failing, and what is kept is small and has no control characters', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(samples)))),
      (parts) => {
        const reading = read(parts.join('\n'));
        for (const { product, channel } of reading.products) {
          expect((product ?? '').length).toBeLessThanOrEqual(200);
          expect((channel ?? '').length).toBeLessThanOrEqual(200);
        }
        expect(reading.codes.length).toBeLessThanOrEqual(200);
      },
    ),
    { numRuns: 50 },
  );
});
