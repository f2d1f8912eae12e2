import type { Context } from '../../context.ts';
import type { ProfileCredentialSetup } from '../../credentials/profile-credential.ts';
import type { Profile } from '../../settings/profiles.ts';
import type { RemotePlace } from '../../settings/settings.ts';

/** What is needed around the credential of a remote profile. */
export function credentialSetup(
  profile: Profile,
  remote: RemotePlace,
  { places, surroundings }: Context,
): ProfileCredentialSetup {
  const { env, platform, now } = surroundings;
  return { profile, origin: remote.url, places, env, platform, now };
}
