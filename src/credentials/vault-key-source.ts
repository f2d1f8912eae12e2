import type { VaultKeySource } from '../vault/vault.ts';
import type { KeychainOptions } from './keychain.ts';

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

/** Where the vault key of a profile is kept. Nothing is opened or asked, and only what that place needs is loaded. */
export async function vaultKeySource(places: VaultKeyPlaces): Promise<VaultKeySource> {
  const { file, environmentValue } = places;
  if (file !== undefined) return (await import('./file-key.ts')).fileKey(file);
  if (environmentValue !== undefined)
    return (await import('./environment-key.ts')).environmentKey(environmentValue);
  return keychainSource(places);
}

/** The keychain itself, whatever else holds the key. */
export async function keychainSource(places: VaultKeyPlaces): Promise<VaultKeySource> {
  return (await import('./keychain.ts')).keychain(places.keychain);
}
