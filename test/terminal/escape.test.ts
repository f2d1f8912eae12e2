import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { harmlessJson, spell, unspell } from '../../src/terminal/escape.ts';
import { hostileText, STEERING } from './hostile.ts';

describe('spelled characters', () => {
  test.each([
    ['reading direction', '"\u200f\u202e"', '"\\u200f\\u202e"'],
    ['line and paragraph ends', '"\u2028\u2029\u0085"', '"\\u2028\\u2029\\u0085"'],
    ['a backslash before them stays what it is', '"\\\\\u200f"', '"\\\\\\u200f"'],
    ['what JSON spells already', '"\\u001b\\n"', '"\\u001b\\n"'],
  ])('%s', (_, text, spelled) => {
    expect(spell(text)).toBe(spelled);
    expect(unspell(spelled)).toBe(text);
  });

  test('an escaped backslash begins no spelling', () => {
    expect(unspell('"\\\\u200f"')).toBe('"\\\\u200f"');
  });

  test('any text comes back as it was, from JSON and from its bytes', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(JSON.parse(harmlessJson(text))).toBe(text);
        expect(harmlessJson(text)).not.toMatch(STEERING);
        const quoted = JSON.stringify(text.toWellFormed());
        expect(unspell(spell(quoted))).toBe(quoted);
      }),
    );
  });
});
