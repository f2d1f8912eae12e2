import type { VaultKeySource } from '../vault/vault.ts';
import { environmentKey } from './environment-key.ts';
import { fileKey } from './file-key.ts';
import { type KeychainOptions, keychain } from './keychain.ts';

/** Everything that decides where a profile's vault key is. */
export interface VaultKeyPlaces {
  /** The key file of a profile that has its own (the sandbox), else undefined. */
  readonly file: string | undefined;
  /** The value of MPN_BENEFITS_VAULT_KEY, undefined if it is not set. */
  readonly environmentValue: string | undefined;
  readonly keychain: KeychainOptions;
}

/** Kinds of places a vault key can be in. */
export type VaultKeyPlace = 'file' | 'environment' | 'keychain';

/**
 * Which place a profile's vault key is in: the first that applies is the only one asked. The sandbox's own file
 * comes before the environment, because that variable holds the key of a real profile, which would not open the
 * sandbox. Nothing is opened or asked by this call.
 */
export function vaultKeyPlace({ file, environmentValue }: VaultKeyPlaces): VaultKeyPlace {
  if (file !== undefined) return 'file';
  return environmentValue === undefined ? 'keychain' : 'environment';
}

/** Where the vault key of a profile is kept. Nothing is opened or asked by this call. */
export function vaultKeySource(places: VaultKeyPlaces): VaultKeySource {
  if (places.file !== undefined) return fileKey(places.file);
  if (places.environmentValue !== undefined) return environmentKey(places.environmentValue);
  return keychain(places.keychain);
}

/** The keychain itself, whatever else holds the key. */
export function keychainSource(places: VaultKeyPlaces): VaultKeySource {
  return keychain(places.keychain);
}
