import { expect, test } from 'vitest';
import { startProgress } from '../../src/terminal/progress.ts';

test('a progress line changes at most ten times a second, and goes away', () => {
  const shown: (string | undefined)[] = [];
  let now = 0;
  const progress = startProgress({ transient: (text) => void shown.push(text) }, () => now);
  for (; now < 1000; now += 10) progress.update(`at ${now}`);
  progress.done();
  expect(shown).toEqual([...Array.from({ length: 10 }, (_, index) => `at ${index * 100}`), undefined]);
});
