import { parseEnv } from 'node:util';
import { describe, expect, test } from 'vitest';
import { decodeEnvFile, parseEnvFile } from '../../../src/provisioning/child/env-file.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

describe('a line of an --env-file', () => {
  test.each([
    ['A=mpn-benefits://office-2019', { kind: 'reference', variable: 'A', product: 'office-2019' }],
    ['export A=mpn-benefits://office-2019', { kind: 'reference', variable: 'A', product: 'office-2019' }],
    ['A = "mpn-benefits://office-2019" # ours', { kind: 'reference', variable: 'A', product: 'office-2019' }],
    ['A=mpn-benefits://Office%202019%25', { kind: 'reference', variable: 'A', product: 'Office 2019%' }],
    ['A=mpn-benefits://Office 2019 # ours', { kind: 'reference', variable: 'A', product: 'Office 2019' }],
    ['A=mpn-benefits://Visual%20C%23', { kind: 'reference', variable: 'A', product: 'Visual C#' }],
    ['A=MPN-Benefits://Office', { kind: 'reference', variable: 'A', product: 'Office' }],
    ['A=', { kind: 'plain', variable: 'A', value: '' }],
    ['A=# nothing', { kind: 'plain', variable: 'A', value: '' }],
    ['A=a#b', { kind: 'plain', variable: 'A', value: 'a#b' }],
    ['A=b=c', { kind: 'plain', variable: 'A', value: 'b=c' }],
    ['A=$HOME/$(x)', { kind: 'plain', variable: 'A', value: '$HOME/$(x)' }],
    ['A=C:\\new', { kind: 'plain', variable: 'A', value: 'C:\\new' }],
    ['A=\'a "b" \\n #c\'', { kind: 'plain', variable: 'A', value: 'a "b" \\n #c' }],
    ['A="a\\n\\"b\\" \\\\ \\w"', { kind: 'plain', variable: 'A', value: 'a\n"b" \\ \\w' }],
    ['A=see mpn-benefits://office', { kind: 'plain', variable: 'A', value: 'see mpn-benefits://office' }],
  ])('%s', (line, expected) => {
    expect(parseEnvFile(line, '.env')).toEqual([expected]);
  });

  test('blank lines and comments are none, line ends may be of any kind', () => {
    expect(parseEnvFile('\uFEFF\n# A=1\r\n\r\n  # B\r  \n', '.env')).toEqual([]);
    expect(parseEnvFile('A=1\r\nB=2\rC=3\n', '.env').map(({ variable }) => variable)).toEqual([
      'A',
      'B',
      'C',
    ]);
  });

  test.each([
    ['A', 'there is no ='],
    ['=a', 'no name'],
    ['9A=a', 'no name'],
    ['A-B=a', 'no name'],
    ['A B=a', 'no name'],
    ['A="a', 'a quote is not closed'],
    ["A='a", 'a quote is not closed'],
    ['A="a\\"', 'a quote is not closed'],
    ['A="a"b', 'text behind the closing quote'],
    ['A=mpn-benefits://', 'names no product'],
    ['A=mpn-benefits:office', 'the reference has no //'],
    ['A="MPN-BENEFITS:/office"', 'the reference has no //'],
    ['A=mpn-benefits://%20', 'names no product'],
    ['A=mpn-benefits://%zz', 'a % that stands for no character'],
    ['A=a\0b', 'NUL'],
  ])('%j is told with its place', (line, problem) => {
    const read = () => parseEnvFile(`# comment\n\n${line}\n`, 'deploy.env');
    expect(read).toThrow(`deploy.env, line 3: `);
    expect(read).toThrow(problem);
    expect(read).toThrow(
      expect.objectContaining({
        code: 'INVALID_DATA',
        hint: expect.any(String),
        details: { file: 'deploy.env', line: 3 },
      }),
    );
  });

  test.each([`A="${KEY}`, `${KEY}`, `A="a" ${KEY}`, `${KEY}=a`])('no error quotes %s', (line) => {
    try {
      parseEnvFile(line, '.env');
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify([String(error), error])).not.toContain(KEY);
    }
  });
});

describe('the text of an --env-file', () => {
  const text = 'A=sv-SE\r\nÄ=é €\n';
  const utf16 = Buffer.from(`\uFEFF${text}`, 'utf16le');
  test.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16, as Windows PowerShell writes it', utf16],
    ['UTF-16, the other way round', Buffer.from(utf16).swap16()],
  ])('is %s', (_, bytes) => {
    expect(decodeEnvFile(bytes, '.env')).toBe(text);
  });
  test('may be short, or nothing', () => {
    for (const short of ['', 'A']) expect(decodeEnvFile(Buffer.from(short), '.env')).toBe(short);
  });
  test.each([
    ['another encoding', Buffer.from('A=\xe9\n', 'latin1')],
    ['a byte that is none', Buffer.from([0x41, 0x3d, 0xff])],
    ['UTF-16 cut in the middle of a character', utf16.subarray(0, -1)],
    ['UTF-16 without a mark', utf16.subarray(2)],
    ['the same, the other way round', Buffer.from(utf16.subarray(2)).swap16()],
  ])('is not %s: exit 8, and how to save it', (_, bytes) => {
    expect(() => decodeEnvFile(bytes, 'deploy.env')).toThrow(
      expect.objectContaining({
        code: 'INVALID_DATA',
        message: 'deploy.env is no text in UTF-8.',
        hint: expect.stringContaining('Save it as UTF-8'),
      }),
    );
  });
});

test("plain lines mean what they mean to Node's own --env-file", () => {
  const text = ['A=1', 'B= two words ', "C='x # y'", 'D="a\\nb"', 'export E=5', '# F=6', 'G=g # h', ''].join(
    '\n',
  );
  const ours = Object.fromEntries(
    parseEnvFile(text, '.env').map((line) => [line.variable, line.kind === 'plain' ? line.value : null]),
  );
  expect(ours).toEqual({ ...parseEnv(text) });
});
