import { AppError } from '../../errors.ts';
import { canonicalKey, withoutSeparators } from '../../keys/product-key.ts';

/**
 * The spellings of a key that a log could show: as it is written, and without separators, also in upper case. Each line
 * of a key of several lines counts for itself, as the masks of pipelines work line by line.
 */
export function spellings(key: string): readonly string[] {
  const lines = key.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const all = [lines, lines.map(withoutSeparators), lines.map(canonicalKey)].flat();
  return [...new Set(all)].filter((spelling) => spelling !== '');
}

/** The error for a key whose characters a format has no way to write. Says nothing about them. */
export function cannotHold(format: string, what: string): AppError {
  return new AppError('USAGE', `The ${format} format cannot hold ${what}, and this key has some.`, {
    hint: 'Use --format json, or --out-file without --format.',
  });
}
