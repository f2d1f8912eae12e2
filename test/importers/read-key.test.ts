import { describe, expect, test } from 'vitest';
import { parseKey, readKey } from '../../src/importers/read-key.ts';
import { KEY, sourceOf, utf16le } from './helpers.ts';

const keyOf = (content: string | Uint8Array) => readKey(sourceOf(content, 3).chunks);

describe('one product key from standard input', () => {
  test.each<[string, string | Uint8Array]>([
    ['plain', KEY],
    ['with a line end', `${KEY}\r\n`],
    ['between blank lines', `\n \n\t${KEY} \n\n`],
    ['lower case, blanks', 'bcdfg hjkmp qrtvw xy234 67892'],
    ['without separators', 'BCDFGHJKMPQRTVWXY23467892'],
    ['dashes of a text editor', KEY.replaceAll('-', '\u2013')],
    ['soft hyphens', KEY.replaceAll('-', '\u00AD')],
    ['a byte order mark', `\uFEFF${KEY}`],
    ['UTF-16, as some shells pipe', utf16le(`${KEY}\r\n`)],
  ])('%s', async (_, content) => {
    const key = await keyOf(content);
    expect(key.reveal()).toBe(KEY);
    expect(String(key)).toBe('…67892');
  });

  test('a legacy key', async () => {
    expect((await keyOf('222 333 4444')).reveal()).toBe('222-333-4444');
  });

  test('another shape is taken as it was written', async () => {
    expect((await keyOf('Ab-7f/Secret+Licence==\n')).reveal()).toBe('Ab-7f/Secret+Licence==');
  });

  test.each([
    ['nothing', '', 'No product key was given.'],
    ['blanks', ' \n\t\r\n', 'No product key was given.'],
    ['two lines', `${KEY}\n${KEY}\n`, 'One product key was expected, but there are 2 lines.'],
    ['too much', `${KEY}${' '.repeat(5000)}`, 'Standard input holds more than one product key: over 4 KiB.'],
    [
      'an O for a zero-like sign',
      'BCDFG-OJKMP-QRTVW-XY234-67892',
      "In the key character 7 is 'O', which product keys never contain.",
    ],
    [
      'two slips',
      'bcdfg-hjkmp-qrtvw-xy234-0789l',
      "In the key character 25 is '0', character 29 is 'L', which product keys never contain.",
    ],
    [
      'a letter of another script',
      'BCDFG-HJKMP-QRTVW-XY234-6789\u0412',
      'In the key character 29 is U+0412, which product keys never contain.',
    ],
    [
      'two N',
      'NCDFG-HJKMP-QRTVW-XY234-6789N',
      'The key holds N more than once (characters 1, 29), which product keys never do.',
    ],
    [
      'many slips',
      'AEIOU-AEIOU-QRTVW-XY234-67892',
      '10 characters of the key are such as product keys never contain.',
    ],
  ])('%s is refused', async (_, content, message) => {
    await expect(keyOf(content)).rejects.toMatchObject({ code: 'USAGE', message });
  });

  test('no refusal quotes the key', async () => {
    for (const content of [
      `${KEY}\n${KEY}`,
      'BCDFG-OJKMP-QRTVW-XY234-67892',
      'NCDFG-HJKMP-QRTVW-XY234-6789N',
    ]) {
      const error: unknown = await keyOf(content).catch((reason: unknown) => reason);
      expect(String(error)).not.toMatch(/QRTVW|67892|6789N/);
    }
  });

  test('the same for a value from a prompt', () => {
    expect(parseKey(` ${KEY} `).reveal()).toBe(KEY);
    expect(() => parseKey('')).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
