import type { RemoteBackend } from '../../backend/remote/remote.ts';
import type { Context } from '../../context.ts';
import type { Session } from '../../contract/access.ts';
import type { StoredCredential } from '../../credentials/service-credential.ts';
import { AppError } from '../../errors.ts';
import { Secret } from '../../keys/secret.ts';
import { hidden } from '../../terminal/prompts.ts';
import type { Result } from '../../terminal/result.ts';
import { bytesOf, standardInput } from '../shared/standard-input.ts';
import { type Door, doorOf, forgetFetched, keepsNothing, sessionResult } from './session.ts';

export interface LoginOptions {
  readonly device?: true | undefined;
  readonly withToken?: true | undefined;
}

/** Signs in. What is got is kept only once the service has confirmed it. */
export async function login(options: LoginOptions, context: Context): Promise<Result> {
  const door = await doorOf(context);
  const { place, profile, remote } = door;
  if (place === null) throw keepsNothing();
  if (context.global.offline === true) {
    throw new AppError('USAGE', 'Nobody can sign in with --offline.', { hint: 'Leave --offline away.' });
  }
  const backend = await context.remoteOf(profile);
  const credential = await askedCredential(options, remote.url, backend, context);
  const token = new Secret(credential.kind === 'token' ? credential.token : credential.accessToken);
  const session = await confirmed(token, door, context);
  await place.store(credential);
  // Whoever signed in before may have seen other products.
  await forgetFetched(backend, context);
  return sessionResult(session, {
    profile,
    origin: remote.url,
    location: place.describe(),
    heading: `Signed in to ${remote.url} as ${session.name}.`,
  });
}

async function askedCredential(
  { device, withToken }: LoginOptions,
  origin: string,
  backend: RemoteBackend,
  context: Context,
): Promise<StoredCredential> {
  const { terminal } = context;
  if (withToken) return { kind: 'token', token: await askedToken(context) };
  const { client } = await backend.remote();
  const { issuer, clientId, scopes } = await client.call('getSignIn');
  if (issuer === null || clientId === null) {
    if (device || !terminal.canPrompt) {
      throw new AppError('USAGE', `${origin} takes service tokens only.`, {
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
  const oauth = await import('../../credentials/oauth.ts');
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
  const { openBrowser } = await import('../../credentials/browser.ts');
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
  const { checkToken } = await import('../../credentials/service-credential.ts');
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
  const { openClient } = await import('../../backend/remote/resources.ts');
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
