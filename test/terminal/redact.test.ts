import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { productKeySecret } from '../../src/keys/product-key.ts';
import { Secret } from '../../src/keys/secret.ts';
import { createRedactor } from '../../src/terminal/redact.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const { redact } = createRedactor();

describe('a product key in a message', () => {
  test.each([
    ['as it is written', KEY],
    ['in small letters', KEY.toLowerCase()],
    ['without hyphens', KEY.replaceAll('-', '')],
    ['with en dashes', KEY.replaceAll('-', '\u2013')],
    ['with non-breaking hyphens', KEY.replaceAll('-', '\u2011')],
    ['with minus signs', KEY.replaceAll('-', '\u2212')],
  ])('%s leaves as its last five characters', (_, key) => {
    const shown = redact(`cannot store "${key}".`);
    expect(shown).toContain('6789B');
    expect(shown).not.toMatch(/BCDFG|HJKMP|QRTVW|XY234/i);
  });

  test('several in one text, over several lines', () => {
    const shown = redact(`${KEY}\n${KEY},${KEY}`);
    expect(shown).not.toMatch(/BCDFG/);
    expect(shown.match(/6789B/g)).toHaveLength(3);
  });

  test.each([
    'a GUID: 3f2504e0-4f89-11d3-9a0c-0305e82c3301',
    'an error code: 0xC004C020',
    'five groups that are no key: AAAAA-EEEEE-IIIII-OOOOO-UUUUU',
    'a hash: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ])('%s is left alone', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('registered secrets', () => {
  test('are replaced by their masks wherever they occur', () => {
    const redactor = createRedactor();
    redactor.register(new Secret('s3cr3t-t0ken'));
    redactor.register(productKeySecret('123-4567890'));
    expect(redactor.redact('Bearer s3cr3t-t0ken; s3cr3t-t0ken; 123-456-7890')).toBe(
      'Bearer [redacted]; [redacted]; …90',
    );
  });

  test('the longer one wins where one contains the other', () => {
    const redactor = createRedactor();
    redactor.register(new Secret('abcd', '[short]'));
    redactor.register(new Secret('abcdefgh', '[long]'));
    expect(redactor.redact('abcdefgh abcd')).toBe('[long] [short]');
  });

  test('a mask is taken literally', () => {
    const redactor = createRedactor();
    redactor.register(new Secret('hello', '$& $1'));
    expect(redactor.redact('hello')).toBe('$& $1');
  });

  test('none gets out of any text', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 4, unit: 'grapheme' }),
        fc.string(),
        fc.string(),
        (value, before, after) => {
          const redactor = createRedactor();
          redactor.register(new Secret(value, ''));
          fc.pre(!(before + after).includes(value));
          expect(redactor.redact(before + value + after).length).toBeLessThan(
            (before + value + after).length,
          );
        },
      ),
    );
  });
});
