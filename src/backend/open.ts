import { dirname, join } from 'node:path';
import { POLICY_IDS, type PolicyId } from '../activation/policy.ts';
import type { VaultKeyPlaces } from '../credentials/vault-key-source.ts';
import type { Places } from '../settings/places.ts';
import { databaseFile, type Profile } from '../settings/profiles.ts';
import type { Backend } from './backend.ts';
import { localBackend } from './local/local.ts';

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
}

/** Opens the backend of a profile. Nothing of the vault or keychain is touched before a key is needed. */
export async function openBackend(place: Place): Promise<Backend> {
  const { profile, places, now, today, policy } = place;
  const keys = () => import('../credentials/vault-key-source.ts');
  return localBackend({
    databaseFile: databaseFile(places, profile.name),
    sandbox: profile.kind === 'sandbox',
    policy: policyOf(policy),
    today,
    now,
    crypto: () => import('./local/crypto.ts'),
    vaultKey: async () => (await keys()).vaultKeySource(keyPlaces(place)),
    vaultKeyPlace: async () => (await keys()).vaultKeyPlace(keyPlaces(place)),
    keychain: async () => (await keys()).keychainSource(keyPlaces(place)),
  });
}

/** Where the vault key of a profile can be, in order of precedence. */
export function keyPlaces({
  profile,
  places,
  env,
  platform,
}: Omit<Place, 'now' | 'today' | 'policy'>): VaultKeyPlaces {
  return {
    file:
      profile.kind === 'sandbox' ? join(dirname(databaseFile(places, profile.name)), 'vault-key') : undefined,
    environmentValue: env['MPN_BENEFITS_VAULT_KEY'],
    keychain: { platform, busAddress: env['DBUS_SESSION_BUS_ADDRESS'], runtimeDir: env['XDG_RUNTIME_DIR'] },
  };
}

function policyOf(name: string): PolicyId {
  return POLICY_IDS.find((policy) => policy === name) ?? 'documented';
}
