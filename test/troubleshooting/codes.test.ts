import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeNumber, formatCode, parseCode, placeCode, rankCodes } from '../../src/troubleshooting/codes.ts';
import { readInput } from '../../src/troubleshooting/input.ts';
import { index } from './helpers.ts';

const LISTED = Object.keys(index.codes);

/** How people, logs and other languages write a 32-bit code. */
function spellings(code: string): readonly string[] {
  const number = codeNumber(code);
  if (number === undefined) return [code, ` ${code} `, `(${code})`, `error: ${code}.`];
  const digits = code.slice(2);
  const short = number < 0x10000;
  const hex = [
    code,
    code.toLowerCase(),
    `0X${digits}`,
    `0x${digits.toLowerCase()}`,
    `&H${digits}`,
    `0x${digits}L`,
  ];
  const wrapped = [`hr=${code}`, `HRESULT: ${code}`, `(${code})`, `"${code}"`, `${code}:`, ` ${code}.\n`];
  const full = [digits, digits.toLowerCase(), String(number), String(number | 0), `−${2 ** 32 - number}`];
  const wide = number > 0x7fff_ffff ? [`0xFFFFFFFF${digits}`] : [];
  return [
    ...hex,
    ...wrapped,
    ...(short ? [] : [...full.slice(0, 4), ...(number > 0x7fff_ffff ? full.slice(4) : []), ...wide]),
  ];
}

test.each(LISTED)('%s is understood in every spelling', (code) => {
  for (const spelling of spellings(code)) {
    expect([spelling, parseCode(spelling)]).toEqual([spelling, code]);
    expect([spelling, readInput(spelling, index).codes]).toEqual([spelling, [code]]);
  }
  expect(placeCode(code, index)).toEqual({ code, known: true, scenario: index.codes[code] });
});

test.each([
  ['0xC004C020', '0xC004C020'],
  ['c004c020', '0xC004C020'],
  ['-1073430496', '0xC004C020'],
  ['3221536800', '0xC004C020'],
  ['80070422', '0x80070422'],
  ['0x0000007F', '0x7F'],
  ['30088-4', '30088-4'],
  ['30088-1015 (4)', '30088-4'],
  ['１７００２', '17002'],
])('%s is %s', (spelling, code) => {
  expect(parseCode(spelling)).toBe(code);
});

test.each([
  '',
  'hello',
  '0x',
  '0xG004C020',
  '0x1FFFFFFFFF',
  '-99999999999',
  'C004C02',
  'C004C0201',
  'Office 2019',
  '7F',
])('%j is no code', (text) => {
  expect(parseCode(text)).toBeUndefined();
});

test('0x4004F065 and 0xC004F065 stand for the same, and so does any pair of which one is listed', () => {
  expect(placeCode('0x4004F065', index).scenario).toBe('not-genuine');
  expect(placeCode('0xC004F065', index).scenario).toBe('not-genuine');
  expect(placeCode('0xC004F040', index)).toMatchObject({ code: '0x4004F040', known: true });
  expect(placeCode('0x4004F074', index)).toMatchObject({ code: '0xC004F074', known: true });
});

test.each([
  ['0xC004A123', 'corrupted-store', 'licence-manager'],
  ['0xC004BABC', 'server-side', 'activation-server'],
  ['0xC004CABC', 'key-invalid', 'clearing-house'],
  ['0xC004DABC', 'corrupted-store', 'security-processor'],
  ['0xC004EABC', 'corrupted-store', 'service-internals'],
  ['0xC004FABC', 'not-activated', 'client'],
  ['0xC004F3AB', 'token-based', 'token'],
  ['0xC004FDAB', 'vm-activation', 'vm'],
  ['0x4004FABC', 'info', 'information'],
  ['0x8004E123', 'corrupted-store', 'store-file'],
  ['0x803FAABC', 'key-invalid', 'digital-licence'],
  ['0x80072E01', 'network', 'internet'],
  ['0x80072F01', 'network', 'internet-tls'],
  ['0x80072301', 'dns', 'dns-server'],
  ['0x800725FF', 'dns', 'dns-records'],
  ['0x80072601', 'dns', 'dns-settings'],
  ['0x800410FF', 'wmi', 'wmi'],
  ['0x800706FF', 'kms', 'rpc'],
  ['0x80079999', 'service', 'win32'],
  ['0xDEADBEEF', 'not-activated', 'other'],
  ['0x80', 'limit-reached', 'batch'],
  ['0x9A', 'server-side', 'batch'],
  ['30111-12', 'office-install', 'office-setup'],
])('the unlisted %s is placed in %s by its zone %s, and says that it is unlisted', (code, scenario, zone) => {
  const placed = placeCode(code, index);
  expect(placed).toMatchObject({ code, known: false, scenario, zone: { id: zone } });
  expect(placed.zone?.meaning).toMatch(/not in the list/);
});

test('every 32-bit number has one spelling of its own and a place', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0x10000, max: 0xffff_ffff }), (number) => {
      const code = formatCode(number);
      expect(parseCode(code)).toBe(code);
      expect(parseCode(code.toLowerCase())).toBe(code);
      expect(index.scenarios.map(({ id }) => id)).toContain(placeCode(code, index).scenario);
    }),
  );
});

test('any text is either one canonical code or none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const code = parseCode(text);
      if (code !== undefined) expect(parseCode(code)).toBe(code);
    }),
  );
});

test.each([
  [['0xC004F074', '0xC004F06C'], '0xC004F06C'],
  [['0xC004C003', '0xC004E002'], '0xC004E002'],
  [['0x4004F040', '0xC004C020'], '0xC004C020'],
  [['0xC004FABC', '0x80072EE2'], '0x80072EE2'],
  [['0xC004C020', '0x80072EE2'], '0xC004C020'],
  [['0x4004F040'], '0x4004F040'],
])('of %j the primary finding is %s', (codes, primary) => {
  expect(rankCodes(codes, index)[0]).toBe(primary);
});

test.each([
  ['a colour around it', '\u001B[31m0xC004C003\u001B[0m'],
  ['a colour in the middle of it', '0xC004\u001B[1mC003\u001B[0m'],
  ['a title of the window before it', '\u001B]0;slmgr\u00070xC004C003'],
  ['the one-character introducer', '\u009B1;31m0xC004C003\u009B0m'],
  ['in a sentence', 'Error \u001B[1;31m0xC004C003\u001B[0m: blocked'],
])('escape sequences of a terminal are no part of a text: %s', (_, text) => {
  expect(readInput(text, index).codes).toEqual(['0xC004C003']);
});

test('an escape sequence without an end takes no more than its line, and no time', () => {
  expect(readInput(`\u001B]0;never ended\nError 0xC004C003`, index).codes).toEqual(['0xC004C003']);
  expect(readInput(`${'\u001B[0;'.repeat(200_000)}\nError 0xC004C003`, index).codes).toEqual(['0xC004C003']);
});

test.each([
  ["Windows Server 2025 isn't activated", 'not-activated'],
  ['Windows isn\u2019t activated', 'not-activated'],
  ['it is NOT   activated', 'not-activated'],
  ["Office won't activate", 'not-activated'],
  ['unlicensed', 'not-activated'],
  ['the server is in notification mode', 'grace-expired'],
  ['the grace period has expired', 'grace-expired'],
  ['it is in the grace period', 'not-activated'],
])('a state in plain words is one: %s', (text, scenario) => {
  expect(readInput(text, index).phrases).toEqual([scenario]);
});

test.each([
  ['a code', 'Not activated: 0xC004F074'],
  [
    'a state on the screen',
    'License Status: Additional grace period (KMS license expired or hardware out of tolerance)',
  ],
  ['neither a state', 'the weather is fine'],
])('plain words count only where nothing says more: %s', (_, text) => {
  expect(readInput(text, index).phrases).toEqual([]);
});
