import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sanitise, sanitiseLine } from '../../src/terminal/sanitise.ts';
import { hostileText, STEERING } from './hostile.ts';

describe('sanitise', () => {
  test.each([
    ['an escape sequence loses its escape', 'a\u001B[31mb', 'a[31mb'],
    ['a title sequence loses both ends', '\u001B]0;owned\u0007', ']0;owned'],
    ['the one-byte form of an escape', '\u009B2J', '2J'],
    ['tab and carriage return', 'a\tb\rc', 'abc'],
    ['NUL, backspace, DEL', 'a\u0000\u0008\u007Fb', 'ab'],
    ['reading direction', '\u202Eevil\u202C \u2066x\u2069 \u200E\u200F', 'evil x '],
    ['halves of surrogate pairs', 'a\uD800b\uDC00c', 'abc'],
    ['whole pairs stay', '👍 𠮷', '👍 𠮷'],
    ['newlines stay', 'a\nb', 'a\nb'],
    ['joiners and accents stay', 'e\u0301 👩‍👩‍👧', 'e\u0301 👩‍👩‍👧'],
  ])('%s', (_, given, expected) => {
    expect(sanitise(given)).toBe(expected);
  });

  test('nothing that steers gets out, and a second time changes nothing', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const safe = sanitise(text);
        expect(safe).not.toMatch(STEERING);
        expect(sanitise(safe)).toBe(safe);
      }),
    );
  });

  test('a line has no newline', () => {
    expect(sanitiseLine('a\r\nb\nc')).toBe('a b c');
    fc.assert(
      fc.property(hostileText, (text) => {
        const safe = sanitiseLine(text);
        expect(safe).not.toMatch(STEERING);
        expect(safe).not.toContain('\n');
      }),
    );
  });
});
