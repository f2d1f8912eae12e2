import { randomUUID } from 'node:crypto';
import type { Environment } from '../environment.ts';
import type { Places } from '../settings/places.ts';
import { NAMELESS, type Profile, refreshLockFile } from '../settings/profiles.ts';
import { keychainOptions } from './keychain-options.ts';
import { type CredentialPlace, credentialPlace, ServiceCredential } from './service-credential.ts';

export interface ProfileCredentialSetup {
  readonly profile: Profile;
  readonly origin: string;
  readonly places: Places;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly now: () => Date;
}

/** Where the credential of a remote profile is kept; null for the one that only the environment names. */
export async function keptCredential(setup: ProfileCredentialSetup): Promise<CredentialPlace | null> {
  const { profile, origin, env, platform } = setup;
  if (profile.name === NAMELESS) return null;
  const { keychain } = await import('./keychain.ts');
  const kept = keychain(keychainOptions(env, platform, 'credential'));
  return credentialPlace(kept, profile.name, origin, randomUUID);
}

/** The credential of a remote profile, renewed as needed. */
export function profileCredential(setup: ProfileCredentialSetup): ServiceCredential {
  const { profile, origin, places, env, now } = setup;
  return new ServiceCredential({
    profile: profile.name,
    origin,
    env,
    now,
    place: () => keptCredential(setup),
    alone: (work) => aloneWith(refreshLockFile(places, profile.name), work),
    refresh: async (stored) => (await import('./oauth.ts')).refreshSignIn(stored, { env, now }),
  });
}

/**
 * One process at a time: a provider that rotates refresh tokens gives nothing to the second. The lock is a write
 * transaction of an empty database: the system frees it whatever becomes of the process.
 */
async function aloneWith<T>(file: string | null, work: () => Promise<T>): Promise<T> {
  if (file === null) return work();
  const { openSqliteFile } = await import('../store/sqlite.ts');
  const lock = openSqliteFile(file, {
    applicationId: 0x4d504e4c,
    migrations: [{ version: 1, statements: [] }],
    synchronous: 'NORMAL',
  });
  try {
    return await lock.write(work);
  } finally {
    await lock.close();
  }
}
