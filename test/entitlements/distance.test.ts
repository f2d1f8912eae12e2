import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance } from '../../src/entitlements/distance.ts';

describe('letters to change', () => {
  it.each([
    ['office', 'office', 0],
    ['ofice', 'office', 1],
    ['offfice', 'office', 1],
    ['offise', 'office', 1],
    ['offcie', 'office', 1],
    ['exchnage', 'exchange', 1],
    ['kitten', 'sitting', 3],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['ca', 'abc', 3],
  ])('%j to %j: %i', (first, second, distance) => expect(editDistance(first, second, 10)).toBe(distance));

  it('stops one above the limit', () => {
    expect(editDistance('abcdefgh', 'zyxwvuts', 2)).toBe(3);
    expect(editDistance('a', 'abcdefgh', 2)).toBe(3);
  });

  it('is the same both ways, 0 only for equals, and never above the longer word', () => {
    const word = fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'c') });
    fc.assert(
      fc.property(word, word, fc.nat({ max: 12 }), (first, second, limit) => {
        const distance = editDistance(first, second, 12);
        expect(editDistance(second, first, 12)).toBe(distance);
        expect(distance === 0).toBe(first === second);
        expect(distance).toBeLessThanOrEqual(Math.max(first.length, second.length));
        expect(editDistance(first, second, limit)).toBe(Math.min(distance, limit + 1));
      }),
    );
  });
});
