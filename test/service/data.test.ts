import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { environmentKey } from '../../src/credentials/environment-key.ts';
import { KeychainUnusable, keychainFailure } from '../../src/credentials/keychain-problem.ts';
import { makeVault, openData } from '../../src/service/data.ts';
import type { VaultKeySource } from '../../src/vault/vault.ts';
import { VAULT_KEY } from '../helpers/cli.ts';

/** A team's profile whose vault key is where `read` says. */
async function dataWith(read: () => VaultKeySource) {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-data-'));
  const data = await openData(
    {
      url: undefined,
      file: join(folder, 'benefits.db'),
      vaultKey: async () => read(),
      vaultKeyPlace: async () => 'keychain',
      keychain: async () => read(),
      policy: 'documented',
      now: () => new Date(),
    },
    true,
  );
  onTestFinished(async () => {
    await data.database.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return data;
}

test('the vault key is asked for once as long as it is there', async () => {
  const kept = environmentKey(VAULT_KEY);
  let asked = 0;
  const data = await dataWith(() => ({
    ...kept,
    read: (account) => {
      asked += 1;
      return kept.read(account);
    },
  }));
  await makeVault(data);
  for (let time = 0; time < 3; time += 1) await data.vault(data.database.reading());
  expect(asked).toBe(1);
});

test('a keychain that has used up all patience is asked with new patience the next time', async () => {
  const kept = environmentKey(VAULT_KEY);
  let answers = true;
  const data = await dataWith(() => {
    let patient = true;
    return {
      ...kept,
      read: async (account) => {
        patient &&= answers;
        if (!patient) throw keychainFailure(new KeychainUnusable('timed-out'), 'vault key');
        return kept.read(account);
      },
    };
  });
  answers = false;
  await expect(makeVault(data)).rejects.toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
  answers = true;
  await makeVault(data);
  expect((await data.vault(data.database.reading())).vaultId).toBeTruthy();
});
