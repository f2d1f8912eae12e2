import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findKeyPatterns, maskKeys } from '../../src/keys/hidden.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const GROUPS = KEY.split('-');

describe('keys that people write into texts are shown as their last characters', () => {
  test.each([
    [KEY, '…6789B'],
    [KEY.toLowerCase(), '…6789B'],
    [GROUPS.join(''), '…6789B'],
    [GROUPS.join(' '), '…6789B'],
    [GROUPS.join(' - '), '…6789B'],
    [GROUPS.join('\u2011'), '…6789B'],
    [GROUPS.join('\u2013'), '…6789B'],
    [GROUPS.join('\u2212'), '…6789B'],
    [GROUPS.join('\uFF0D'), '…6789B'],
    [GROUPS.join('\u00AD'), '…6789B'],
    [GROUPS.join('\u00A0'), '…6789B'],
    [GROUPS.join('-\n'), '…6789B'],
    [GROUPS.join('_'), '…6789B'],
    [`${GROUPS.slice(0, 3).join('-')}${GROUPS.slice(3).join('-')}`, '…6789B'],
    ['BC\u200BDFG-HJKMP-QRTVW-XY234-6789B', '…6789B'],
    ['ＢＣＤＦＧ－ＨＪＫＭＰ－ＱＲＴＶＷ－ＸＹ２３４－６７８９Ｂ', '…6789B'],
    ['NCDFG-HJKMP-QRTVW-XY234-67892', '…67892'],
    [`Office (${KEY}), lab`, 'Office (…6789B), lab'],
    [`key=${GROUPS.join('')};`, 'key=…6789B;'],
    [`キー${GROUPS.join('')}です`, 'キー…6789Bです'],
    [`X${KEY}X`, 'X…6789BX'],
    [`${KEY} and ${KEY}`, '…6789B and …6789B'],
    ['222-333-4444', '…44'],
    ['CD key 222 333 4444.', 'CD key …44.'],
    ['222\u2013333\u20134444', '…44'],
  ])('%j', (text, shown) => {
    expect(maskKeys(text).shown).toBe(shown);
  });

  test('a key behind a group that looks like its beginning is found', () => {
    const text = 'NNNNN-BCDFG-HJKMP-QRTVW-XY234-6789B';
    expect(maskKeys(text)).toEqual({ shown: 'NNNNN-…6789B', found: 1 });
  });

  test('groups in a long row leave nothing that looks like a key', () => {
    const { shown } = maskKeys([...GROUPS, ...GROUPS, ...GROUPS.slice(1)].join('-'));
    expect(findKeyPatterns(shown)).toEqual([]);
    expect(shown).not.toContain('BCDFG-HJKMP');
  });

  test('positions are those of the original text', () => {
    const text = `\u{1F511} ${GROUPS.join('\u2011')} \u200B!`;
    const [found] = findKeyPatterns(text);
    expect(text.slice(found?.start, found?.end)).toBe(GROUPS.join('\u2011'));
  });
});

describe('what is no key stays as it is', () => {
  test.each([
    ['ordinary words', 'Windows Server 2022 Datacenter, Office Professional Plus'],
    ['five words of five letters', 'there where these those again'],
    ['a GUID', '3f2504e0-4f89-41d3-9a0c-0305e82c3301'],
    ['a GUID without a vowel', 'bcdfbcdf-bcdf-4bcd-bbcd-bcdfbcdf2346'],
    ['a SHA-1', 'da39a3ee5e6b4b0d3255bfef95601890afd80709'],
    ['a hash that holds 25 fitting characters', 'b2346789cdfbcdf2346789bcdf2346789bcdf234'],
    ['two N', 'NCDFG-HJKMP-QRTVW-XY234-6789N'],
    ['signs that keys never hold', 'ACDFG-HJKMP-QRTVW-XY234-6789B'],
    ['four groups', 'BCDFG-HJKMP-QRTVW-XY234'],
    ['a date', '2024-03-14 09:15:00.120'],
    ['ten digits in a row', '2223334444'],
    ['a longer number', '222-333-44445'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(maskKeys(text)).toEqual({ shown: text, found: 0 });
  });
});

/** The rule as one pattern, tried at every place: too slow to use, and plain enough to compare with. */
function starts5x5(text: string): readonly number[] {
  const group = '([BCDFGHJKMPQRTVWXY2346789N]{5})';
  const pattern = new RegExp(`(?=${Array(5).fill(group).join('([^\\p{L}\\p{N}]{0,4})')})`, 'giu');
  const found: number[] = [];
  let free = 0;
  for (const { index, ...parts } of text.matchAll(pattern)) {
    const all = Object.values(parts).slice(1, 10).map(String);
    const end = index + all.join('').length;
    const lettersN =
      all
        .filter((_, at) => at % 2 === 0)
        .join('')
        .split(/n/i).length - 1;
    const gaps = all.filter((part, at) => at % 2 === 1 && part !== '').length;
    const within = /[A-Za-z0-9]/.test(text.charAt(index - 1)) || /[A-Za-z0-9]/.test(text.charAt(end));
    if (lettersN > 1 || (gaps < 4 && within) || index < free) continue;
    found.push(index);
    free = end;
  }
  return found;
}

describe('text of any shape and length', () => {
  test.each([
    ['one sign', 'X'],
    ['groups with N', 'NNNNN-BCDFG-'],
    ['four groups', 'BCDFG-HJKMP-QRTVW-XY234-A '],
    ['four groups in a row', 'BCDFGHJKMPQRTVWXY234-'],
    ['digits', '222-'],
  ])('%s, over and over for a million signs, holds no key', (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    expect(findKeyPatterns(text)).toEqual([]);
  });

  test('a key is found behind a million of its signs', () => {
    const row = `${'X'.repeat(1_000_000)}, key: `;
    const text = row + KEY;
    expect(maskKeys(text).found).toBe(1);
    expect(maskKeys(text).shown === `${row}…6789B`).toBe(true);
  });

  test('it finds what the plain pattern finds', () => {
    const piece = fc.constantFrom(
      'BCDFG',
      'HJKMP',
      'qrtvw',
      'NY234',
      '6789B',
      'X',
      'N',
      '-',
      '-',
      ' ',
      '--',
      '.....',
      'A',
      'é',
      '1',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(findKeyPatterns(text).map(({ start }) => start)).toEqual(starts5x5(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('half of a pair hides no letter behind its other half', () => {
    const bold = (group: string) =>
      [...group]
        .map((sign) => (/[A-Z]/.test(sign) ? String.fromCodePoint(0x1d400 + sign.charCodeAt(0) - 65) : sign))
        .join('');
    expect(findKeyPatterns('\uD835 nothing here')).toEqual([]);
    expect(maskKeys(GROUPS.map(bold).join('-')).shown).toBe('…6789B');
  });
});

describe('properties', () => {
  const character = fc.constantFrom(...'BCDFGHJKMPQRTVWXY2346789');
  const group = fc.string({ unit: character, minLength: 5, maxLength: 5 });
  const key = fc.tuple(group, group, group, group, group);
  const gap = fc.constantFrom('-', ' ', '\u2011', '\u2013', ' - ', '\u00A0', '\u2212');

  test('no 5x5 pattern survives, whatever stands around it', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        key,
        gap,
        fc.string({ unit: 'binary' }),
        (before, groups, by, after) => {
          const { shown, found } = maskKeys(before + groups.join(by) + after);
          expect(found).toBeGreaterThan(0);
          expect(findKeyPatterns(shown)).toEqual([]);
          expect(shown).not.toContain(groups.join(by));
        },
      ),
    );
  });

  test('masking twice changes nothing more', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            key.map((groups) => groups.join('-')),
            group,
            fc.string(),
          ),
        ),
        (parts) => {
          const { shown } = maskKeys(parts.join(' '));
          expect(maskKeys(shown)).toEqual({ shown, found: 0 });
        },
      ),
    );
  });

  test('text with nothing found comes back unchanged', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        fc.pre(findKeyPatterns(text).length === 0);
        expect(maskKeys(text)).toEqual({ shown: text, found: 0 });
      }),
    );
  });
});
