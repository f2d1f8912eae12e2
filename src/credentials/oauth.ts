import type { AddressInfo } from 'node:net';
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import { type Connection, connectTo, TIMEOUTS } from '../client/dispatcher.ts';
import { proxyFor } from '../client/proxy.ts';
import { AppError } from '../errors.ts';
import type { SignInCredential } from './service-credential.ts';

/** What a service says of how people sign in. */
export interface SignInServer {
  readonly issuer: string;
  readonly clientId: string;
  readonly scopes: readonly string[];
}

export interface OAuthSetup {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  readonly signal?: AbortSignal | undefined;
}

/** Tells a person where to go; resolves when that was said. */
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
  return withServer(server, setup, async (client, configuration) => {
    const started = await client.initiateDeviceAuthorization(configuration, {
      scope: server.scopes.join(' '),
      prompt: 'consent',
    });
    prompt.show(started.verification_uri_complete ?? started.verification_uri, started.user_code);
    const tokens = await client.pollDeviceAuthorizationGrant(configuration, started, undefined, {
      signal: AbortSignal.any([
        AbortSignal.timeout(PATIENCE),
        ...(setup.signal === undefined ? [] : [setup.signal]),
      ]),
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
  return withServer(server, setup, async (client, configuration) => {
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
        prompt: 'consent',
      }).href;
      if (!(await open(address))) show(address);
      const answer = await redirect.answer(setup.signal);
      const tokens = await client.authorizationCodeGrant(configuration, answer, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        ...(server.scopes.includes('openid') ? { expectedNonce: nonce } : {}),
      });
      return credentialOf(server, tokens, setup);
    } finally {
      redirect.close();
    }
  });
}

/** A new access token. Throws AUTH_REQUIRED if the sign-in has ended, UNAVAILABLE. */
export async function refreshSignIn(stored: SignInCredential, setup: OAuthSetup): Promise<SignInCredential> {
  const { issuer, clientId, refreshToken } = stored;
  if (refreshToken === null) throw signInEnded('the provider gave nothing to renew it with');
  const server = { issuer, clientId, scopes: [] };
  return withServer(server, setup, async (client, configuration) => {
    const tokens = await client.refreshTokenGrant(configuration, refreshToken);
    return { ...credentialOf(server, tokens, setup), refreshToken: tokens.refresh_token ?? refreshToken };
  });
}

/** Tells the provider that the sign-in is over; false if it has no way to be told. */
export async function endSignIn(stored: SignInCredential, setup: OAuthSetup): Promise<boolean> {
  const { issuer, clientId, refreshToken } = stored;
  if (refreshToken === null) return false;
  return withServer({ issuer, clientId, scopes: [] }, setup, async (client, configuration) => {
    if (configuration.serverMetadata().revocation_endpoint === undefined) return false;
    await client.tokenRevocation(configuration, refreshToken);
    return true;
  });
}

function credentialOf(
  { issuer, clientId }: SignInServer,
  tokens: Tokens,
  { now }: OAuthSetup,
): SignInCredential {
  return {
    kind: 'sign-in',
    issuer,
    clientId,
    accessToken: tokens.access_token,
    expiresAt: now().getTime() + (tokens.expires_in ?? 300) * 1000,
    refreshToken: tokens.refresh_token ?? null,
  };
}

async function withServer<T>(
  { issuer, clientId, scopes }: SignInServer,
  setup: OAuthSetup,
  work: (client: typeof import('openid-client'), configuration: Configuration) => Promise<T>,
): Promise<T> {
  const client = await import('openid-client');
  const connections = new Map<string, Promise<Connection>>();
  const url = new URL(issuer);
  const plain = url.protocol === 'http:';
  if (plain && !['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) {
    throw new AppError('USAGE', `The sign-in server ${url.origin} is not encrypted.`, {
      hint: 'Those who run the service must name an https address of the provider.',
    });
  }
  try {
    const configuration = await client.discovery(url, clientId, undefined, client.None(), {
      [client.customFetch]: (address, options) => fetchOver(connections, address, options, setup),
      ...(plain ? { execute: [client.allowInsecureRequests] } : {}),
      timeout: 30,
    });
    return await work(client, configuration);
  } catch (error) {
    throw signInError(error, url.origin, scopes.length === 0);
  } finally {
    for (const connection of connections.values()) await (await connection.catch(() => undefined))?.close();
  }
}

interface FetchOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Answers of a provider are small. */
const MOST_BYTES = 1024 * 1024;

/** The same connections as to the service: certificates verified, proxies of the environment, no redirects. */
async function fetchOver(
  connections: Map<string, Promise<Connection>>,
  address: string,
  options: FetchOptions,
  { env }: OAuthSetup,
): Promise<Response> {
  const url = new URL(address);
  let connection = connections.get(url.origin);
  if (connection === undefined) {
    connection = connectTo({
      origin: url.origin,
      ca: undefined,
      proxy: proxyFor(url, env),
      timeouts: TIMEOUTS,
    });
    connections.set(url.origin, connection);
  }
  const body = options.body;
  const response = await (await connection).request({
    method: options.method === 'POST' ? 'POST' : 'GET',
    path: url.pathname + url.search,
    headers: { ...options.headers },
    body: body === undefined || body === null ? null : String(body),
    signal: options.signal ?? AbortSignal.timeout(TIMEOUTS.operation),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const each of [value].flat()) if (each !== undefined) headers.append(name, each);
  }
  const empty = response.statusCode === 204 || response.statusCode === 304;
  return new Response(empty ? null : Buffer.concat(chunks), { status: response.statusCode, headers });
}

function signInEnded(why: string): AppError {
  return new AppError('AUTH_REQUIRED', `The sign-in has ended: ${why}.`, {
    hint: 'Sign in again with: mpn-benefits auth login',
  });
}

/** What went wrong at the provider, without what it was given. */
function signInError(error: unknown, origin: string, renewing: boolean): unknown {
  if (error instanceof AppError) return error;
  if (!(error instanceof Error)) return error;
  const cause: unknown = error.cause;
  const inner = cause instanceof Error ? cause : error;
  const code = 'error' in error && typeof error.error === 'string' ? error.error : undefined;
  if (code === 'invalid_grant' && renewing) return signInEnded('the provider does not renew it');
  if (code === 'access_denied') {
    return new AppError('AUTH_REQUIRED', 'The sign-in was refused.', {
      hint: 'Nothing was stored.',
      cause: error,
    });
  }
  if (code === 'expired_token')
    return new AppError('AUTH_REQUIRED', 'The code was not used in time.', { cause: error });
  if (code !== undefined) {
    return new AppError('AUTH_REQUIRED', `${origin} refuses the sign-in (${code.slice(0, 60)}).`, {
      hint: 'Those who run the service should look at how the client is registered.',
      cause: error,
    });
  }
  const name = 'code' in inner ? String(inner.code) : inner.name;
  if (
    name === 'AbortError' ||
    name === 'TimeoutError' ||
    name === 'OAUTH_ABORT' ||
    name === 'OAUTH_TIMEOUT'
  ) {
    return new AppError('AUTH_REQUIRED', 'Nobody signed in in time.', {
      hint: 'Nothing was stored.',
      cause: error,
    });
  }
  return new AppError('UNAVAILABLE', `The sign-in server ${origin} cannot be used (${name}).`, {
    hint: 'Check the network and try again.',
    details: { issuer: origin, reason: name },
    cause: error,
  });
}

interface Redirect {
  readonly uri: string;
  answer(signal: AbortSignal | undefined): Promise<URL>;
  close(): void;
}

/** A port of this machine that takes one answer of the provider, for the sign-in with this state. */
async function listenForRedirect(state: string): Promise<Redirect> {
  const { createServer } = await import('node:http');
  let deliver: (url: URL) => void = () => {};
  const delivered = new Promise<URL>((resolve) => {
    deliver = resolve;
  });
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', `http://localhost:${(server.address() as AddressInfo).port}`);
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.setHeader('connection', 'close');
    // Anybody on this machine can knock here; only the provider knows the state.
    if (request.method !== 'GET' || url.pathname !== '/' || url.searchParams.get('state') !== state) {
      response.statusCode = 404;
      response.end('Nothing here.\n');
      return;
    }
    response.end(
      url.searchParams.has('error')
        ? 'The sign-in was refused. You can close this window.\n'
        : 'Go back to the terminal to see whether the sign-in worked. You can close this window.\n',
    );
    deliver(url);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    uri: `http://localhost:${(server.address() as AddressInfo).port}/`,
    async answer(signal) {
      const end = AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal === undefined ? [] : [signal])]);
      const late = new Promise<never>((_, reject) => {
        const giveUp = (): void => reject(Object.assign(new Error('nobody came'), { name: 'TimeoutError' }));
        if (end.aborted) giveUp();
        else end.addEventListener('abort', giveUp);
      });
      return Promise.race([delivered, late]);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
