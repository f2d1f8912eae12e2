import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { Connection } from '../client/dispatcher.ts';
import type { Environment } from '../environment.ts';
import { AppError } from '../errors.ts';
import { isLoopback } from '../settings/loopback.ts';
import { fetchOver } from './provider-fetch.ts';
import type { SignInCredential } from './service-credential.ts';
import { signInEnded, signInError } from './sign-in-error.ts';
import { listenForRedirect } from './sign-in-redirect.ts';

/** The provider, and what the service is called there. */
interface Provider {
  readonly issuer: string;
  readonly clientId: string;
}

/** What a service says of how people sign in. */
export interface SignInServer extends Provider {
  readonly scopes: readonly string[];
}

export interface OAuthSetup {
  readonly env: Environment;
  readonly now: () => Date;
  /** Hears that the person is sent to the provider once more. */
  readonly onAgain?: (() => void) | undefined;
}

/** Tells a person where to go. */
export interface DevicePrompt {
  readonly show: (address: string, code: string) => void;
}

/** Opens an address in a browser; false if there is none to open it. */
export type OpenBrowser = (address: string) => Promise<boolean>;

type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** How long a person may take. */
const PATIENCE = 10 * 60_000;

/** Signs in on another device: the person types a short code there. */
export async function signInWithDevice(
  server: SignInServer,
  setup: OAuthSetup,
  prompt: DevicePrompt,
): Promise<SignInCredential> {
  return withProvider(server, setup, 'sign-in', async (client, configuration) => {
    const started = await client.initiateDeviceAuthorization(configuration, {
      scope: server.scopes.join(' '),
    });
    prompt.show(started.verification_uri_complete ?? started.verification_uri, started.user_code);
    const tokens = await client.pollDeviceAuthorizationGrant(configuration, started, undefined, {
      signal: AbortSignal.timeout(PATIENCE),
    });
    return credentialOf(server, tokens, setup);
  });
}

/** Signs in in a browser: an authorisation code with PKCE comes back to a port of this machine. */
export async function signInWithBrowser(
  server: SignInServer,
  setup: OAuthSetup,
  open: OpenBrowser,
  show: (address: string) => void,
): Promise<SignInCredential> {
  return withProvider(server, setup, 'sign-in', (client, configuration) =>
    lastingSignIn(server, setup, async (consent) => {
      const verifier = client.randomPKCECodeVerifier();
      const state = client.randomState();
      const nonce = client.randomNonce();
      const challenge = await client.calculatePKCECodeChallenge(verifier);
      const redirect = await listenForRedirect(state);
      try {
        const address = client.buildAuthorizationUrl(configuration, {
          redirect_uri: redirect.uri,
          scope: server.scopes.join(' '),
          code_challenge: challenge,
          code_challenge_method: 'S256',
          state,
          ...(server.scopes.includes('openid') ? { nonce } : {}),
          ...consent,
        }).href;
        if (!(await open(address))) show(address);
        const answer = await redirect.answer(PATIENCE);
        return await client.authorizationCodeGrant(configuration, answer, {
          pkceCodeVerifier: verifier,
          expectedState: state,
          ...(server.scopes.includes('openid') ? { expectedNonce: nonce } : {}),
        });
      } finally {
        redirect.close();
      }
    }),
  );
}

/**
 * Asks for consent only where there is no refresh token without it: OpenID Connect lets a provider demand that for
 * offline_access, but one whose users may not consent by themselves sends whoever is asked to an administrator,
 * although that administrator consented for all of them.
 */
async function lastingSignIn(
  server: SignInServer,
  setup: OAuthSetup,
  ask: (consent: { readonly prompt?: 'consent' }) => Promise<Tokens>,
): Promise<SignInCredential> {
  const tokens = await ask({});
  if (tokens.refresh_token !== undefined || !server.scopes.includes('offline_access'))
    return credentialOf(server, tokens, setup);
  setup.onAgain?.();
  return credentialOf(server, await ask({ prompt: 'consent' }), setup);
}

/** A new access token. Throws AUTH_REQUIRED if the sign-in has ended, UNAVAILABLE. */
export async function refreshSignIn(stored: SignInCredential, setup: OAuthSetup): Promise<SignInCredential> {
  const { refreshToken } = stored;
  if (refreshToken === null) throw signInEnded('the provider gave nothing to renew it with');
  return withProvider(stored, setup, 'renewal', async (client, configuration) => {
    const tokens = await client.refreshTokenGrant(configuration, refreshToken);
    return { ...credentialOf(stored, tokens, setup), refreshToken: tokens.refresh_token ?? refreshToken };
  });
}

/** Tells the provider that the sign-in is over; false if it has no way to be told. */
export async function endSignIn(stored: SignInCredential, setup: OAuthSetup): Promise<boolean> {
  const { refreshToken } = stored;
  if (refreshToken === null) return false;
  return withProvider(stored, setup, 'renewal', async (client, configuration) => {
    if (configuration.serverMetadata().revocation_endpoint === undefined) return false;
    await client.tokenRevocation(configuration, refreshToken);
    return true;
  });
}

function credentialOf({ issuer, clientId }: Provider, tokens: Tokens, { now }: OAuthSetup): SignInCredential {
  return {
    kind: 'sign-in',
    issuer,
    clientId,
    accessToken: tokens.access_token,
    expiresAt: now().getTime() + (tokens.expires_in ?? 300) * 1000,
    refreshToken: tokens.refresh_token ?? null,
  };
}

async function withProvider<T>(
  { issuer, clientId }: Provider,
  setup: OAuthSetup,
  what: 'sign-in' | 'renewal',
  work: (client: typeof import('openid-client'), configuration: Configuration) => Promise<T>,
): Promise<T> {
  const client = await import('openid-client');
  const connections = new Map<string, Promise<Connection>>();
  const url = new URL(issuer);
  const plain = url.protocol === 'http:';
  if (plain && !isLoopback(url.hostname)) {
    throw new AppError('USAGE', `The sign-in server ${url.origin} is not encrypted.`, {
      hint: 'Those who run the service must name an https address of the provider.',
    });
  }
  try {
    const configuration = await client.discovery(url, clientId, undefined, client.None(), {
      [client.customFetch]: (address, options) => fetchOver(connections, address, options, setup.env),
      ...(plain ? { execute: [client.allowInsecureRequests] } : {}),
      timeout: 30,
    });
    return await work(client, configuration);
  } catch (error) {
    throw signInError(error, url.origin, what === 'renewal');
  } finally {
    for (const connection of connections.values()) await (await connection.catch(() => undefined))?.close();
  }
}
