/**
 * Bytes sealed with a passphrase, as a stream.
 *
 * Threat model: whoever has the file and not the passphrase must learn nothing but its length, and must not be able
 * to change, cut, reorder or mix pieces. A passphrase is the weakest part, so scrypt makes each guess cost about
 * 128 MiB and some tenths of a second. Its salt is new for every file, and so is the key: counting nonces never meet
 * twice. Every piece is bound to the header, its number and whether it is the last one. A wrong passphrase and a
 * damaged file get the same answer. What a header may ask of our memory has a limit.
 */
import { createCipheriv, createDecipheriv, randomBytes, type ScryptOptions, scrypt } from 'node:crypto';
import * as z from 'zod/mini';
import { AppError } from '../errors.ts';
import type { Secret } from '../keys/secret.ts';

/** Memory of a guess is 128 · r · N bytes. */
const WORK = 2 ** 17;
/** A file from a time with better machines may ask for more, but not for all of ours. */
const MOST_WORK = 2 ** 20;
const BLOCK_SIZE = 8;
const SALT_BYTES = 32;
const KEY_BYTES = 32;
const PIECE_BYTES = 65_536;
const TAG_BYTES = 16;
const SEALED_BYTES = PIECE_BYTES + TAG_BYTES;
const LONGEST_HEADER = 1024;

const headerShape = z.object({
  format: z.string(),
  kdf: z.literal('scrypt'),
  n: z.number().check(z.gte(WORK), z.lte(MOST_WORK)),
  r: z.literal(BLOCK_SIZE),
  p: z.literal(1),
  salt: z.string().check(z.regex(/^[A-Za-z0-9+/]{43}=$/)),
  cipher: z.literal('aes-256-gcm'),
  piece: z.literal(PIECE_BYTES),
});
type Header = z.infer<typeof headerShape>;

/** What a stream was opened with: the work of a guess is done once. */
export interface StreamKey {
  readonly header: Uint8Array;
  readonly key: Uint8Array;
}

/** The bytes of a sealed stream: one line of JSON that says how, then the pieces. */
export async function* sealStream(
  format: string,
  passphrase: Secret,
  plain: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  const fields: Header = {
    format,
    kdf: 'scrypt',
    n: WORK,
    r: BLOCK_SIZE,
    p: 1,
    salt: randomBytes(SALT_BYTES).toString('base64'),
    cipher: 'aes-256-gcm',
    piece: PIECE_BYTES,
  };
  const header = Buffer.from(`${JSON.stringify(fields)}\n`);
  const key = await deriveKey(passphrase, fields);
  yield header;
  let number = 0;
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of plain) {
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (; data.length - from > PIECE_BYTES; from += PIECE_BYTES) {
      yield sealPiece({ header, key }, number, false, data.subarray(from, from + PIECE_BYTES));
      number += 1;
    }
    rest = Uint8Array.from(data.subarray(from));
  }
  yield sealPiece({ header, key }, number, true, rest);
}

/**
 * Reads the header and does the work of one guess. Nothing is said of the passphrase yet.
 * @throws AppError INVALID_DATA for a file that is none of these.
 */
export async function streamKey(
  sealed: AsyncIterable<Uint8Array>,
  passphrase: Secret,
  format: string,
): Promise<StreamKey> {
  const iterator = sealed[Symbol.asyncIterator]();
  const { header } = await readHeader(iterator).finally(() => iterator.return?.());
  const fields = parseHeader(header, format);
  return { header, key: await deriveKey(passphrase, fields) };
}

/** The bytes that were sealed. @throws AppError INVALID_DATA, also after some of them: only the end proves all. */
export async function* openStream(
  sealed: AsyncIterable<Uint8Array>,
  stream: StreamKey,
): AsyncIterable<Uint8Array> {
  const iterator = sealed[Symbol.asyncIterator]();
  try {
    const { header, rest: first } = await readHeader(iterator);
    if (Buffer.compare(header, stream.header) !== 0) throw wrongOrDamaged();
    let number = 0;
    let rest = first;
    for (let ended = false; !ended; ) {
      let from = 0;
      for (; rest.length - from > SEALED_BYTES; from += SEALED_BYTES) {
        yield openPiece(stream, number, false, rest.subarray(from, from + SEALED_BYTES));
        number += 1;
      }
      const next = await iterator.next();
      ended = next.done === true;
      rest = Buffer.concat([rest.subarray(from), ended ? new Uint8Array() : next.value]);
    }
    yield openPiece(stream, number, true, rest);
  } finally {
    await iterator.return?.();
  }
}

/** The one answer to a wrong passphrase and to every kind of damage. */
export function wrongOrDamaged(): AppError {
  return new AppError('INVALID_DATA', 'The passphrase is wrong, or the file is damaged.', {
    hint: 'Try the passphrase again, or another copy of the file. Nothing was changed.',
  });
}

async function readHeader(
  iterator: AsyncIterator<Uint8Array>,
): Promise<{ readonly header: Uint8Array; readonly rest: Uint8Array }> {
  let read: Uint8Array = new Uint8Array();
  while (read.length < LONGEST_HEADER) {
    const next = await iterator.next();
    if (next.done === true) break;
    read = Buffer.concat([read, next.value]);
    if (next.value.includes(0x0a)) break;
  }
  const end = read.subarray(0, LONGEST_HEADER).indexOf(0x0a) + 1;
  if (end === 0) throw noExport();
  return { header: Uint8Array.from(read.subarray(0, end)), rest: Uint8Array.from(read.subarray(end)) };
}

function parseHeader(header: Uint8Array, wanted: string): Header {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(header).toString('utf8'));
  } catch {
    throw noExport();
  }
  const format = z.object({ format: z.string() }).safeParse(value);
  if (!format.success || format.data.format !== wanted) throw noExport();
  const parsed = headerShape.safeParse(value);
  if (!parsed.success || !Number.isInteger(Math.log2(parsed.data.n))) throw wrongOrDamaged();
  return parsed.data;
}

function noExport(): AppError {
  return new AppError('INVALID_DATA', 'This file is not an export of a profile, or of a newer version.', {
    hint: 'Make one with: mpn-benefits profile export <file>',
  });
}

function deriveKey(passphrase: Secret, { n, r, p, salt }: Header): Promise<Uint8Array> {
  // The same words typed on another system may come in another composition.
  const text = Buffer.from(passphrase.reveal().normalize('NFC'), 'utf8');
  const options: ScryptOptions = { N: n, r, p, maxmem: 128 * n * r * 2 };
  return new Promise((resolve, reject) => {
    scrypt(text, Buffer.from(salt, 'base64'), KEY_BYTES, options, (error, key) => {
      text.fill(0);
      if (error === null) resolve(key);
      else reject(error);
    });
  });
}

/** The number of the piece in eleven bytes, then whether it is the last. */
function nonce(number: number, last: boolean): Uint8Array {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64BE(BigInt(number), 3);
  bytes.writeUInt8(last ? 1 : 0, 11);
  return bytes;
}

function sealPiece({ header, key }: StreamKey, number: number, last: boolean, plain: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(number, last), { authTagLength: TAG_BYTES });
  cipher.setAAD(header);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function openPiece(
  { header, key }: StreamKey,
  number: number,
  last: boolean,
  sealed: Uint8Array,
): Uint8Array {
  if (sealed.length < TAG_BYTES) throw wrongOrDamaged();
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(number, last), { authTagLength: TAG_BYTES });
  decipher.setAAD(header);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(0, -TAG_BYTES));
  try {
    decipher.final();
  } catch {
    throw wrongOrDamaged();
  }
  return plain;
}
