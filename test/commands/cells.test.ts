import { expect, onTestFinished, test } from 'vitest';
import { quantityCell, timeCell } from '../../src/commands/shared/cells.ts';
import { PLAIN } from '../../src/terminal/palette.ts';
import { calendarDay } from '../../src/terminal/terminal.ts';

const view = { width: undefined, unicode: true, palette: PLAIN, locale: 'en', today: '2026-11-24' };

test.each([
  [50, 'activations', '50 activations'],
  [1, 'activations', '1 activation'],
  [1, 'licences', '1 licence'],
  [0, 'licences', '0 licences'],
  [1, 'Lizenzen', '1 Lizenzen'],
  [1234, null, '1,234'],
  [null, 'activations', 'unknown'],
])('a quantity of %s %s reads: %s', (quantity, unit, text) => {
  expect(quantityCell(quantity, unit, view)).toBe(text);
});

test.each([
  ['Etc/GMT+12', '2026-11-24T05:00:00.000Z', 'Nov 23, 2026'],
  ['UTC', '2026-11-24T05:00:00.000Z', 'Nov 24, 2026'],
  ['Etc/GMT-14', '2026-11-24T12:00:00.000Z', 'Nov 25, 2026'],
])('what was done just now is of today, also in %s', (zone, at, date) => {
  const before = process.env['TZ'];
  onTestFinished(() => {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  });
  process.env['TZ'] = zone;
  const today = calendarDay(new Date(at));
  expect(timeCell(at, { ...view, today, width: 80 })).toBe('today');
  expect(timeCell(at, { ...view, today })).toBe(date);
});
