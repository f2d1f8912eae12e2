import { expect, it } from 'vitest';
import { KnownPages } from '../../src/service/known-pages.ts';

const MEBIBYTE = 1024 * 1024;

it('keeps what was sent last, and never more than it may', () => {
  const pages = new KnownPages();
  for (let number = 0; number < 40; number += 1) pages.keep(`${number}`, 'x'.repeat(MEBIBYTE));
  const kept = Array.from({ length: 40 }, (_, number) => number).filter(
    (number) => pages.get(`${number}`) !== undefined,
  );
  expect(kept).toEqual([24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
});

it('does not keep a page that leaves no room for others', () => {
  const pages = new KnownPages();
  pages.keep('small', 'x');
  pages.keep('large', 'x'.repeat(9 * MEBIBYTE));
  expect([pages.get('small'), pages.get('large')]).toEqual(['x', undefined]);
});
