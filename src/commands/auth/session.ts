import type { RemoteBackend } from '../../backend/remote/remote.ts';
import type { Context } from '../../context.ts';
import type { Session } from '../../contract/access.ts';
import type { CredentialPlace } from '../../credentials/service-credential.ts';
import { AppError } from '../../errors.ts';
import type { Profile } from '../../settings/profiles.ts';
import type { RemotePlace } from '../../settings/settings.ts';
import type { JsonObject, Result } from '../../terminal/result.ts';
import { keyValues } from '../../terminal/text.ts';
import { credentialSetup } from '../shared/credential-setup.ts';

/** A remote profile, and what is needed around its credential. */
export interface Door {
  readonly profile: Profile;
  readonly remote: RemotePlace;
  readonly place: CredentialPlace | null;
}

/** Throws USAGE for a profile of this machine. */
export async function doorOf(context: Context): Promise<Door> {
  const profile = context.profile();
  const { remote } = profile;
  if (remote === undefined) {
    throw new AppError('USAGE', `${profile.name} is a profile of this machine: nobody signs in to it.`, {
      hint: 'Name a remote profile with -p, or add one: mpn-benefits profile add <name> --url https://…',
      details: { profile: profile.name },
    });
  }
  const { keptCredential } = await import('../../credentials/profile-credential.ts');
  return { profile, remote, place: await keptCredential(credentialSetup(profile, remote, context)) };
}

/** What was done about the credential does not fail for a cache that cannot be removed. */
export async function forgetFetched({ cache }: RemoteBackend, context: Context): Promise<void> {
  await cache
    ?.clear()
    .catch((error: Error) =>
      context.terminal.warn(`What was fetched before could not be removed: ${error.message}`),
    );
}

interface SessionFacts {
  readonly profile: Profile;
  readonly origin: string;
  readonly location: string;
  readonly heading: string;
}

/** What is said of a session, whoever asked for it. */
export function sessionResult(
  session: Session,
  { profile, origin, location, heading }: SessionFacts,
): Result {
  const { kind, name, role, products, expires, issuer } = session;
  const value: JsonObject = {
    profile: profile.name,
    service: origin,
    name,
    kind,
    role,
    products,
    issuer,
    location,
    expires,
  };
  return {
    kind: 'record',
    value,
    render: (view) =>
      `${heading}\n${keyValues(
        [
          ['Role', products === null ? role : `${role}, for ${products.join(', ')}`],
          [
            'Signed in with',
            kind === 'service-token'
              ? 'a service token'
              : kind === 'person'
                ? `an account of ${issuer}`
                : `a job's token of ${issuer}`,
          ],
          ['Kept in', location],
          ['Until', expires ?? 'unknown'],
        ],
        view,
      )}`,
  };
}

/** For a profile that is not on this machine. */
export function keepsNothing(): AppError {
  return new AppError('USAGE', 'A service that only the environment names keeps no credential.', {
    hint: 'Set MPN_BENEFITS_TOKEN, or add a profile: mpn-benefits profile add <name> --url https://…',
  });
}
