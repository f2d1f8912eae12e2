import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addDays, daysBetween, isDay, isPast } from '../../src/entitlements/days.ts';

const DAY = 86_400_000;

/** Days as JavaScript's own UTC calendar has them. */
const anyDay = fc
  .integer({ min: Date.UTC(1000, 0, 1) / DAY, max: Date.UTC(9998, 11, 31) / DAY })
  .map((number) => ({ number, text: new Date(number * DAY).toISOString().slice(0, 10) }));

describe('a day', () => {
  it.each([
    '2026-02-20',
    '2024-02-29',
    '2000-02-29',
    '2400-02-29',
    '0001-01-01',
    '9999-12-31',
    '2026-12-31',
    '2026-04-30',
  ])('exists: %s', (text) => expect(isDay(text)).toBe(true));

  it.each([
    '',
    '2026-02-29',
    '1900-02-29',
    '2100-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '2026-01-32',
    '0000-01-01',
    '2026-1-1',
    '26-01-01',
    '2026/01/01',
    '2026-01-01T00:00:00Z',
    ' 2026-01-01',
    '2026-01-01\n',
    '-026-01-01',
    '２０２６-01-01',
    '2026-01-1a',
    'today',
  ])('does not: %j', (text) => expect(isDay(text)).toBe(false));

  it('exists if the UTC calendar has it', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((value) => String(value).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 9999 }), part(14), part(33), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        const date = new Date(Date.UTC(year, Number(month) - 1, Number(day)));
        expect(isDay(text)).toBe(date.toISOString().slice(0, 10) === text);
      }),
    );
  });
});

describe('days later', () => {
  it.each([
    ['2025-01-21', 365, '2026-01-21'],
    ['2025-01-21', 395, '2026-02-20'],
    ['2024-02-28', 1, '2024-02-29'],
    ['2023-02-28', 1, '2023-03-01'],
    ['2024-03-01', -1, '2024-02-29'],
    ['2023-03-01', 365, '2024-02-29'],
    ['2026-12-31', 1, '2027-01-01'],
    ['2026-10-25', 1, '2026-10-26'],
    ['2026-03-29', 0, '2026-03-29'],
    ['9999-12-31', 1, '9999-12-31'],
    ['9999-12-01', 395, '9999-12-31'],
    ['0001-01-02', -400, '0001-01-01'],
  ])('%s and %i days: %s', (day, days, expected) => expect(addDays(day, days)).toBe(expected));

  it('are those of the UTC calendar', () => {
    fc.assert(
      fc.property(anyDay, fc.integer({ min: -300_000, max: 300 }), ({ number, text }, days) => {
        expect(addDays(text, days)).toBe(new Date((number + days) * DAY).toISOString().slice(0, 10));
      }),
    );
  });

  it('are counted back by daysBetween', () => {
    fc.assert(
      fc.property(anyDay, anyDay, (first, second) => {
        expect(daysBetween(first.text, second.text)).toBe(second.number - first.number);
        expect(addDays(first.text, daysBetween(first.text, second.text))).toBe(second.text);
      }),
    );
  });

  it('always give a day', () => {
    fc.assert(
      fc.property(anyDay, fc.integer(), ({ text }, days) => {
        expect(isDay(addDays(text, days))).toBe(true);
      }),
    );
  });
});

describe('past', () => {
  it.each([
    ['2026-02-19', true],
    ['2026-02-20', false],
    ['2026-02-21', false],
    [null, false],
  ])('%s on 2026-02-20: %s', (day, past) => expect(isPast(day, '2026-02-20')).toBe(past));
});
