import { createHmac, hkdfSync } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';
import {
  type FirstUse,
  openVault,
  temporaryVault,
  type VaultKeySource,
  vaultWithKey,
} from '../../src/vault/vault.ts';

const VAULT_ID = '2b0c5c0e-90a6-4a3e-9d8b-0d8b6d3a1f11';
const KEY = Buffer.alloc(32, 7).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 8).toString('base64');
const PRODUCT_KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';

function made(key: string, vaultId = VAULT_ID): NonNullable<ReturnType<typeof vaultWithKey>> {
  const opened = vaultWithKey(vaultId, new Secret(key));
  if (opened === null) throw new Error('not a vault key');
  return opened;
}

/** A source over one value that notes what is asked of it. */
function sourceWith(initial: string | null, options: { firstWins?: true; lies?: string | null } = {}) {
  let kept = initial;
  const calls: string[] = [];
  const source: VaultKeySource = {
    ...(options.firstWins === undefined ? {} : { firstWins: options.firstWins }),
    describe: () => 'the test store',
    async read(account) {
      calls.push(`read ${account}`);
      return kept === null ? null : new Secret(kept);
    },
    async store(account, key) {
      calls.push(`store ${account}`);
      kept = options.lies === undefined ? key.reveal() : options.lies;
    },
  };
  return { source, calls, kept: () => kept };
}

function firstUse(allowed: boolean) {
  const saved: string[] = [];
  const first: FirstUse = {
    allowed,
    async saveCheck(check) {
      saved.push(check);
    },
    randomKey: () => new Uint8Array(32).fill(7),
  };
  return { first, saved };
}

async function refusal(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof AppError) return error;
  throw new Error('expected a refusal', { cause: error });
}

describe('a vault', () => {
  test('opens what it sealed, to the character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, recordId) => {
        const { vault } = made(KEY);
        expect(vault.open(recordId, vault.seal(recordId, new Secret(text))).reveal()).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  test('gives a key back that shows its last characters only', () => {
    const { vault } = made(KEY);
    const opened = vault.open('key-1', vault.seal('key-1', new Secret(PRODUCT_KEY)));
    expect(String(opened)).toBe('…6789B');
    expect(inspect(opened)).toBe('…6789B');
  });

  test('says which record is damaged, and nothing of the value', () => {
    const { vault } = made(KEY);
    const sealed = vault.seal('key-1', new Secret(PRODUCT_KEY));
    expect(() => vault.open('key-2', sealed)).toThrow(
      expect.objectContaining({ code: 'INVALID_DATA', details: { record: 'key-2' } }),
    );
    expect(() => made(OTHER_KEY).vault.open('key-1', sealed)).toThrow(AppError);
    expect(() => made(KEY, 'another').vault.open('key-1', sealed)).toThrow(AppError);
  });

  test('does not show its keys to an inspector', () => {
    expect(inspect(made(KEY).vault, { depth: 10, showHidden: true })).not.toContain(KEY);
    expect(JSON.stringify(made(KEY).vault)).toBe(JSON.stringify({ vaultId: VAULT_ID }));
  });

  test.each([
    'bcdfg-hjkmp-qrtvw-xy234-6789b',
    'BCDFGHJKMPQRTVWXY2346789B',
    ' BCDFG–HJKMP–QRTVW–XY234–6789B ',
  ])('knows %j as the same key', (spelling) => {
    const { vault } = made(KEY);
    expect(vault.fingerprint(new Secret(spelling))).toBe(vault.fingerprint(new Secret(PRODUCT_KEY)));
  });

  test('tells keys, vault keys and vaults apart by fingerprint', () => {
    const prints = [
      made(KEY).vault.fingerprint(new Secret(PRODUCT_KEY)),
      made(KEY).vault.fingerprint(new Secret('BCDFG-HJKMP-QRTVW-XY234-6789C')),
      made(OTHER_KEY).vault.fingerprint(new Secret(PRODUCT_KEY)),
      made(KEY, 'another').vault.fingerprint(new Secret(PRODUCT_KEY)),
    ];
    expect(new Set(prints).size).toBe(4);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{64}$/);
  });

  test('derives its subkeys as documented', () => {
    const derive = (info: string) =>
      Buffer.from(hkdfSync('sha256', Buffer.from(KEY, 'base64'), Buffer.from(VAULT_ID), info, 32));
    const { vault, check } = made(KEY);
    expect(vault.fingerprint(new Secret(PRODUCT_KEY))).toBe(
      createHmac('sha256', derive('fingerprint')).update('BCDFGHJKMPQRTVWXY2346789B').digest('hex'),
    );
    expect(check).toBe(createHmac('sha256', derive('check')).update('mpn-benefits/vault/1').digest('hex'));
  });

  test('of a text that is no key does not exist', () => {
    expect(vaultWithKey(VAULT_ID, new Secret('no key'))).toBeNull();
  });

  test('for a dry run is another one each time', () => {
    const sealed = temporaryVault(VAULT_ID).seal('key-1', new Secret(PRODUCT_KEY));
    expect(() => temporaryVault(VAULT_ID).open('key-1', sealed)).toThrow(AppError);
  });

  test('of an old and a new key stand side by side, for rotation', () => {
    const old = made(KEY).vault;
    const next = made(OTHER_KEY, 'next').vault;
    const sealed = next.seal('key-1', old.open('key-1', old.seal('key-1', new Secret(PRODUCT_KEY))));
    expect(next.open('key-1', sealed).reveal()).toBe(PRODUCT_KEY);
  });
});

describe('opening a vault that has a check', () => {
  const record = { vaultId: VAULT_ID, check: made(KEY).check };

  test('reads the key of its account, proves it, and writes nothing', async () => {
    const { source, calls } = sourceWith(KEY);
    const { first, saved } = firstUse(true);
    const vault = await openVault(record, source, first);
    expect(vault.vaultId).toBe(VAULT_ID);
    expect(calls).toEqual([`read vault:${VAULT_ID}`]);
    expect(saved).toEqual([]);
  });

  test.each([
    ['no key', null, 'VAULT_KEY_MISSING'],
    ['another key', OTHER_KEY, 'VAULT_KEY_WRONG'],
    ['no key but some text', 'hunter2', 'VAULT_KEY_WRONG'],
    ['an empty text', '', 'VAULT_KEY_WRONG'],
  ])('with %s is refused and writes nothing', async (_, stored, code) => {
    const { source, calls, kept } = sourceWith(stored);
    const { first, saved } = firstUse(true);
    const error = await refusal(openVault(record, source, first));
    expect(error).toMatchObject({ code, exitCode: 7 });
    expect(calls).toEqual([`read vault:${VAULT_ID}`]);
    expect(kept()).toBe(stored);
    expect(saved).toEqual([]);
    if (stored !== null && stored !== '') expect(`${error.message}${error.hint}`).not.toContain(stored);
  });

  test('with a damaged check is refused', async () => {
    const damaged = { vaultId: VAULT_ID, check: 'ünreadable' };
    const error = await refusal(openVault(damaged, sourceWith(KEY).source, firstUse(true).first));
    expect(error.code).toBe('VAULT_KEY_WRONG');
  });

  test('names the ways on when the key is missing', async () => {
    const error = await refusal(openVault(record, sourceWith(null).source, firstUse(true).first));
    expect(error.hint).toContain('keyring');
    expect(error.hint).toContain('profile import');
    expect(error.hint).toContain('MPN_BENEFITS_VAULT_KEY');
  });
});

describe('opening a vault for the first time', () => {
  const record = { vaultId: VAULT_ID, check: null };

  test('makes a key, stores it, reads it back, and saves the check', async () => {
    const { source, calls, kept } = sourceWith(null);
    const { first, saved } = firstUse(true);
    const vault = await openVault(record, source, first);
    expect(calls).toEqual(['read', 'store', 'read'].map((call) => `${call} vault:${VAULT_ID}`));
    expect(kept()).toBe(KEY);
    expect(saved).toEqual([made(KEY).check]);
    expect(vault.fingerprint(new Secret(PRODUCT_KEY))).toBe(
      made(KEY).vault.fingerprint(new Secret(PRODUCT_KEY)),
    );
  });

  test('adopts a key that is there already', async () => {
    const { source, calls, kept } = sourceWith(OTHER_KEY);
    const { first, saved } = firstUse(true);
    await openVault(record, source, first);
    expect(calls).toEqual([`read vault:${VAULT_ID}`]);
    expect(kept()).toBe(OTHER_KEY);
    expect(saved).toEqual([made(OTHER_KEY).check]);
  });

  test('does not replace a text that is no key', async () => {
    const { source, kept } = sourceWith('somebody else’s note');
    const { first, saved } = firstUse(true);
    expect((await refusal(openVault(record, source, first))).code).toBe('VAULT_KEY_WRONG');
    expect(kept()).toBe('somebody else’s note');
    expect(saved).toEqual([]);
  });

  test.each([
    ['nothing', null],
    ['another key', OTHER_KEY],
    ['a text that is no key', 'cut'],
  ])('is refused if the store then gives %s', async (_, lies) => {
    const { first, saved } = firstUse(true);
    const error = await refusal(openVault(record, sourceWith(null, { lies }).source, first));
    expect(error).toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE', details: { reason: 'failed' } });
    expect(saved).toEqual([]);
  });

  test('takes the first writer’s key where that is the rule', async () => {
    const { first, saved } = firstUse(true);
    await openVault(record, sourceWith(null, { firstWins: true, lies: OTHER_KEY }).source, first);
    expect(saved).toEqual([made(OTHER_KEY).check]);
  });

  test.each(['KEYCHAIN_LOCKED', 'KEYCHAIN_UNAVAILABLE', 'STORAGE_UNAVAILABLE', 'USAGE'] as const)(
    'passes %s on and creates nothing',
    async (code) => {
      const { calls, source } = sourceWith(null);
      const failing: VaultKeySource = {
        ...source,
        read: () => Promise.reject(new AppError(code, 'The store failed.', { hint: 'Mend it.' })),
      };
      const { first, saved } = firstUse(true);
      expect((await refusal(openVault(record, failing, first))).code).toBe(code);
      expect(calls).toEqual([]);
      expect(saved).toEqual([]);
    },
  );

  test('saves no check if storing fails', async () => {
    const { source } = sourceWith(null);
    const failing: VaultKeySource = {
      ...source,
      store: () =>
        Promise.reject(new AppError('KEYCHAIN_LOCKED', 'The store failed.', { hint: 'Unlock it.' })),
    };
    const { first, saved } = firstUse(true);
    expect((await refusal(openVault(record, failing, first))).code).toBe('KEYCHAIN_LOCKED');
    expect(saved).toEqual([]);
  });

  test('without the lock asks nobody and makes nothing', async () => {
    const { source, calls } = sourceWith(KEY);
    const { first, saved } = firstUse(false);
    expect((await refusal(openVault(record, source, first))).code).toBe('VAULT_KEY_MISSING');
    expect(calls).toEqual([]);
    expect(saved).toEqual([]);
  });

  test('overwrites the random bytes after use', async () => {
    const bytes = new Uint8Array(32).fill(7);
    await openVault(record, sourceWith(null).source, { ...firstUse(true).first, randomKey: () => bytes });
    expect(bytes).toEqual(new Uint8Array(32));
  });
});
