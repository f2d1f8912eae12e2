import type { Context } from '../context.ts';
import type { Result } from '../terminal/result.ts';
import { doorOf, forgetFetched, keepsNothing, sessionResult } from './auth/session.ts';
import { credentialSetup } from './shared/credential-setup.ts';

export { type LoginOptions, login } from './auth/login.ts';

/** Who the service says we are, where the credential lives, until when. */
export async function status(context: Context): Promise<Result> {
  const { profile, remote, place } = await doorOf(context);
  const { environmentToken } = await import('../credentials/service-credential.ts');
  const given = environmentToken(context.surroundings.env, remote.url) !== undefined;
  const { client } = await (await context.remoteOf(profile)).remote();
  const session = await client.call('getSession');
  const location = given || place === null ? 'MPN_BENEFITS_TOKEN' : place.describe();
  return sessionResult(session, {
    profile,
    origin: remote.url,
    location,
    heading: `${session.name} at ${remote.url}`,
  });
}

/** Forgets the credential and what was fetched with it; tells the provider, if there is one. */
export async function logout(context: Context): Promise<Result> {
  const { profile, remote, place } = await doorOf(context);
  if (place === null) throw keepsNothing();
  const stored = await place.read();
  if (stored?.kind === 'sign-in') {
    const { endSignIn } = await import('../credentials/oauth.ts');
    const { env, now } = context.surroundings;
    await endSignIn(stored, { env, now }).catch((error: Error) =>
      context.terminal.warn(
        `The provider could not be told: ${error.message} The sign-in ends there by itself.`,
      ),
    );
  }
  const removed = await place.remove();
  await forgetFetched(await context.remoteOf(profile), context);
  const sentence = removed
    ? `Signed out of ${remote.url}; the credential was removed from ${place.describe()}.`
    : `There was no credential for ${remote.url}.`;
  return {
    kind: 'record',
    value: { profile: profile.name, service: remote.url, removed },
    render: () => sentence,
  };
}

/** The access token itself, for other programs. */
export async function token(context: Context): Promise<Result> {
  const { profile, remote } = await doorOf(context);
  const { profileCredential } = await import('../credentials/profile-credential.ts');
  const secret = await profileCredential(credentialSetup(profile, remote, context)).token();
  context.terminal.registerSecret(secret);
  if (context.format.explicit && context.format.name === 'json') {
    return { kind: 'text', text: `${JSON.stringify({ token: secret.reveal() })}\n` };
  }
  return { kind: 'text', text: `${secret.reveal()}\n` };
}
