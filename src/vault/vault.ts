/**
 * Threat model of this file: product keys at rest are worth no more than the vault key, so two things must never
 * happen. A key that cannot be proven right must not seal or fingerprint anything, or records become unreadable
 * one by one. And no doubt about where the vault key is may end in a new one: a locked, slow or broken store is
 * an error, only a definite "no item" together with an empty `check` is a first use. The subkeys live in
 * KeyObjects, outside of the JavaScript heap and unprintable. Not covered: the memory of this process.
 */
import {
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { AppError } from '../errors.ts';
import { canonicalKey, lastCharacters } from '../keys/product-key.ts';
import { Secret } from '../keys/secret.ts';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import { decodeVaultKey, encodeVaultKey, sameVaultKey, VAULT_KEY_BYTES } from './vault-key.ts';

/** What seals and opens the product keys of one profile. */
export interface Vault {
  readonly vaultId: string;
  /** Seals the exact characters for one record. Two calls never give the same bytes. */
  seal(recordId: string, plain: Secret): Uint8Array;
  /** @throws AppError INVALID_DATA if the bytes are damaged or belong to another record. */
  open(recordId: string, sealed: Uint8Array): Secret;
  /** The same for every spelling of a product key, useless without the vault key: 64 hex digits. */
  fingerprint(key: Secret): string;
}

/** What the database holds of its vault; `check` is null until the first key is sealed. */
export interface VaultRecord {
  readonly vaultId: string;
  readonly check: string | null;
}

/** Where a vault key is kept. */
export interface VaultKeySource {
  /** If set, `store` leaves an earlier key in place and the first writer's key is everybody's. */
  readonly firstWins?: true;
  /** Where the key lives, for doctor and `vault status`; never the key. */
  describe(): string;
  /** The key, or null only for a definite "no such item". @throws AppError for everything less certain. */
  read(account: string): Promise<Secret | null>;
  store(account: string, key: Secret): Promise<void>;
  /** How one key gives way to another; absent where this program cannot store one. */
  readonly rotation?: KeyRotation;
}

/** For a while the keys of two vaults are kept side by side, so that a crash leaves a key for either. */
export interface KeyRotation {
  /** Keeps the key of a second vault beside the one in use. */
  keep(account: string, key: Secret): Promise<void>;
  /** Drops the key of a vault that nothing is sealed with; that of `current` stays. None is no error. */
  drop(account: string, current: string): Promise<void>;
}

/** How a vault may come to be. The caller holds the database's write lock if `allowed` is true. */
export interface FirstUse {
  readonly allowed: boolean;
  /** Writes `check` into the database, in the transaction of that lock. */
  saveCheck(check: string): Promise<void>;
  /** 32 random bytes; they are overwritten after use. */
  randomKey(): Uint8Array;
}

/** The keychain account of a vault. */
export function vaultAccount(vaultId: string): string {
  return `vault:${vaultId}`;
}

const CHECK_TEXT = 'mpn-benefits/vault/1';

function subkey(key: Uint8Array, vaultId: string, info: 'seal' | 'fingerprint' | 'check'): KeyObject {
  const bytes = new Uint8Array(hkdfSync('sha256', key, Buffer.from(vaultId, 'utf8'), info, VAULT_KEY_BYTES));
  const made = createSecretKey(bytes);
  bytes.fill(0);
  return made;
}

/**
 * The vault of a given key, with the value that proves the key, and no question asked of any store. Rotation opens
 * the old and the new vault side by side with it. Null if the text is not a vault key.
 */
export function vaultWithKey(vaultId: string, key: Secret): { vault: Vault; check: string } | null {
  const bytes = decodeVaultKey(key);
  if (bytes === null) return null;
  const sealKey = subkey(bytes, vaultId, 'seal');
  const fingerprintKey = subkey(bytes, vaultId, 'fingerprint');
  const check = createHmac('sha256', subkey(bytes, vaultId, 'check'))
    .update(CHECK_TEXT)
    .digest('hex');
  bytes.fill(0);
  const vault: Vault = {
    vaultId,
    seal(recordId, plain) {
      const text = Buffer.from(plain.reveal(), 'utf8');
      const sealed = sealEnvelope(sealKey, { vaultId, recordId }, text);
      text.fill(0);
      return sealed;
    },
    open(recordId, sealed) {
      const plain = openEnvelope(sealKey, { vaultId, recordId }, sealed);
      if (plain === null) throw damaged(recordId);
      const text = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength).toString('utf8');
      plain.fill(0);
      return new Secret(text, `…${lastCharacters(text)}`);
    },
    fingerprint(product) {
      return createHmac('sha256', fingerprintKey)
        .update(canonicalKey(product.reveal()), 'utf8')
        .digest('hex');
    },
  };
  return { vault, check };
}

/** A vault that lives and dies with this process, for dry runs: its fingerprints and seals fit nothing stored. */
export function temporaryVault(vaultId: string): Vault {
  const made = vaultWithKey(vaultId, encodeVaultKey(randomBytes(VAULT_KEY_BYTES)));
  if (made === null) throw new Error('a fresh vault key was not readable');
  return made.vault;
}

/**
 * The vault of a profile, opened with a proven key. With `check` set it only reads. With `check` empty and a first
 * use allowed it adopts a key that an interrupted first use left behind, or makes, stores and reads back a new one.
 * @throws AppError VAULT_KEY_MISSING, VAULT_KEY_WRONG, and whatever the source throws (KEYCHAIN_…, USAGE,
 *   STORAGE_UNAVAILABLE); in none of these cases is anything created or replaced.
 */
export async function openVault(
  record: VaultRecord,
  source: VaultKeySource,
  first: FirstUse,
): Promise<Vault> {
  if (record.check === null && !first.allowed) throw notMadeYet();
  const account = vaultAccount(record.vaultId);
  const stored = await source.read(account);
  if (record.check !== null) {
    if (stored === null) throw missing(source, account);
    return proven(record.vaultId, record.check, stored, source);
  }
  const key = stored ?? (await makeKey(account, source, first));
  const made = vaultWithKey(record.vaultId, key);
  if (made === null) throw wrong(source, 'not-a-key');
  await first.saveCheck(made.check);
  return made.vault;
}

/** The read-back decides: `check` must belong to what the store really gives, now and later. */
async function makeKey(account: string, source: VaultKeySource, first: FirstUse): Promise<Secret> {
  const made = encodeVaultKey(first.randomKey());
  await source.store(account, made);
  const kept = await source.read(account);
  if (kept !== null && (source.firstWins === true || sameVaultKey(kept, made))) return kept;
  throw new AppError('KEYCHAIN_UNAVAILABLE', `A new vault key was not kept by ${source.describe()}.`, {
    hint: 'Run `mpn-benefits doctor`. Nothing was imported.',
    details: { reason: 'failed' },
  });
}

function proven(vaultId: string, check: string, key: Secret, source: VaultKeySource): Vault {
  const made = vaultWithKey(vaultId, key);
  if (made === null) throw wrong(source, 'not-a-key');
  const expected = Buffer.from(check, 'utf8');
  const actual = Buffer.from(made.check, 'utf8');
  if (expected.length === actual.length && timingSafeEqual(expected, actual)) return made.vault;
  throw wrong(source, 'other-key');
}

function damaged(recordId: string): AppError {
  return new AppError('INVALID_DATA', `The sealed value of record ${recordId} is damaged.`, {
    hint: 'Restore the database from a backup, or import this key again.',
    details: { record: recordId },
  });
}

function notMadeYet(): AppError {
  return new AppError(
    'VAULT_KEY_MISSING',
    'This profile has no vault yet, because no key was ever imported.',
    {
      hint: 'Import a key first: `mpn-benefits import <file>`.',
    },
  );
}

/** What to do where the vault key is gone. */
export const MISSING_KEY_HINT =
  'Restore the keyring of the user who made this profile, set MPN_BENEFITS_VAULT_KEY to a saved copy of the key, ' +
  'or read an export into a new profile with `mpn-benefits profile import <file>`.';
/** What to do where it is another one. */
export const WRONG_KEY_HINT =
  'Use the vault key that this profile was made with, or the home folder that belongs to this key.';

function missing(source: VaultKeySource, account: string): AppError {
  return new AppError('VAULT_KEY_MISSING', `The vault key of this profile is not in ${source.describe()}.`, {
    hint: MISSING_KEY_HINT,
    details: { account },
  });
}

function wrong(source: VaultKeySource, reason: 'not-a-key' | 'other-key'): AppError {
  const what =
    reason === 'other-key' ? 'holds the key of another vault' : 'holds something that is no vault key';
  return new AppError('VAULT_KEY_WRONG', `${capital(source.describe())} ${what}. Nothing was changed.`, {
    hint: WRONG_KEY_HINT,
    details: { reason },
  });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
