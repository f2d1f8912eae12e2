import { type Sql, text, textOrNull } from '../../store/sql.ts';
import {
  type FirstUse,
  openVault,
  temporaryVault,
  type Vault,
  type VaultKeySource,
  type VaultRecord,
} from '../../vault/vault.ts';
import { beginChange } from './changes.ts';

export interface VaultSetup {
  /** Where the vault key comes from; asked for only when a key is sealed or opened. */
  readonly source: () => Promise<VaultKeySource>;
  readonly randomBytes: (count: number) => Uint8Array;
}

async function vaultRecord(sql: Sql): Promise<VaultRecord> {
  const row = await sql.first('SELECT vault_id, vault_check FROM profile');
  if (row === undefined) throw new Error('the database has no profile row');
  return { vaultId: text(row, 'vault_id'), check: textOrNull(row, 'vault_check') };
}

/**
 * The profile's vault, for a transaction that holds the write lock: at its first use the vault key is made there,
 * so two processes never make two.
 */
export async function profileVault(transaction: Sql, setup: VaultSetup): Promise<Vault> {
  const known = await vaultRecord(transaction);
  if (known.check === null) await beginChange(transaction);
  const record = known.check === null ? await vaultRecord(transaction) : known;
  return openVault(record, await setup.source(), {
    allowed: true,
    saveCheck: async (check) => {
      await transaction.run('UPDATE profile SET vault_check = ?', check);
    },
    randomKey: () => setup.randomBytes(32),
  });
}

/** The vault of a profile that has one already, for taking keys out. Throws VAULT_KEY_MISSING and the like. */
export async function existingVault(sql: Sql, setup: VaultSetup): Promise<Vault> {
  return openVault(await vaultRecord(sql), await setup.source(), NEVER_FIRST);
}

/** Opening never makes a key. */
const NEVER_FIRST: FirstUse = {
  allowed: false,
  saveCheck: async () => {},
  randomKey: () => {
    throw new Error('no vault key is made here');
  },
};

/** For a dry run: the profile's own vault if it has one, else one that is thrown away. Never makes a key. */
export async function rehearsalVault(transaction: Sql, setup: VaultSetup): Promise<Vault> {
  const record = await vaultRecord(transaction);
  if (record.check === null) return temporaryVault(record.vaultId);
  return openVault(record, await setup.source(), NEVER_FIRST);
}
