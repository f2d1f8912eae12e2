import { AppError } from '../../errors.ts';
import { integer, onlyRow, type Sql, textOrNull } from '../../store/sql.ts';
import { type VaultKeySource, type VaultRecord, vaultAccount } from '../../vault/vault.ts';
import { sameVaultKey } from '../../vault/vault-key.ts';
import type { VaultKeys } from '../backend.ts';
import type { VaultStatus } from '../rows.ts';
import { notKept, provenVault, type VaultKeysSetup, vaultRecord } from './vault.ts';
import { rotate } from './vault-rotate.ts';

export function localVaultKeys(setup: VaultKeysSetup): VaultKeys {
  return {
    status: () => status(setup),
    rotate: (ownKey) => rotate(setup, ownKey),
    adopt: () => adopt(setup),
  };
}

async function status({ database, vaultKey, vaultKeyPlace }: VaultKeysSetup): Promise<VaultStatus> {
  const sql = database.reading();
  const row = await onlyRow(sql, 'SELECT spare_vault_id, exported_on FROM profile');
  const record = await vaultRecord(sql);
  const source = await vaultKey();
  return {
    place: await vaultKeyPlace(),
    location: source.describe(),
    vaultId: record.vaultId,
    ...(await keyOf(record, source)),
    sealed: await countSealed(sql),
    leftover: textOrNull(row, 'spare_vault_id') !== null,
    exportedOn: textOrNull(row, 'exported_on'),
  };
}

async function keyOf(
  record: VaultRecord,
  source: VaultKeySource,
): Promise<Pick<VaultStatus, 'key' | 'problem'>> {
  if (record.check === null) {
    return { key: 'none', problem: 'No product key was imported yet, so there is no vault key.' };
  }
  try {
    await provenVault(record, source);
    return { key: 'right', problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const key =
      error.code === 'VAULT_KEY_MISSING'
        ? 'missing'
        : error.code === 'VAULT_KEY_WRONG' || error.code === 'USAGE'
          ? 'wrong'
          : 'unknown';
    return { key, problem: error.message };
  }
}

/** Product keys and texts that are sealed. */
export async function countSealed(sql: Sql): Promise<number> {
  const row = await onlyRow(
    sql,
    'SELECT (SELECT COUNT(*) FROM product_key) + (SELECT COUNT(*) FROM sealed_text) AS n',
  );
  return integer(row, 'n');
}

/** The write lock keeps two of these, and a rotation, from meeting in the keychain. */
async function adopt({ database, vaultKey, vaultKeyPlace, keychain }: VaultKeysSetup) {
  if ((await vaultKeyPlace()) !== 'environment') {
    throw new AppError('USAGE', 'MPN_BENEFITS_VAULT_KEY is not set, or not used by this profile.', {
      hint: 'Set it to the vault key of this profile; adopt then puts that key into the keychain.',
    });
  }
  const { key } = await provenVault(await vaultRecord(database.reading()), await vaultKey());
  return database.write(async (sql) => {
    const record = await vaultRecord(sql);
    await provenVault(record, { ...(await vaultKey()), read: async () => key });
    const account = vaultAccount(record.vaultId);
    const target = await keychain();
    const there = await target.read(account);
    if (there !== null && !sameVaultKey(there, key)) throw otherKeyThere(target);
    if (there === null) {
      await target.store(account, key);
      const kept = await target.read(account);
      if (kept === null || !sameVaultKey(kept, key)) throw notKept(target);
    }
    return {
      vaultId: record.vaultId,
      location: target.describe(),
      sealed: await countSealed(sql),
      stored: there === null,
    };
  });
}

function otherKeyThere(target: VaultKeySource): AppError {
  return new AppError(
    'VAULT_KEY_WRONG',
    `There is another key for this vault in ${target.describe()}; it stays.`,
    {
      hint: 'It does not open this profile. Remove it by hand if you are sure that it opens nothing else.',
      details: { reason: 'other-key' },
    },
  );
}
