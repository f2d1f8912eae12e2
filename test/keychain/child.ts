/**
 * What a command does with its keychain, as a process of its own: `open <record.json>` opens the vault whose record
 * is in that file, under an exclusive lock that stands for the database's; `status` is doctor's question. Answers
 * are one JSON line. The process is never told to exit: it must come to its end by itself.
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { type KeychainOptions, keychain, keychainStatus } from '../../src/credentials/keychain.ts';
import { vaultKeySource } from '../../src/credentials/vault-key-source.ts';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';
import { openVault, type VaultRecord } from '../../src/vault/vault.ts';

const options: KeychainOptions = {
  held: 'vault key',
  // Where the platform has no questions of its own, the library is asked straight away: as if the keyring
  // changed its state right after the questions.
  platform: process.env['TEST_LIBRARY_ALONE'] === '1' ? 'darwin' : process.platform,
  busAddress: process.env['DBUS_SESSION_BUS_ADDRESS'],
  runtimeDir: process.env['XDG_RUNTIME_DIR'],
};

async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = await open(`${path}.lock`, 'wx').catch(() => null);
    if (lock === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    try {
      return await work();
    } finally {
      await lock.close();
      await rm(`${path}.lock`);
    }
  }
}

async function openRecord(path: string): Promise<unknown> {
  const source = await vaultKeySource({
    file: process.env['TEST_KEY_FILE'],
    environmentValue: process.env['MPN_BENEFITS_VAULT_KEY'],
    keychain: options,
  });
  return locked(path, async () => {
    const record = JSON.parse(await readFile(path, 'utf8')) as VaultRecord;
    const vault = await openVault(record, source, {
      allowed: true,
      saveCheck: (check) => writeFile(path, JSON.stringify({ ...record, check })),
      randomKey: () => randomBytes(32),
    });
    return { fingerprint: vault.fingerprint(new Secret('BCDFG-HJKMP-QRTVW-XY234-6789B')) };
  });
}

async function main(): Promise<unknown> {
  const [task, argument = ''] = process.argv.slice(2);
  try {
    if (task === 'status') return await keychainStatus(options);
    if (task === 'remove') return { removed: await keychain(options).remove(argument) };
    return await openRecord(argument);
  } catch (error) {
    if (!(error instanceof AppError)) return { crash: String(error) };
    return {
      code: error.code,
      exitCode: error.exitCode,
      reason: error.details['reason'] ?? null,
      hint: error.hint,
    };
  }
}

process.stdout.write(`${JSON.stringify(await main())}\n`);
