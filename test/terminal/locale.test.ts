import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { localDate, localNumber, relativeDay } from '../../src/terminal/locale.ts';

describe('dates', () => {
  test.each([
    ['2026-03-09', 'en', 'Mar 9, 2026'],
    ['2026-03-09', 'en-US', 'Mar 9, 2026'],
    ['2026-03-09', 'en-GB', '9 Mar 2026'],
    ['2026-03-09', 'de', '09.03.2026'],
    ['2026-03-09', 'ja-JP', '2026/03/09'],
    ['2026-03-09T23:59:59.000Z', 'en', 'Mar 9, 2026'],
    ['2026-03-09', 'xx-not-a-real-tag-at-all-1', 'Mar 9, 2026'],
    ['soon', 'en', 'soon'],
    ['2026-02-30', 'de', '2026-02-30'],
    ['', 'en', ''],
  ])('%s in %s is %s', (date, locale, expected) => {
    expect(localDate(date, locale)).toBe(expected);
  });

  test('American English is written as Intl writes it', () => {
    const intl = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: 'UTC' });
    const days = fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(days, (date) => {
        expect(localDate(date.toISOString().slice(0, 10), 'en')).toBe(intl.format(date));
      }),
    );
  });
});

describe('days from today, 2026-03-09', () => {
  test.each([
    ['2026-03-09', 'today'],
    ['2026-03-10', 'tomorrow'],
    ['2026-03-08', 'yesterday'],
    ['2026-03-21', 'in 12 days'],
    ['2026-03-06', '3 days ago'],
    ['2026-04-08', 'in 30 days'],
    ['2026-04-09', 'Apr 9, 2026'],
    ['2026-02-07', '30 days ago'],
    ['2026-02-06', 'Feb 6, 2026'],
    ['never', 'never'],
  ])('%s is %s', (date, expected) => {
    expect(relativeDay(date, '2026-03-09', 'en')).toBe(expected);
  });

  test('the end of daylight saving is no extra day', () => {
    expect(relativeDay('2026-03-30', '2026-03-28', 'en')).toBe('in 2 days');
  });
});

describe('numbers', () => {
  test.each([
    [0, 'en', '0'],
    [999, 'en', '999'],
    [1000, 'en', '1,000'],
    [-1234567, 'en', '-1,234,567'],
    [1234.5, 'en', '1,234.5'],
    [1234567, 'de', '1.234.567'],
    [1234567, 'no such tag', '1,234,567'],
  ])('%d in %s is %s', (value, locale, expected) => {
    expect(localNumber(value, locale)).toBe(expected);
  });
});
