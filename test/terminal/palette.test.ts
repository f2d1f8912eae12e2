import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { createPaint, NO_PAINT, withoutColour } from '../../src/terminal/palette.ts';
import { sanitise } from '../../src/terminal/sanitise.ts';

const { palette, reveal } = createPaint(new Chalk({ level: 1 }), '0110');

describe('a palette', () => {
  test('carries colours through sanitising', () => {
    expect(reveal(sanitise(palette.good('fine')))).toBe('\u001B[32mfine\u001B[39m');
    expect(reveal(sanitise(palette.strong('fine')))).toBe('\u001B[1mfine\u001B[22m');
  });

  test('does not carry the escapes of the text it colours', () => {
    expect(reveal(sanitise(palette.good('\u001B[31mred\u001B[0m')))).toBe('\u001B[32m[31mred[0m\u001B[39m');
  });

  test('starts a colour again after another one inside it', () => {
    expect(reveal(palette.bad(`a ${palette.good('b')} c`))).toBe(
      '\u001B[31ma \u001B[32mb\u001B[39m\u001B[31m c\u001B[39m',
    );
  });

  test('takes no notice of marks that are not its own', () => {
    const forged = createPaint(new Chalk({ level: 1 }), '0111').palette.bad('text');
    expect(reveal(sanitise(forged))).toBe('text');
    expect(reveal('\u{10FFFE}')).toBe('');
    expect(NO_PAINT.reveal(palette.good('text'))).toBe('text');
  });

  test('adds no width', () => {
    expect(withoutColour(palette.good(palette.strong('text')))).toBe('text');
  });

  test('gives nothing for nothing', () => {
    expect(palette.good('')).toBe('');
  });
});
