import { expect, test } from 'vitest';
import { decodeText } from '../../src/commands/shared/decode-text.ts';

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');

test.each([
  ['UTF-8', Buffer.from('är 1')],
  ['UTF-8 with a mark', Buffer.from('\uFEFFär 1')],
  ['UTF-16, as Windows PowerShell redirects', utf16('\uFEFFär 1')],
  ['UTF-16 the other way round', utf16('\uFEFFär 1').swap16()],
])('%s', (_, bytes) => {
  expect(decodeText(bytes)).toBe('är 1');
});

test.each([
  ['UTF-16 without a mark', utf16('LicenseStatus'), 'LicenseStatus'],
  ['nothing', Buffer.alloc(0), ''],
  ['zeros are no text of two bytes', Buffer.alloc(4), '\0\0\0\0'],
  ['bytes of no encoding are read as far as they can be', Buffer.from([0x61, 0xc3, 0x62]), 'a\uFFFDb'],
])('%s', (_, bytes, text) => {
  expect(decodeText(bytes)).toBe(text);
});
