import { Secret } from './secret.ts';

/** Kinds of product key, as the rules of counting see them (facts: activation, section 2.1). */
export const KEY_TYPES = [
  'retail',
  'mak',
  'kms-host',
  'kms-client-generic',
  'static',
  'oem',
  'custom',
  'va1',
  'none',
  'unknown',
] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** The 24 characters of product keys, plus the N that keys since Windows 8 hold once. */
export const KEY_ALPHABET = 'BCDFGHJKMPQRTVWXY2346789N';

/** Hyphens that text editors and web pages put in place of the plain one, as that one. */
export function plainDashes(text: string): string {
  return text.replace(/[\u2010-\u2015\u2212\uFE58\uFE63\uFF0D]/g, '-');
}

/** A product key as its owner wrote it, mapped to plain hyphens and upper case; separators kept. */
function tidy(text: string): string {
  return plainDashes(text.normalize('NFKC')).trim().toUpperCase();
}

/** The characters of a key in their own case, without hyphens, dashes and blanks. */
export function withoutSeparators(text: string): string {
  return plainDashes(text).replace(/[\s-]/g, '');
}

/**
 * What makes two spellings of a key the same key: upper case, plain characters, no separators.
 * Works for any key, also ones that are not 5x5.
 */
export function canonicalKey(text: string): string {
  return withoutSeparators(tidy(text));
}

export type KeyShape = '5x5' | '10-digit' | 'other';

/** The shape of a key by its canonical form. 10 digits (3-3-4) are the legacy keys in old exports. */
export function keyShape(text: string): KeyShape {
  const canonical = canonicalKey(text);
  if (/^[0-9]{10}$/.test(canonical)) return '10-digit';
  if (canonical.length !== 25) return 'other';
  for (const character of canonical) if (!KEY_ALPHABET.includes(character)) return 'other';
  return canonical.split('N').length <= 2 ? '5x5' : 'other';
}

/** How a key is written for people and installers: 5x5 with hyphens, 3-3-4 for legacy keys, else as given. */
export function formatKey(text: string): string {
  const canonical = canonicalKey(text);
  const shape = keyShape(text);
  if (shape === '5x5') return canonical.replace(/(.{5})(?=.)/g, '$1-');
  if (shape === '10-digit') return canonical.replace(/^(.{3})(.{3})/, '$1-$2-');
  return tidy(text);
}

/** The characters that may be shown: the last five of a full key, the last two of a shorter one. */
export function lastCharacters(text: string): string {
  const canonical = canonicalKey(text);
  return canonical.slice(canonical.length >= 25 ? -5 : -2);
}

/** Wraps a product key in its usual spelling; shown as its last characters everywhere but where it is revealed. */
export function productKeySecret(text: string): Secret {
  return new Secret(formatKey(text), `…${lastCharacters(text)}`);
}

/** The same for a wrapped key. */
export function lastCharactersOf(key: Secret): string {
  return lastCharacters(key.reveal());
}
