import type { VaultKeyPlace } from '../../credentials/vault-key-source.ts';
import type { VaultKeySource } from '../../vault/vault.ts';
import type { LedgerSetup } from './ledger.ts';
import type { ProfileDatabase } from './profile-database.ts';

/** What copying a profile needs. */
export interface CopiesSetup {
  readonly databaseFile: string;
  readonly database: ProfileDatabase;
  readonly today: () => string;
  readonly ledger: LedgerSetup;
  readonly vaultKey: () => Promise<VaultKeySource>;
  readonly vaultKeyPlace: () => Promise<VaultKeyPlace>;
  readonly crypto: { readonly randomUuid: () => string };
}
