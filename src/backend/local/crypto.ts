import { hash, randomBytes, randomUUID } from 'node:crypto';

export { randomBytes, randomUUID as randomUuid };

/** Lower-case hex SHA-256 of the text's UTF-8 bytes. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

const ID_ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_LENGTH = 12;

/** Random bytes of many ids: asking the system for each of a hundred thousand takes a tenth of their import. */
let stock = randomBytes(0);
const STOCK_OF_IDS = 256;

/** 60 random bits in 12 characters that nobody confuses when reading them aloud. */
export function randomId(): string {
  if (stock.length === 0) stock = randomBytes(STOCK_OF_IDS * ID_LENGTH);
  let id = '';
  for (const byte of stock.subarray(0, ID_LENGTH)) id += ID_ALPHABET[byte % ID_ALPHABET.length];
  stock = stock.subarray(ID_LENGTH);
  return id;
}
