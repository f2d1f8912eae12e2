import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nameWords,
  normalisedName,
  normalisedSource,
  slug,
  slugOfWords,
} from '../../src/entitlements/normalise.ts';
import { anyText } from './texts.ts';

const productSlug = (name: string): string => slugOfWords(nameWords(name));

describe('two names are the same', () => {
  it.each([
    ['Exchange Server 2019 Standard', 'Exchange Server Standard 2019'],
    ['Microsoft Exchange Server 2019 Standard', 'Exchange Server 2019 Standard'],
    ['Microsoft® SQL Server™ 2019 Standard', 'sql server 2019 standard'],
    ['WINDOWS SERVER 2019', 'windows server 2019'],
    ['Ｗｉｎｄｏｗｓ　Ｓｅｒｖｅｒ　２０１９', 'Windows Server 2019'],
    ['Windows\u00A0Server\u2003 2019 ', 'Windows Server 2019'],
    ['Windows\u00C2\u00A0Server 2019', 'Windows Server 2019'],
    ['Windows\tServer\r\n2019', 'Windows Server 2019'],
    ['Win\u00ADdows Server 2019', 'Windows Server 2019'],
    ['Windows\u200BServer 2019', 'Windows Server 2019'],
    ['\uFEFFWindows Server 2019\u202E', 'Windows Server 2019'],
    ['Windows Server 2019 (Standard)', 'Windows Server 2019, Standard'],
    ['Windows Server 2019 – Standard', 'Windows Server 2019 - Standard'],
    ['Office Édition', 'Office E\u0301dition'],
    ['Straße', 'STRASSE'],
    ['ΟΔΟΣ', 'οδος'],
    ['Partner’s Pack', "Partner's pack"],
  ])('%j and %j', (first, second) => expect(normalisedName(first)).toBe(normalisedName(second)));
});

describe('two names differ', () => {
  it.each([
    ['Windows 8.1 Pro', 'Windows 81 Pro'],
    ['Windows 8.1 Pro', 'Windows 8 Pro'],
    ['Visual C#', 'Visual C++'],
    ['Visual C++', 'Visual C'],
    ['Windows Server 2019 CAL', 'Windows Server 2019 CALs'],
    ['Windows Pro', 'Windows Professional'],
    ['Windows Windows', 'Windows'],
    ['Office Edition', 'Office Édition'],
    ['视窗', '办公室'],
    ['🎉', '🎊'],
    ['!!!', '???'],
    ['Microsoft', 'Windows'],
  ])('%j and %j', (first, second) => {
    expect(normalisedName(first)).not.toBe(normalisedName(second));
    expect(productSlug(first)).not.toBe(productSlug(second));
  });
});

describe('a normalised name', () => {
  it('is the same after another round', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(normalisedName(normalisedName(text))).toBe(normalisedName(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('does not depend on the order of words, on case or on Microsoft', () => {
    fc.assert(
      fc.property(anyText, fc.infiniteStream(fc.nat()), (text, numbers) => {
        const words = nameWords(text);
        const shuffled = words
          .map((word) => ({ word, place: numbers.next().value }))
          .sort((first, second) => first.place - second.place)
          .map(({ word }) => word);
        expect(normalisedName(shuffled.join(' '))).toBe(normalisedName(text));
        const saysMore = words.some((word) => /\p{L}/u.test(word) && word !== 'microsoft');
        if (saysMore) expect(normalisedName(`Microsoft ${words.join('\u00A0 ')}`)).toBe(normalisedName(text));
      }),
    );
  });

  it('is read alike in plain text and beside other scripts', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]*$/), (text) => {
        expect(nameWords(`${text} x é`)).toEqual([...nameWords(`${text} x`), 'é']);
      }),
    );
  });

  it('is empty only where there is nothing to read', () => {
    for (const text of ['', '   ', '\u0000\u0007', '™', "''", '\uD800'])
      expect(normalisedName(text)).toBe('');
    for (const text of ['!', '-', '…', '™ x', 'Microsoft']) expect(normalisedName(text)).not.toBe('');
  });
});

describe('the id of an uncatalogued product', () => {
  it.each([
    ['Windows Server 2025 Standard', 'windows-server-standard-2025'],
    ['Microsoft Windows Server Standard 2025', 'windows-server-standard-2025'],
    ['Office LTSC Professional Plus 2024', 'office-ltsc-plus-professional-2024'],
    ['Project Server 2019', 'project-server-2019'],
    ['Windows Embedded 8.1', 'windows-embedded-8.1'],
    ['SQL Server 2022 CAL', 'sql-server-cal-2022'],
  ])('%s: %s', (name, id) => expect(productSlug(name)).toBe(id));

  it('is readable ASCII of at most 60 characters', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(productSlug(text)).toMatch(/^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/);
        expect(productSlug(text).length).toBeLessThanOrEqual(60);
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same exactly for the same normalised name', () => {
    fc.assert(
      fc.property(anyText, anyText, (first, second) => {
        expect(productSlug(first) === productSlug(second)).toBe(
          normalisedName(first) === normalisedName(second),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it('tells apart what its characters cannot', () => {
    const long = 'a very long name '.repeat(20);
    const names = [
      '视窗',
      '办公室',
      'Édition',
      'Edition',
      'e',
      '',
      '!',
      'x_y',
      'x.y',
      'x y',
      '+x',
      `${long} 1`,
      `${long} 2`,
    ];
    const byName = new Map(names.map((name) => [normalisedName(name), productSlug(name)]));
    expect(new Set(byName.values()).size).toBe(byName.size);
    expect(productSlug('视窗')).toMatch(/^product_[a-z0-9]{11}$/);
    expect(productSlug('Édition 2019')).toMatch(/^edition-2019_[a-z0-9]{11}$/);
  });

  it('never changes: stores keep it', () => {
    expect(productSlug('视窗 2019')).toBe('2019_1jcny48qxf1');
    expect(productSlug('')).toBe('product_2chkzkk5ve0');
  });
});

describe('a slug', () => {
  it.each([
    ['Low Code Application Development', 'low-code-application-development'],
    ['Microsoft Low Code Application Development', 'low-code-application-development'],
    ['Data & AI (Azure)', 'data-ai-azure'],
    ['Core', 'core'],
  ])('of %s keeps the order: %s', (text, expected) => expect(slug(text)).toBe(expected));
});

describe('two source texts are the same', () => {
  it.each([
    ['MAPS - Core', 'maps - core'],
    ['MAPS – Core', 'MAPS - Core'],
    ['MAPS\u00A0-  Core ', 'MAPS - Core'],
  ])('%j and %j', (first, second) => expect(normalisedSource(first)).toBe(normalisedSource(second)));

  it('not if the words stand in another order', () => {
    expect(normalisedSource('Gold - Core')).not.toBe(normalisedSource('Core - Gold'));
  });

  it('after another round', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(normalisedSource(normalisedSource(text))).toBe(normalisedSource(text));
      }),
    );
  });
});

describe('hostile names', () => {
  it.each([
    ['a very long word', 'a'.repeat(100_000)],
    ['very many blanks', `a${' '.repeat(100_000)}b`],
    ['very many words', 'word '.repeat(20_000)],
    ['very many dots', '1.'.repeat(50_000)],
    ['very many number signs', 'a#'.repeat(50_000)],
    ['combining marks', `a${'\u0301'.repeat(20_000)}`],
    ['controls', '\u0000\u001B[31m'.repeat(20_000)],
    ['half characters', '\uD800'.repeat(50_000)],
  ])('of %s have an id', (_, name) => {
    expect(productSlug(name).length).toBeLessThanOrEqual(60);
    expect(normalisedName(normalisedName(name))).toBe(normalisedName(name));
  });
});
