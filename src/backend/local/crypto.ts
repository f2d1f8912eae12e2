import { hash, randomBytes, randomUUID } from 'node:crypto';

export { randomBytes, randomUUID as randomUuid };

/** Lower-case hex SHA-256 of the text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** 60 random bits in 12 characters that nobody confuses when reading them aloud. */
export function randomId(): string {
  return Array.from(randomBytes(12), (byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}
