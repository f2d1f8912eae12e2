import { keychainStatus } from '../credentials/keychain.ts';
import { type VaultKeyPlaces, vaultKeyPlace, vaultKeySource } from '../credentials/vault-key-source.ts';
import { failed, type Verdict } from './check.ts';

/** Whether a vault key could be had now, and from where. Creates and changes nothing. */
export async function lookAtVaultKey(places: VaultKeyPlaces): Promise<Verdict> {
  const place = vaultKeyPlace(places);
  if (place === 'keychain') return lookAtKeychain(places);
  try {
    const source = await vaultKeySource(places);
    // The sandbox's file may not be there yet; a variable holds a key or is wrong.
    if (place === 'environment') await source.read('');
    return { result: 'ok', evidence: `It comes from ${source.describe()}.` };
  } catch (error) {
    return failed(error);
  }
}

async function lookAtKeychain({ keychain }: VaultKeyPlaces): Promise<Verdict> {
  const { state, detail } = await keychainStatus(keychain);
  if (state === 'ok') return { result: 'ok', evidence: detail };
  return {
    // Listing, showing and counting need no vault key.
    result: 'warn',
    evidence: detail,
    fix: 'Commands that import or hand out keys need it: start or unlock the keyring, or set MPN_BENEFITS_VAULT_KEY.',
  };
}
