import type { Context } from '../context.ts';
import type { Session } from '../contract/access.ts';
import type { CredentialPlace, StoredCredential } from '../credentials/service-credential.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import type { Profile } from '../settings/profiles.ts';
import type { RemotePlace } from '../settings/settings.ts';
import { hidden } from '../terminal/prompts.ts';
import type { JsonObject, Result } from '../terminal/result.ts';
import { keyValues } from '../terminal/text.ts';
import { credentialSetup } from './shared/credential-setup.ts';
import { bytesOf, standardInput } from './shared/standard-input.ts';

export interface LoginOptions {
  readonly device?: true | undefined;
  readonly withToken?: true | undefined;
}

/** A remote profile, and what is needed around its credential. */
interface Door {
  readonly profile: Profile;
  readonly remote: RemotePlace;
  readonly place: CredentialPlace | null;
}

async function doorOf(context: Context): Promise<Door> {
  const profile = context.profile();
  const { remote } = profile;
  if (remote === undefined) {
    throw new AppError('USAGE', `${profile.name} is a profile of this machine: nobody signs in to it.`, {
      hint: 'Name a remote profile with -p, or add one: mpn-benefits profile add <name> --url https://…',
      details: { profile: profile.name },
    });
  }
  const { keptCredential } = await import('../credentials/profile-credential.ts');
  return { profile, remote, place: await keptCredential(credentialSetup(profile, remote, context)) };
}

/** Signs in. What is got is kept only once the service has confirmed it. */
export async function login(options: LoginOptions, context: Context): Promise<Result> {
  const door = await doorOf(context);
  const { place, profile, remote } = door;
  if (place === null) throw keepsNothing();
  if (context.global.offline === true) {
    throw new AppError('USAGE', 'Nobody can sign in with --offline.', { hint: 'Leave --offline away.' });
  }
  const credential = await askedCredential(options, door, context);
  const token = new Secret(credential.kind === 'token' ? credential.token : credential.accessToken);
  const session = await confirmed(token, door, context);
  await place.store(credential);
  // Whoever signed in before may have seen other products. What was confirmed and kept does not fail for that.
  const { cache } = await context.remoteOf(profile);
  await cache
    ?.clear()
    .catch((error: Error) =>
      context.terminal.warn(`What was fetched before could not be removed: ${error.message}`),
    );
  return sessionResult(session, {
    profile,
    origin: remote.url,
    location: place.describe(),
    heading: `Signed in to ${remote.url} as ${session.name}.`,
  });
}

async function askedCredential(
  { device, withToken }: LoginOptions,
  door: Door,
  context: Context,
): Promise<StoredCredential> {
  const { terminal } = context;
  if (withToken) return { kind: 'token', token: await askedToken(context) };
  const backend = await context.remoteOf(door.profile);
  const { client } = await backend.remote();
  const { issuer, clientId, scopes } = await client.call('getSignIn');
  if (issuer === null || clientId === null) {
    if (device || !terminal.canPrompt) {
      throw new AppError('USAGE', `${door.remote.url} takes service tokens only.`, {
        hint: 'Pass one on standard input: mpn-benefits auth login --with-token < token.txt',
      });
    }
    return { kind: 'token', token: await askedToken(context) };
  }
  if (!device && !terminal.canPrompt) {
    throw new AppError('USAGE', 'Nobody is here to sign in in a browser.', {
      hint: 'Use --device to sign in on another machine, or --with-token to pass a service token on standard input.',
    });
  }
  const server = { issuer, clientId, scopes };
  const oauth = await import('../credentials/oauth.ts');
  const { env, now, platform } = context.surroundings;
  const setup = {
    env,
    now,
    onAgain: () =>
      terminal.say('The provider wants your consent before it keeps you signed in: once more, please.'),
  };
  if (device) {
    return oauth.signInWithDevice(server, setup, {
      show: (address, code) => terminal.say(`Open ${address}\nand enter the code ${code}`),
    });
  }
  const { openBrowser } = await import('../credentials/browser.ts');
  terminal.say('Your browser opens to sign in.');
  return oauth.signInWithBrowser(
    server,
    setup,
    (address) => openBrowser(address, env, platform),
    (address) => terminal.say(`No browser could be opened. Open this address on this machine:\n${address}`),
  );
}

/** Bytes of a token with whatever stands around it. */
const MOST_BYTES = 64 * 1024;

async function askedToken(context: Context): Promise<string> {
  const { terminal, surroundings } = context;
  const { checkToken } = await import('../credentials/service-credential.ts');
  if (surroundings.stdin.isTTY) {
    const typed = await hidden(terminal, {
      message: 'Service token',
      flag: '--with-token, and the token on standard input',
    });
    return checkToken(typed.reveal().trim(), 'What was typed');
  }
  const bytes = await bytesOf(standardInput(context), MOST_BYTES);
  const token = checkToken(bytes.toString('utf8').trim(), 'Standard input');
  terminal.registerSecret(new Secret(token));
  return token;
}

/** Asks the service who that is. Throws AUTH_REQUIRED, UNAVAILABLE. */
async function confirmed(token: Secret, { remote }: Door, context: Context): Promise<Session> {
  const { openClient } = await import('../backend/remote/resources.ts');
  const { env, now } = context.surroundings;
  const client = await openClient({
    origin: remote.url,
    caFile: remote.ca,
    cacheFile: null,
    offline: false,
    env,
    now,
    tell: context.terminal,
    credential: async () => ({ token: async () => token, renew: async () => undefined }),
  });
  try {
    return await client.call('getSession');
  } finally {
    await client.close();
  }
}

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

interface SessionFacts {
  readonly profile: Profile;
  readonly origin: string;
  readonly location: string;
  readonly heading: string;
}

function sessionResult(session: Session, { profile, origin, location, heading }: SessionFacts): Result {
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
  await (await context.remoteOf(profile)).cache?.clear();
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

function keepsNothing(): AppError {
  return new AppError('USAGE', 'A service that only the environment names keeps no credential.', {
    hint: 'Set MPN_BENEFITS_TOKEN, or add a profile: mpn-benefits profile add <name> --url https://…',
  });
}
