/**
 * Threat model of this file: the vault key opens every product key of a profile. It travels as a Secret, so it
 * cannot be printed by accident; its raw bytes are overwritten as soon as subkeys are derived from them. The text
 * form is a JavaScript string, which nobody can overwrite: the memory of this process is not defended.
 */
import { timingSafeEqual } from 'node:crypto';
import { Secret } from '../keys/secret.ts';

/** Length of a vault key in bytes. */
export const VAULT_KEY_BYTES = 32;

/** The text form of a vault key: base64 with the standard alphabet and padding. Overwrites the bytes given. */
export function encodeVaultKey(bytes: Uint8Array): Secret {
  if (bytes.length !== VAULT_KEY_BYTES) throw new RangeError(`a vault key has ${VAULT_KEY_BYTES} bytes`);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  bytes.fill(0);
  return new Secret(text);
}

/**
 * The bytes of a vault key, or null if the text is not one. Only the canonical spelling is taken, so that one key
 * has one text: no URL-safe alphabet, no missing padding, no stray bits. Blanks around it are ignored, because
 * files and pipelines add a line end. Whoever calls this overwrites the bytes after use.
 */
export function decodeVaultKey(key: Secret): Uint8Array | null {
  const text = key.reveal().trim();
  if (!/^[A-Za-z0-9+/]{43}=$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === VAULT_KEY_BYTES && bytes.toString('base64') === text) return bytes;
  bytes.fill(0);
  return null;
}

/** Whether two texts are the same vault key; takes the same time wherever they differ. */
export function sameVaultKey(left: Secret, right: Secret): boolean {
  const a = decodeVaultKey(left);
  const b = decodeVaultKey(right);
  const same = a !== null && b !== null && timingSafeEqual(a, b);
  a?.fill(0);
  b?.fill(0);
  return same;
}
