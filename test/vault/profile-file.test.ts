import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/keys/secret.ts';
import { openProfile, sealProfile, weakness } from '../../src/vault/profile-file.ts';
import { openStream, sealStream, streamKey } from '../../src/vault/sealed-stream.ts';

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

  test('the same passphrase in another composition is the same passphrase', async () => {
    const sealed = await collect(
      sealStream('test/1', new Secret('caf\u00E9 au lait, s\u2019il'), chunksOf(pattern(10), 4)),
    );
    const key = await streamKey(chunksOf(sealed, 64), new Secret('cafe\u0301 au lait, s\u2019il'), 'test/1');
    expect((await collect(openStream(chunksOf(sealed, 64), key))).equals(pattern(10))).toBe(true);
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
