import { dirname, join } from 'node:path';
import { policyNamed, STANDARD_POLICY } from '../activation/policy.ts';
import { keychainOptions } from '../credentials/keychain-options.ts';
import type { VaultKeyPlaces } from '../credentials/vault-key-source.ts';
import type { Secret } from '../keys/secret.ts';
import type { Places } from '../settings/places.ts';
import { cacheFile, databaseFile, type Profile } from '../settings/profiles.ts';
import type { RemotePlace } from '../settings/settings.ts';
import type { VaultKeySource } from '../vault/vault.ts';
import type { Backend } from './backend.ts';
import { localBackend } from './local/local.ts';
import { ProfileFile } from './local/profile-database.ts';
import type { RemoteBackend } from './remote/remote.ts';
import type { Tell } from './remote/setup.ts';

/** What opening a profile's backend needs. */
export interface Place {
  readonly profile: Profile;
  readonly places: Places;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly now: () => Date;
  /** The user's calendar day. */
  readonly today: () => string;
  /** Of offers that have no policy of their own. */
  readonly policy: string;
  /** As in LocalSetup. */
  readonly ledgerVerifier?: string | undefined;
  /** Remote profiles: answer from the cache only. */
  readonly offline?: boolean;
  readonly tell?: Tell;
  /** Hears of each vault key that is read. */
  readonly registerSecret?: (secret: Secret) => void;
}

/** Opens the backend of a profile. Nothing of the vault or keychain is touched before a key is needed. */
export async function openBackend(place: Place): Promise<Backend> {
  const { profile, places, now, today, policy, ledgerVerifier } = place;
  if (profile.remote !== undefined) return openRemoteBackend(place, profile.remote);
  const keys = () => import('../credentials/vault-key-source.ts');
  const file = databaseFile(places, profile.name);
  return localBackend({
    databaseFile: file,
    database: new ProfileFile(file),
    sandbox: profile.kind === 'sandbox',
    policy: policyNamed(policy, STANDARD_POLICY),
    today,
    now,
    crypto: () => import('./local/crypto.ts'),
    ledgerVerifier,
    vaultKey: async () => registering(await (await keys()).vaultKeySource(keyPlaces(place)), place),
    vaultKeyPlace: async () => (await keys()).vaultKeyPlace(keyPlaces(place)),
    keychain: async () => (await keys()).keychainSource(keyPlaces(place)),
  });
}

/** A vault key that entered the process is never shown by it. */
function registering(source: VaultKeySource, { registerSecret = () => {} }: Place): VaultKeySource {
  return {
    ...source,
    read: async (account) => {
      const key = await source.read(account);
      if (key !== null) registerSecret(key);
      return key;
    },
  };
}

const SILENT: Tell = { note() {}, verbose() {}, warn() {}, debug() {} };

/** Opens a profile on a service. Nothing is asked of it before something is. */
export async function openRemoteBackend(
  place: Omit<Place, 'policy'>,
  { url, ca }: RemotePlace,
): Promise<RemoteBackend> {
  const { profile, places, env, platform, now, offline = false, tell = SILENT } = place;
  const { remoteBackend } = await import('./remote/remote.ts');
  return remoteBackend({
    origin: url,
    caFile: ca,
    cacheFile: cacheFile(places, profile.name),
    offline,
    env,
    now,
    tell,
    credential: async () =>
      (await import('../credentials/profile-credential.ts')).profileCredential({
        profile,
        origin: url,
        places,
        env,
        platform,
        now,
      }),
  });
}

/** Where the vault key of a profile can be, in order of precedence. */
export function keyPlaces({
  profile,
  places,
  env,
  platform,
}: Pick<Place, 'profile' | 'places' | 'env' | 'platform'>): VaultKeyPlaces {
  return {
    file:
      profile.kind === 'sandbox' ? join(dirname(databaseFile(places, profile.name)), 'vault-key') : undefined,
    environmentValue: env['MPN_BENEFITS_VAULT_KEY'],
    keychain: keychainOptions(env, platform, 'vault key'),
  };
}
