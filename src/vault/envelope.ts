/**
 * Threat model of this file: somebody who has the database (a stolen laptop, a backup, a shared folder) but not
 * the vault key must learn nothing of a product key but its length, must not be able to change one, and must not
 * be able to put the sealed key of one record or profile in the place of another's. Each envelope is sealed with
 * AES-256-GCM under a fresh random nonce and is bound to its version, vault and record. Not covered: putting back
 * an older envelope of the same record, and whoever holds the vault key.
 */
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** Where an envelope belongs; it opens nowhere else. */
export interface EnvelopePlace {
  readonly vaultId: string;
  readonly recordId: string;
}

/** Each part is preceded by its length, so that no two places have the same bytes. */
function associatedData(version: number, place: EnvelopePlace): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(version)];
  for (const text of [place.vaultId, place.recordId]) {
    const bytes = Buffer.from(text, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    parts.push(length, bytes);
  }
  return Buffer.concat(parts);
}

/** Version byte, nonce, ciphertext, tag. Bytes out, so that a database stores a blob. */
export function sealEnvelope(key: KeyObject, place: EnvelopePlace, plain: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(VERSION, place));
  const sealed = Buffer.concat([
    Uint8Array.of(VERSION),
    nonce,
    cipher.update(plain),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  return new Uint8Array(sealed);
}

/** The bytes that were sealed, or null if the envelope is damaged, of another version, or not of this place. */
export function openEnvelope(key: KeyObject, place: EnvelopePlace, sealed: Uint8Array): Uint8Array | null {
  if (sealed.length < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] !== VERSION) return null;
  const nonce = sealed.subarray(1, 1 + NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(associatedData(VERSION, place));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES));
  try {
    decipher.final();
    return plain;
  } catch {
    plain.fill(0);
    return null;
  }
}
