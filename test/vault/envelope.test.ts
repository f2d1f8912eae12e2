import { createSecretKey, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openEnvelope, sealEnvelope } from '../../src/vault/envelope.ts';

const key = createSecretKey(randomBytes(32));
const place = { vaultId: 'vault-a', recordId: 'key-1' };
const text = Buffer.from('BCDFG-HJKMP-QRTVW-XY234-6789B');

describe('a sealed envelope', () => {
  test('opens to the same bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), fc.string(), (plain, vaultId, recordId) => {
        const sealed = sealEnvelope(key, { vaultId, recordId }, plain);
        expect(Buffer.from(openEnvelope(key, { vaultId, recordId }, sealed) ?? [255])).toEqual(
          Buffer.from(plain),
        );
      }),
      { numRuns: 50, examples: [[new Uint8Array(), '', '']] },
    );
  });

  test('is version, nonce, ciphertext and tag', () => {
    const sealed = sealEnvelope(key, place, text);
    expect(sealed[0]).toBe(1);
    expect(sealed.length).toBe(1 + 12 + text.length + 16);
    expect(Buffer.from(sealed).includes(text)).toBe(false);
  });

  test('never has the same nonce twice', () => {
    const nonces = Array.from({ length: 500 }, () =>
      Buffer.from(sealEnvelope(key, place, text).subarray(1, 13)).toString('hex'),
    );
    expect(new Set(nonces).size).toBe(nonces.length);
  });

  test('does not open with any one byte changed', () => {
    const sealed = sealEnvelope(key, place, text);
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(openEnvelope(key, place, changed), `byte ${at}`).toBeNull();
    }
  });

  test('does not open at any shorter or longer length', () => {
    const sealed = sealEnvelope(key, place, text);
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openEnvelope(key, place, sealed.subarray(0, length)), `${length} bytes`).toBeNull();
    }
    expect(openEnvelope(key, place, Buffer.concat([sealed, Buffer.alloc(1)]))).toBeNull();
  });

  test.each([
    ['another record', { ...place, recordId: 'key-2' }],
    ['another vault', { ...place, vaultId: 'vault-b' }],
    ['the same letters cut elsewhere', { vaultId: 'vault-ak', recordId: 'ey-1' }],
    ['the two exchanged', { vaultId: 'key-1', recordId: 'vault-a' }],
  ])('does not open in the place of %s', (_, other) => {
    expect(openEnvelope(key, other, sealEnvelope(key, place, text))).toBeNull();
  });

  test('does not open with another key', () => {
    expect(openEnvelope(createSecretKey(randomBytes(32)), place, sealEnvelope(key, place, text))).toBeNull();
  });
});
