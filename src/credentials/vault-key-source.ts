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

/**
 * Where the vault key of a profile is kept: the first place that applies is the only one asked. The sandbox's own
 * file comes before the environment, because that variable holds the key of a real profile, which would not open
 * the sandbox. Nothing is opened or asked by this call.
 */
export function vaultKeySource(places: VaultKeyPlaces): VaultKeySource {
  const candidates = [
    places.file === undefined ? null : fileKey(places.file),
    places.environmentValue === undefined ? null : environmentKey(places.environmentValue),
  ];
  return candidates.find((candidate) => candidate !== null) ?? keychain(places.keychain);
}
