import type { Secret } from '../keys/secret.ts';

/**
 * Threat model of this file: a product key or token that slipped into a message, a stack trace or a debug line must
 * not reach a log of a pipeline. It is the last guard, not the first: nothing should hand it a secret. Text that was
 * encoded (base64, UTF-16) or split over two messages gets past it.
 */
export interface Redactor {
  /** From now on these exact characters are shown as the mask of the secret. */
  register(secret: Secret): void;
  redact(text: string): string;
}

const KEY_CHARACTER = '[BCDFGHJKMPQRTVWXY2346789N]';
const SEPARATOR = '[-\\u2010-\\u2015\\u2212\\uFE58\\uFE63\\uFF0D]?';
const PRODUCT_KEY = new RegExp(
  `(?<![A-Z0-9])(?:${KEY_CHARACTER}{5}${SEPARATOR}){4}(${KEY_CHARACTER}{5})(?![A-Z0-9])`,
  'giu',
);

/** A value this short would also be found in innocent words. */
const SHORTEST = 4;

export function createRedactor(): Redactor {
  const masks = new Map<string, string>();
  return {
    register(secret) {
      const value = secret.reveal();
      if (value.length >= SHORTEST) masks.set(value, String(secret));
    },
    redact(text) {
      let out = text;
      const longestFirst = [...masks].sort(([a], [b]) => b.length - a.length);
      for (const [value, mask] of longestFirst) out = out.replaceAll(value, () => mask);
      return out.replace(PRODUCT_KEY, (_, last: string) => `…${last.toUpperCase()}`);
    },
  };
}
