import type { BinaryLike, ScryptOptions } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Secret } from '../../src/keys/secret.ts';
import { openProfile, sealProfile, weakness } from '../../src/vault/profile-file.ts';
import { openStream, sealStream, streamKey } from '../../src/vault/sealed-stream.ts';

/** What scrypt was asked for; it does less, because its work is its own purpose and this file does it dozens of times. */
const asked = vi.hoisted((): ScryptOptions[] => []);
vi.mock('node:crypto', async (importOriginal) => {
  const crypto = await importOriginal<typeof import('node:crypto')>();
  const scrypt: typeof crypto.scrypt = (
    text: BinaryLike,
    salt: BinaryLike,
    length: number,
    options: ScryptOptions | Callback,
    callback?: Callback,
  ): void => {
    if (typeof options === 'function' || callback === undefined)
      throw new Error('scrypt without its options');
    asked.push(options);
    crypto.scrypt(text, salt, length, { ...options, N: (options.N ?? 0) / 2 ** 13 }, callback);
  };
  return { ...crypto, scrypt };
});
type Callback = (error: Error | null, key: Buffer<ArrayBuffer>) => void;

const PASSPHRASE = new Secret('correct horse battery staple');
const PIECE = 65_536;

async function* chunksOf(bytes: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const pattern = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, at) => (at * 7) % 251));

describe('a sealed stream', () => {
  test.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])(
    'of %i bytes opens to the same bytes',
    async (length) => {
      const plain = pattern(length);
      const sealed = await collect(sealStream('test/1', PASSPHRASE, chunksOf(plain, 10_007)));
      const key = await streamKey(chunksOf(sealed, 100), PASSPHRASE, 'test/1');
      expect((await collect(openStream(chunksOf(sealed, 4093), key))).equals(plain)).toBe(true);
    },
  );

  test('opens however it is cut into chunks, and not at all with one byte changed', async () => {
    const plain = pattern(2 * PIECE + 5);
    const sealed = await collect(sealStream('test/1', PASSPHRASE, chunksOf(plain, PIECE)));
    const key = await streamKey(chunksOf(sealed, PIECE), PASSPHRASE, 'test/1');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1000, max: 200_000 }), fc.nat(), async (size, place) => {
        expect((await collect(openStream(chunksOf(sealed, size), key))).equals(plain)).toBe(true);
        const changed = Buffer.from(sealed);
        const at = place % changed.length;
        changed[at] = (changed[at] ?? 0) ^ 0x40;
        await expect(collect(openStream(chunksOf(changed, size), key))).rejects.toMatchObject({
          code: 'INVALID_DATA',
        });
        await expect(collect(openStream(chunksOf(sealed.subarray(0, at), size), key))).rejects.toMatchObject({
          code: 'INVALID_DATA',
        });
      }),
      { numRuns: 25 },
    );
  });

  test('reading the header alone lets go of the file', async () => {
    const sealed = await collect(sealStream('test/1', PASSPHRASE, chunksOf(pattern(PIECE), PIECE)));
    for (const [format, outcome] of [
      ['test/1', 'fulfilled'],
      ['test/2', 'rejected'],
    ] as const) {
      let open = true;
      async function* file() {
        try {
          yield* chunksOf(sealed, 100);
        } finally {
          open = false;
        }
      }
      const [key] = await Promise.allSettled([streamKey(file(), PASSPHRASE, format)]);
      expect([key.status, open]).toEqual([outcome, false]);
    }
  });

  test('the same passphrase in another composition is the same passphrase', async () => {
    const sealed = await collect(
      sealStream('test/1', new Secret('caf\u00E9 au lait, s\u2019il'), chunksOf(pattern(10), 4)),
    );
    const key = await streamKey(chunksOf(sealed, 64), new Secret('cafe\u0301 au lait, s\u2019il'), 'test/1');
    expect((await collect(openStream(chunksOf(sealed, 64), key))).equals(pattern(10))).toBe(true);
  });
});

describe('a wrong passphrase and every kind of damage get one answer:', () => {
  const sealing = collect(sealStream('test/1', PASSPHRASE, chunksOf(pattern(3 * PIECE), PIECE)));
  const SEALED = PIECE + 16;

  /** The sealed bytes as header and pieces. */
  const parts = (bytes: Buffer): { readonly header: Buffer; readonly pieces: readonly Buffer[] } => {
    const end = bytes.indexOf(0x0a) + 1;
    const pieces: Buffer[] = [];
    for (let at = end; at < bytes.length; at += SEALED) pieces.push(bytes.subarray(at, at + SEALED));
    return { header: bytes.subarray(0, end), pieces };
  };
  const flipped = (bytes: Buffer, at: number): Buffer => {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const withHeader =
    (more: object) =>
    (bytes: Buffer): Buffer => {
      const { header, pieces } = parts(bytes);
      const text = JSON.stringify({ ...JSON.parse(header.toString('latin1')), ...more });
      return Buffer.concat([Buffer.from(`${text}\n`), ...pieces]);
    };
  const headerOf = (bytes: Buffer): number => parts(bytes).header.length;

  test.each<[string, (bytes: Buffer) => Buffer, string?]>([
    ['a wrong passphrase', (bytes) => bytes, 'correct horse battery stable'],
    ['an empty one of blanks', (bytes) => bytes, '   '],
    ['the first byte behind the header', (bytes) => flipped(bytes, headerOf(bytes))],
    ['a byte in the middle', (bytes) => flipped(bytes, Math.floor(bytes.length / 2))],
    ['the last byte', (bytes) => flipped(bytes, bytes.length - 1)],
    ['cut within a piece', (bytes) => bytes.subarray(0, -100)],
    ['cut between pieces', (bytes) => bytes.subarray(0, headerOf(bytes) + SEALED)],
    ['cut behind the header', (bytes) => bytes.subarray(0, headerOf(bytes))],
    [
      'pieces in another order',
      (bytes) => {
        const { header, pieces } = parts(bytes);
        const [first = header, second = header, ...rest] = pieces;
        return Buffer.concat([header, second, first, ...rest]);
      },
    ],
    ['something behind its end', (bytes) => Buffer.concat([bytes, Buffer.alloc(16)])],
    ['a header with other blanks', withHeader({ note: 'x' })],
    ['a header that asks for more work', withHeader({ n: 2 ** 18 })],
    ['a header that asks for all memory', withHeader({ n: 2 ** 40 })],
    ['a header that asks for no work', withHeader({ n: 2 })],
  ])('%s', async (_, change, passphrase = PASSPHRASE.reveal()) => {
    const sealed = change(await sealing);
    const opened = async (): Promise<Buffer> => {
      const key = await streamKey(chunksOf(sealed, 5000), new Secret(passphrase), 'test/1');
      return collect(openStream(chunksOf(sealed, 5000), key));
    };
    await expect(opened()).rejects.toMatchObject({
      code: 'INVALID_DATA',
      message: 'The passphrase is wrong, or the file is damaged.',
    });
  });

  test('and without a change it opens', async () => {
    const sealed = await sealing;
    const key = await streamKey(chunksOf(sealed, 5000), PASSPHRASE, 'test/1');
    expect((await collect(openStream(chunksOf(sealed, 5000), key))).equals(pattern(3 * PIECE))).toBe(true);
  });
});

describe('the work of a guess', () => {
  test('is what the header says, and no less than 128 MiB', async () => {
    const sealed = await collect(sealStream('test/1', PASSPHRASE, chunksOf(pattern(1), 1)));
    const header = JSON.parse(sealed.toString('latin1', 0, sealed.indexOf(0x0a)));
    expect(asked.at(-1)).toEqual({ N: header.n, r: header.r, p: header.p, maxmem: expect.any(Number) });
    expect(128 * header.n * header.r).toBe(128 * 2 ** 20);
  });
});

describe('a profile file', () => {
  const database = pattern(PIECE + 100);
  const contents = (vaultKey: string | null) => ({
    profile: 'default',
    exportedOn: '2026-11-24',
    vaultKey: vaultKey === null ? null : new Secret(vaultKey),
    database: chunksOf(database, 5000),
  });

  test.each([null, Buffer.alloc(32, 7).toString('base64')])(
    'brings its parts back, vault key %s',
    async (vaultKey) => {
      const sealed = await collect(sealProfile(PASSPHRASE, contents(vaultKey)));
      const opened = await openProfile(() => chunksOf(sealed, 3000), PASSPHRASE);
      expect([opened.profile, opened.exportedOn, opened.vaultKey?.reveal() ?? null]).toEqual([
        'default',
        '2026-11-24',
        vaultKey,
      ]);
      expect((await collect(opened.database)).equals(database)).toBe(true);
      expect(JSON.stringify(opened)).not.toContain(vaultKey ?? 'no key');
    },
  );

  test('a passphrase has at least twelve characters, counted as people do', () => {
    expect(weakness(new Secret('12345678901'))).toContain('12');
    expect(weakness(new Secret('😀'.repeat(11)))).toContain('12');
    expect(weakness(new Secret('😀'.repeat(12)))).toBeNull();
    expect(weakness(new Secret('123456789012'))).toBeNull();
  });
});
