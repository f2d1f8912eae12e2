/**
 * A new vault key for a profile.
 *
 * Threat model: whoever learned the old key must open nothing that is stored from now on, and whatever ends this
 * process in the middle (kill -9, a full disk, a keychain that locks) must leave one vault with its key. So the new
 * key is kept under its own vault id before anything is sealed with it; everything is sealed, and the new id written,
 * in one transaction; and only then the old key goes. The database notes the id that is not in use (`spare`) before
 * the first step, so that a key which a crash left behind is dropped by the next rotation. Older copies of the
 * database need the old key and cannot be opened any more; an export holds its own key and can.
 */
import { AppError } from '../../errors.ts';
import type { Secret } from '../../keys/secret.ts';
import { onlyRow, type Sql, textOrNull } from '../../store/sql.ts';
import { type KeyRotation, type VaultKeySource, vaultAccount, vaultWithKey } from '../../vault/vault.ts';
import { encodeVaultKey, sameVaultKey, VAULT_KEY_BYTES } from '../../vault/vault-key.ts';
import type { VaultChange } from '../backend.ts';
import { beginChange } from './changes.ts';
import { notKept, provenVault, type VaultKeysSetup, vaultRecord } from './vault.ts';
import { reseal } from './vault-reseal.ts';

/** Gives back where a key was left behind that could not be dropped; the next rotation tries again. */
export async function rotate(
  setup: VaultKeysSetup,
  ownKey: Secret | undefined,
): Promise<VaultChange & { readonly leftover: string | null }> {
  const { database, crypto } = setup;
  const source = await setup.vaultKey();
  if (ownKey !== undefined && (await setup.vaultKeyPlace()) === 'file') throw sandboxKey();
  const kept = ownKey === undefined ? rotationOf(source) : null;
  const { key: oldKey } = await vaultInUse(setup, source);
  if (ownKey !== undefined && sameVaultKey(ownKey, oldKey)) throw sameKey();
  const next = crypto.randomUuid();
  const newKey = ownKey ?? encodeVaultKey(crypto.randomBytes(VAULT_KEY_BYTES));
  const made = vaultWithKey(next, newKey);
  if (made === null) throw notAKey();
  await database.write((sql) => noteSpare(sql, next, source.rotation));
  try {
    const { old, ...changed } = await database.write(async (sql) => {
      await beginChange(sql);
      if ((await spareOf(sql)) !== next) throw overtaken();
      const record = await vaultRecord(sql);
      const { vault: from } = await provenVault(record, source);
      if (kept !== null) await keep(kept, source, next, newKey);
      const sealed = await reseal(sql, from, made.vault);
      await sql.run(
        'UPDATE profile SET vault_id = ?, vault_check = ?, spare_vault_id = ?',
        next,
        made.check,
        record.vaultId,
      );
      return { vaultId: next, location: source.describe(), sealed, old: record.vaultId };
    });
    return { ...changed, leftover: await dropSpare(setup, old) };
  } catch (error) {
    await dropSpare(setup, next);
    throw error;
  }
}

/** The vault as it is, unless another rotation came through between the two looks: then once more. */
async function vaultInUse({ database }: VaultKeysSetup, source: VaultKeySource) {
  for (;;) {
    const record = await vaultRecord(database.reading());
    try {
      return await provenVault(record, source);
    } catch (error) {
      if ((await vaultRecord(database.reading())).vaultId === record.vaultId) throw error;
    }
  }
}

async function spareOf(sql: Sql): Promise<string | null> {
  return textOrNull(await onlyRow(sql, 'SELECT spare_vault_id FROM profile'), 'spare_vault_id');
}

/** Drops what an interrupted rotation left; under the write lock, so that a running one is not robbed of its key. */
async function noteSpare(sql: Sql, next: string, rotation: KeyRotation | undefined): Promise<void> {
  const spare = await spareOf(sql);
  const { vaultId } = await vaultRecord(sql);
  if (spare !== null) await rotation?.drop(vaultAccount(spare), vaultAccount(vaultId));
  await sql.run('UPDATE profile SET spare_vault_id = ?', next);
}

async function keep(rotation: KeyRotation, source: VaultKeySource, next: string, key: Secret): Promise<void> {
  const account = vaultAccount(next);
  await rotation.keep(account, key);
  const kept = await source.read(account);
  if (kept === null || !sameVaultKey(kept, key)) throw notKept(source);
}

/** Drops the key of a vault that is not in use. Gives back where it is if that cannot be done now. */
async function dropSpare({ database, vaultKey }: VaultKeysSetup, spare: string): Promise<string | null> {
  const source = await vaultKey();
  try {
    await database.write(async (sql) => {
      const { vaultId } = await vaultRecord(sql);
      if ((await spareOf(sql)) !== spare || vaultId === spare) return;
      await source.rotation?.drop(vaultAccount(spare), vaultAccount(vaultId));
      await sql.run('UPDATE profile SET spare_vault_id = NULL');
    });
    return null;
  } catch (error) {
    // What the rotation itself came to must not be hidden by this.
    if (!(error instanceof AppError)) throw error;
    return source.describe();
  }
}

function rotationOf(source: VaultKeySource): KeyRotation {
  if (source.rotation !== undefined) return source.rotation;
  throw new AppError('USAGE', `A new vault key cannot be written to ${source.describe()}.`, {
    hint: 'Give the new key yourself, with --own-key.',
  });
}

function sandboxKey(): AppError {
  return new AppError('USAGE', 'The sandbox makes its vault key itself.', { hint: 'Leave --own-key away.' });
}

function sameKey(): AppError {
  return new AppError('USAGE', 'The new vault key is the one in use.', {
    hint: 'Make another: openssl rand -base64 32',
  });
}

function notAKey(): AppError {
  return new AppError('USAGE', 'The new vault key is not the base64 form of 32 bytes.', {
    hint: 'Make one: openssl rand -base64 32',
  });
}

function overtaken(): AppError {
  return new AppError('UNAVAILABLE', 'Another process is changing the vault key, so this one stopped.', {
    hint: 'See: mpn-benefits vault status',
  });
}
