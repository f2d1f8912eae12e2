import { keychainStatus } from '../credentials/keychain.ts';
import { type VaultKeyPlaces, vaultKeySource } from '../credentials/vault-key-source.ts';
import { AppError } from '../errors.ts';
import type { Verdict } from './check.ts';

/** Whether a vault key could be had now, and from where. Creates and changes nothing. */
export async function lookAtVaultKey(places: VaultKeyPlaces): Promise<Verdict> {
  try {
    const source = await vaultKeySource(places);
    if (places.file !== undefined || places.environmentValue !== undefined) {
      if (places.environmentValue !== undefined && places.file === undefined) await source.read('');
      return { result: 'ok', evidence: `It comes from ${source.describe()}.` };
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return {
      result: 'fail',
      evidence: error.message,
      ...(error.hint === undefined ? {} : { fix: error.hint }),
    };
  }
  const { state, detail } = await keychainStatus(places.keychain);
  if (state === 'ok') return { result: 'ok', evidence: detail };
  return {
    // Listing, showing and counting need no vault key.
    result: 'warn',
    evidence: detail,
    fix: 'Commands that import or hand out keys need it: start or unlock the keyring, or set MPN_BENEFITS_VAULT_KEY.',
  };
}
