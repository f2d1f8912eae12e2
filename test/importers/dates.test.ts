import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DateOrder, readDate } from '../../src/importers/dates.ts';

const on = (date: string) => ({ kind: 'date', date });

describe('dates with the name of a month', () => {
  test.each([
    'Dec 6, 2023',
    'December 6, 2023',
    'DEC 6 2023',
    'December 6th, 2023',
    '6 Dec 2023',
    '6-Dec-2023',
    '6 dec. 2023',
    'den 6 december 2023',
    '6. Dez. 2023',
    '6. Dezember 2023',
    '6 déc. 2023',
    '6 décembre 2023',
    '6 de\u0301cembre 2023',
    '6 dic 2023',
    '6 de diciembre de 2023',
    '2023年12月6日',
    '２０２３年１２月６日',
    '2023 Dec 6',
    '\u00A0Dec\u00A06,\u00A02023 ',
  ])('%s', (text) => {
    expect(readDate(text)).toEqual(on('2023-12-06'));
  });

  test.each([
    ['1 mars 2024', '2024-03-01'],
    ['1. März 2024', '2024-03-01'],
    ['1 maj 2024', '2024-05-01'],
    ['1er août 2024', '2024-08-01'],
    ['1 juil. 2024', '2024-07-01'],
    ['1 sept. 2024', '2024-09-01'],
    ['15 ene 2024', '2024-01-15'],
    ['okt 3, 2024', '2024-10-03'],
  ])('%s', (text, date) => {
    expect(readDate(text)).toEqual(on(date));
  });

  test.each([
    '6 Smarch 2023',
    'Dec 2023',
    'Dec 6',
    'Dec 6 23',
    'Dec Jan 6 2023',
    'Dec 6, 2023 or 2024',
    'December',
    '',
  ])('%j is none', (text) => {
    expect(readDate(text)).toEqual({ kind: 'unreadable' });
  });

  test('an order that is asked for does not touch them', () => {
    for (const order of ['mdy', 'dmy', 'ymd'] as const)
      expect(readDate('Dec 6, 2023', order)).toEqual(on('2023-12-06'));
  });
});

describe('dates in numbers', () => {
  test.each<[string, DateOrder | undefined, string]>([
    ['2023-12-06', undefined, '2023-12-06'],
    ['2023-12-06', 'dmy', '2023-12-06'],
    ['2023/12/6', undefined, '2023-12-06'],
    ['2023. 12. 6.', undefined, '2023-12-06'],
    ['2009-04-03 09:15:00.120', undefined, '2009-04-03'],
    ['2009-04-03T23:59:59Z', undefined, '2009-04-03'],
    ['2009-04-03T23:59:59.999+02:00', undefined, '2009-04-03'],
    ['12/6/2023 12:00:00 AM', 'mdy', '2023-12-06'],
    ['06/12/2023', 'dmy', '2023-12-06'],
    ['06/12/2023', 'mdy', '2023-06-12'],
    ['06.12.2023', 'dmy', '2023-12-06'],
    ['23-12-06', 'ymd', '2023-12-06'],
    ['31/12/2023', undefined, '2023-12-31'],
    ['12/31/2023', undefined, '2023-12-31'],
    ['7/7/2023', undefined, '2023-07-07'],
    ['2/29/2024', undefined, '2024-02-29'],
  ])('%s in order %s is %s', (text, order, date) => {
    expect(readDate(text, order)).toEqual(on(date));
  });

  test.each(['06/12/2023', '6.12.2023', '6-12-2023', '06/12/13', '1/2/03'])('%s can be two days', (text) => {
    expect(readDate(text)).toEqual({ kind: 'ambiguous' });
  });

  test.each<[string, DateOrder | undefined]>([
    ['2023-02-30', undefined],
    ['Feb 30, 2023', undefined],
    ['2023-02-29', undefined],
    ['1900-02-29', undefined],
    ['2023-13-01', undefined],
    ['2023-00-10', undefined],
    ['31/31/2023', undefined],
    ['13/06/2023', 'mdy'],
    ['06/13/2023', 'dmy'],
    ['06/13/2023', 'ymd'],
    ['0000-01-01', undefined],
    ['2023年2月30日', undefined],
  ])('%s in order %s is no day', (text, order) => {
    expect(readDate(text, order)).toEqual({ kind: 'impossible' });
  });

  test.each([
    '45266',
    '2023',
    '12/2023',
    '1/2/3/4',
    '20231206',
    'tomorrow',
    '2023-12-06x',
    `2023-12-06${' '.repeat(100)}`,
  ])('%j is no date', (text) => {
    expect(readDate(text)).toEqual({ kind: 'unreadable' });
  });
});

describe('properties', () => {
  const days = fc.date({ min: new Date('1900-01-01'), max: new Date('2999-12-31'), noInvalidDate: true });

  test.each(['en', 'sv', 'de', 'fr', 'es', 'ja'])('every day as %s writes it, long and short', (locale) => {
    const long = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' });
    const short = new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      timeZone: 'UTC',
    });
    fc.assert(
      fc.property(days, (date) => {
        const iso = date.toISOString().slice(0, 10);
        expect(readDate(long.format(date))).toEqual(on(iso));
        expect(readDate(short.format(date))).toEqual(on(iso));
      }),
    );
  });

  test('a numeric date is read rightly in the given order, and never wrongly without one', () => {
    fc.assert(
      fc.property(days, fc.constantFrom('/', '-', '.'), (date, by) => {
        const iso = date.toISOString().slice(0, 10);
        const [y, m, d] = iso.split('-');
        expect(readDate([m, d, y].join(by), 'mdy')).toEqual(on(iso));
        expect(readDate([d, m, y].join(by), 'dmy')).toEqual(on(iso));
        const guess = readDate([d, m, y].join(by));
        expect(guess.kind === 'date' ? guess.date : iso).toBe(iso);
      }),
    );
  });

  test('any text gives an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(['date', 'ambiguous', 'impossible', 'unreadable']).toContain(readDate(text).kind);
      }),
    );
  });
});
