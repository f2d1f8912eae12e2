import { expect, test } from 'vitest';
import { quantityCell } from '../../src/commands/shared/cells.ts';
import { PLAIN } from '../../src/terminal/palette.ts';

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
