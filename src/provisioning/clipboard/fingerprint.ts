import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * What the helper gets in place of a product key: enough to recognise it, useless to learn it from. Keyed, as the
 * few bits that a partner's keys differ in could be tried out against a plain hash.
 */
export interface Fingerprint {
  /** 32 random bytes for this one time, base64. */
  readonly hashKey: string;
  /** HMAC-SHA256, base64. */
  readonly hash: string;
}

function hmac(text: string, hashKey: Buffer): Buffer {
  // Some tools add a line end when they read.
  return createHmac('sha256', hashKey)
    .update(text.replace(/[\r\n]+$/, ''))
    .digest();
}

export function fingerprintOf(text: string): Fingerprint {
  const hashKey = randomBytes(32);
  return { hashKey: hashKey.toString('base64'), hash: hmac(text, hashKey).toString('base64') };
}

export function isSameText(text: string, { hashKey, hash }: Fingerprint): boolean {
  const expected = Buffer.from(hash, 'base64');
  const actual = hmac(text, Buffer.from(hashKey, 'base64'));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}
