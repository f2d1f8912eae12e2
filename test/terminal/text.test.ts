import fc from 'fast-check';
import stringWidth from 'string-width';
import { beforeAll, describe, expect, test } from 'vitest';
import { PLAIN } from '../../src/terminal/palette.ts';
import type { View } from '../../src/terminal/result.ts';
import { bar, bulleted, heading, keyValues, numbered, wrap, wrapLines } from '../../src/terminal/text.ts';
import { prepareWidth } from '../../src/terminal/width.ts';

const view = (width?: number): View => ({
  palette: PLAIN,
  width,
  locale: 'en',
  today: '2026-03-09',
  unicode: true,
});

const STEP = 'Download the media from the portal and start the setup as an administrator.';

describe('wrapping', () => {
  beforeAll(() => prepareWidth(['名']));

  test.each([
    ['at spaces', 'one two three', 8, ['one two', 'three']],
    ['exactly at the end', 'one two', 7, ['one two']],
    ['a word that is too long', 'an incomprehensible word', 8, ['an', 'incompre', 'hensible', 'word']],
    ['own newlines stay', 'one\n\ntwo', 20, ['one', '', 'two']],
    ['wide characters', '製品の名前です', 6, ['製品の', '名前で', 'す']],
    ['wider than the line', '名', 1, ['名']],
    ['nothing', '', 10, ['']],
    ['what steers a screen is gone', 'a\u001B[31mb\tc', 20, ['a[31mbc']],
  ])('%s', (_, text, width, expected) => {
    expect(wrapLines(text, width)).toEqual(expected);
  });

  test('no line is too long, and no word is lost', () => {
    const text = fc.array(fc.string({ unit: fc.constantFrom('a', 'é', '名', '👍', ' '), maxLength: 8 }));
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (words, width) => {
        const joined = words.join(' ');
        const lines = wrapLines(joined, width);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
        expect(lines.join('').replaceAll(' ', '')).toBe(joined.replaceAll(' ', ''));
      }),
    );
  });

  test('hangs under the end of its lead', () => {
    expect(wrap('one two three four', view(20), 'Note: ')).toBe('Note: one two three\n      four');
  });

  test('a lead that leaves no room is part of the text', () => {
    expect(wrap('one two three', view(20), 'A long lead to text:  ')).toBe(
      'A long lead to\n  text: one two\n  three',
    );
  });

  test('does not happen away from a terminal', () => {
    expect(wrap(`${STEP} ${STEP}`, view(), '- ')).toBe(`- ${STEP} ${STEP}`);
    expect(wrap('a\nb', view(), '- ')).toBe('- a\n  b');
  });

  test('running text stays readable on a wide screen', () => {
    const lines = wrap(`${STEP} ${STEP} ${STEP}`, view(300)).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('blocks', () => {
  test('steps', () => {
    expect(numbered([STEP, 'Restart.'], view(40))).toBe(
      [
        '1. Download the media from the portal',
        '   and start the setup as an',
        '   administrator.',
        '2. Restart.',
      ].join('\n'),
    );
  });

  test('numbers of two digits', () => {
    const shown = numbered(
      Array.from({ length: 10 }, () => 'x'),
      view(40),
    ).split('\n');
    expect(shown[0]).toBe(' 1. x');
    expect(shown[9]).toBe('10. x');
  });

  test('bullets', () => {
    expect(bulleted(['one', 'two\nlines'], view(40), '  ')).toBe('  - one\n  - two\n    lines');
  });

  test('keys and values: null is unknown, undefined is left out', () => {
    expect(
      keyValues(
        [
          ['Name', 'Office'],
          ['Activate by', null],
          ['Note', undefined],
          ['Why', STEP],
        ],
        view(40),
      ),
    ).toBe(
      [
        'Name         Office',
        'Activate by  unknown',
        'Why          Download the media from the',
        '             portal and start the setup',
        '             as an administrator.',
      ].join('\n'),
    );
  });

  test('no pairs', () => {
    expect(keyValues([], view(40))).toBe('');
  });

  test('headings', () => {
    expect(heading('Keys\u001B', view())).toBe('Keys');
  });
});

describe('the bar', () => {
  test.each([
    [0, 20, '░░░░░', '[-----]'],
    [1, 20, '█░░░░', '[#----]'],
    [10, 20, '███░░', '[###--]'],
    [19, 20, '████░', '[####-]'],
    [20, 20, '█████', '[#####]'],
    [25, 20, '█████', '[#####]'],
    [0, 0, '░░░░░', '[-----]'],
    [1, 0, '█████', '[#####]'],
    [-3, 20, '░░░░░', '[-----]'],
  ])('%d of %d', (used, allowed, blocks, ascii) => {
    expect(bar(used, allowed, 5, { unicode: true })).toBe(blocks);
    expect(bar(used, allowed, 5, { unicode: false })).toBe(ascii);
  });
});
