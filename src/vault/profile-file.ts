/**
 * A whole profile in one file, sealed with a passphrase: what `profile export` writes.
 *
 * Threat model: that of `sealed-stream.ts`. The vault key is inside, because a keyring that is lost would otherwise
 * take every product key with it; so the file is worth what all keys are worth, and its passphrase is what guards
 * them. A file is read to its end once before anything of it is believed or written.
 */
import * as z from 'zod/mini';
import { Secret } from '../keys/secret.ts';
import { openStream, type StreamKey, sealStream, streamKey, wrongOrDamaged } from './sealed-stream.ts';

const FORMAT = 'mpn-benefits/profile/1';
const LONGEST_DESCRIPTION = 4096;

/** Shorter passphrases are guessed. */
const SHORTEST_PASSPHRASE = 12;

const description = z.object({
  profile: z.string(),
  exportedOn: z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)),
  vaultKey: z.nullable(z.string()),
});

/** What is in such a file. */
export interface ExportedProfile {
  /** The name that the profile had. */
  readonly profile: string;
  readonly exportedOn: string;
  readonly vaultKey: Secret | null;
  readonly database: AsyncIterable<Uint8Array>;
}

/** The bytes of the file. */
export function sealProfile(passphrase: Secret, file: ExportedProfile): AsyncIterable<Uint8Array> {
  return sealStream(FORMAT, passphrase, contentsOf(file));
}

async function* contentsOf(file: ExportedProfile): AsyncIterable<Uint8Array> {
  const { profile, exportedOn, vaultKey } = file;
  // The one place where an export sees the characters of the vault key.
  const text = JSON.stringify({
    profile,
    exportedOn,
    vaultKey: vaultKey === null ? null : vaultKey.reveal(),
  });
  yield Buffer.from(`${text}\n`);
  yield* file.database;
}

/**
 * Reads a file to its end and gives what is in it; the database is unsealed once more when it is asked for.
 * @param read the bytes of the file from their beginning; called again for every pass.
 * @throws AppError INVALID_DATA
 */
export async function openProfile(
  read: () => AsyncIterable<Uint8Array>,
  passphrase: Secret,
): Promise<ExportedProfile> {
  const stream = await streamKey(read(), passphrase, FORMAT);
  let start: Uint8Array = new Uint8Array();
  for await (const piece of openStream(read(), stream)) {
    if (start.length === 0) start = piece;
  }
  const end = start.subarray(0, LONGEST_DESCRIPTION).indexOf(0x0a);
  const { profile, exportedOn, vaultKey } = describe(start.subarray(0, Math.max(end, 0)));
  return {
    profile,
    exportedOn,
    vaultKey: vaultKey === null ? null : new Secret(vaultKey),
    database: databaseOf(read, stream, end + 1),
  };
}

function describe(bytes: Uint8Array): z.infer<typeof description> {
  try {
    return description.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    // The cause would quote it.
    throw wrongOrDamaged();
  }
}

async function* databaseOf(
  read: () => AsyncIterable<Uint8Array>,
  stream: StreamKey,
  skipped: number,
): AsyncIterable<Uint8Array> {
  let left = skipped;
  for await (const piece of openStream(read(), stream)) {
    yield piece.subarray(left);
    left = 0;
  }
}

/** Says what is wrong with a new passphrase; null if nothing is. */
export function weakness(passphrase: Secret): string | null {
  const length = [...passphrase.reveal()].length;
  return length >= SHORTEST_PASSPHRASE
    ? null
    : `A passphrase needs at least ${SHORTEST_PASSPHRASE} characters.`;
}
