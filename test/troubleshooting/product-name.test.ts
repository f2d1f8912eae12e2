import { expect, test } from 'vitest';
import { productNamedIn } from '../../src/troubleshooting/product-name.ts';

const PRODUCTS = [
  { id: 'server', name: 'Windows Server 2025', aliases: [] },
  { id: 'standard', name: 'Windows Server 2025 Standard', aliases: ['WS 2025 Std'] },
  { id: 'access', name: 'Microsoft Access', aliases: [] },
  { id: 'one', name: 'Visio Plan', aliases: [] },
  { id: 'other', name: 'Visio  plan', aliases: [], misprints: ['Vision Plan'] },
];

test.each([
  ["Microsoft® Windows Server 2025 Standard isn't activated", 'standard'],
  ['is windows-server 2025 licensed', 'server'],
  ['ws 2025 std fails', 'standard'],
  ['vision plan is lost', 'other'],
  // Part of a name, words in another order, one word alone, a name of two products.
  ['Windows Server', null],
  ['Server Windows 2025', null],
  ['access was denied', null],
  ['Visio Plan', null],
  ['xWindows Server 2025x', null],
  ['', null],
])('%j names %s', (text, id) => {
  expect(productNamedIn(text, PRODUCTS)).toBe(id);
});
