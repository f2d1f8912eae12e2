/**
 * Threat model of this file: in a pipeline the vault key comes as a masked variable. Whoever reads the environment
 * of this process has it; that is the pipeline's to guard. Ours is to never repeat the value, also not when it is
 * wrong, and (elsewhere) to give child processes an environment without it.
 */
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import type { VaultKeySource } from '../vault/vault.ts';
import { decodeVaultKey } from '../vault/vault-key.ts';

const VARIABLE = 'MPN_BENEFITS_VAULT_KEY';

/**
 * The key in the value of MPN_BENEFITS_VAULT_KEY. Standard base64 of 32 bytes, as `openssl rand -base64 32` prints
 * it; the URL-safe alphabet is refused, so that one key has one spelling. A variable that is set but empty is a
 * secret that somebody forgot to define, and an error too.
 * @throws AppError USAGE at the first read, so that `describe` works with any value.
 */
export function environmentKey(value: string): VaultKeySource {
  return {
    describe: () => `the environment variable ${VARIABLE}`,
    async read() {
      const key = new Secret(value.trim());
      const bytes = decodeVaultKey(key);
      if (bytes === null) throw notAKey(value.trim() === '');
      bytes.fill(0);
      return key;
    },
    async store() {
      throw new AppError('USAGE', `A new vault key cannot be written to ${VARIABLE}.`, {
        hint: `Unset ${VARIABLE} to keep the key in the keychain.`,
      });
    },
  };
}

function notAKey(empty: boolean): AppError {
  return new AppError('USAGE', `${VARIABLE} is ${empty ? 'empty' : 'not the base64 form of 32 bytes'}.`, {
    hint: 'Give it the vault key that the profile has. For a new profile make one with `openssl rand -base64 32`, and keep it among the secrets of the pipeline.',
  });
}
