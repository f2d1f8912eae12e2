import type { Secret } from '../../keys/secret.ts';
import type { Vault } from '../../vault/vault.ts';

/** The id under which a text with a key in it is sealed: the same text is sealed once. */
export function sealedTextId(vault: Vault, original: Secret): string {
  return `t-${vault.fingerprint(original).slice(0, 24)}`;
}
