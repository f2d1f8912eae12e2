import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/keys/secret.ts';
import { decodeVaultKey, encodeVaultKey, sameVaultKey } from '../../src/vault/vault-key.ts';

const canonical = Buffer.alloc(32, 0xfb).toString('base64');

describe('the text of a vault key', () => {
  test('is base64 of its 32 bytes, which are overwritten', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
        const expected = Buffer.from(bytes);
        const given = Uint8Array.from(bytes);
        const text = encodeVaultKey(given);
        expect(text.reveal()).toBe(expected.toString('base64'));
        expect(given).toEqual(new Uint8Array(32));
        expect(Buffer.from(decodeVaultKey(text) ?? [])).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  test.each([31, 33, 0])('is not made of %i bytes', (length) => {
    expect(() => encodeVaultKey(new Uint8Array(length))).toThrow(RangeError);
  });

  test.each([
    ['empty', ''],
    ['31 bytes', Buffer.alloc(31, 1).toString('base64')],
    ['33 bytes', Buffer.alloc(33, 1).toString('base64')],
    ['no padding', canonical.slice(0, -1)],
    ['the URL-safe alphabet', canonical.replaceAll('+', '-').replaceAll('/', '_')],
    ['hexadecimal', Buffer.alloc(32, 1).toString('hex')],
    ['a blank inside', `${canonical.slice(0, 20)} ${canonical.slice(20)}`],
    ['bits that no byte uses', `${canonical.slice(0, 42)}t=`],
    ['two keys', canonical + canonical],
  ])('is refused: %s', (_, text) => {
    expect(decodeVaultKey(new Secret(text))).toBeNull();
  });

  test('may have blanks and line ends around it', () => {
    expect(decodeVaultKey(new Secret(` ${canonical}\r\n`))).not.toBeNull();
    expect(sameVaultKey(new Secret(canonical), new Secret(`${canonical}\n`))).toBe(true);
  });

  test('is not the same as another, nor as a text that is no key', () => {
    const other = Buffer.alloc(32, 0xfc).toString('base64');
    expect(sameVaultKey(new Secret(canonical), new Secret(other))).toBe(false);
    expect(sameVaultKey(new Secret('no'), new Secret('no'))).toBe(false);
  });
});
