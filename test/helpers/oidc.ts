import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';
import Provider, { type Configuration } from 'oidc-provider';

/** A real OpenID Connect provider on this machine, and a person who signs in to it. */
export interface TestProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** The service's name at the provider: the audience of access tokens. */
  readonly audience: string;
  readonly scopes: readonly string[];
  /** Grants that the token endpoint was asked for, in order. */
  readonly grants: string[];
  /** The person opens the address of a device sign-in and says yes, or no. */
  approveDevice(address: string, answer?: 'yes' | 'no'): Promise<void>;
  /** The person's browser opens an address of the provider and says yes; gives what the last page says. */
  browse(address: string, answer?: 'yes' | 'no'): Promise<string>;
  /** Ends every sign-in. */
  forget(): void;
  close(): Promise<void>;
}

export interface ProviderOptions {
  /** Seconds for which an access token is good. */
  readonly accessTokenSeconds?: number;
  /** Of the account that signs in. */
  readonly subject?: string;
  /** Certificate and key; plain http without. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** A refresh token needs a person's consent in that very sign-in, as the standard allows. */
  readonly asksConsent?: true;
  /** More claims of access tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

const CLIENT = 'mpn-benefits';
const AUDIENCE = 'https://benefits.contoso.com';

export async function startProvider(options: ProviderOptions = {}): Promise<TestProvider> {
  const { tls } = options;
  const server = tls === undefined ? createServer() : createTlsServer({ ...tls });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${(server.address() as AddressInfo).port}`;
  const subject = options.subject ?? 'anna@contoso.com';
  const configuration: Configuration = {
    clients: [
      {
        client_id: CLIENT,
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'],
        response_types: ['code'],
        redirect_uris: ['http://localhost/'],
      },
    ],
    scopes: ['openid', 'offline_access', 'access'],
    cookies: { keys: ['made up'] },
    pkce: { required: () => true },
    ttl: {
      AccessToken: options.accessTokenSeconds ?? 3600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Session: 86_400,
      Interaction: 600,
      IdToken: 600,
      DeviceCode: 600,
      AuthorizationCode: 60,
    },
    rotateRefreshToken: true,
    // Without consent in that very request the provider leaves offline_access out.
    issueRefreshToken: (_: unknown, __: unknown, source: { readonly scopes: ReadonlySet<string> }) =>
      options.asksConsent !== true || source.scopes.has('offline_access'),
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    ...(options.claims === undefined ? {} : { extraTokenClaims: () => ({ ...options.claims }) }),
    features: {
      deviceFlow: { enabled: true },
      revocation: { enabled: true },
      devInteractions: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({ scope: 'access', audience: AUDIENCE, accessTokenFormat: 'jwt' }),
      },
    },
  };
  const quiet = console.warn;
  console.warn = () => {};
  let provider = new Provider(issuer, configuration);
  console.warn = quiet;
  const grants: string[] = [];
  const listen = (): void => {
    const handle = provider.callback();
    server.removeAllListeners('request');
    server.on('request', (incoming, outgoing) => {
      // Devices ask every second here, not every five.
      if (incoming.url === '/device/auth') {
        const end = outgoing.end.bind(outgoing);
        outgoing.end = ((chunk: unknown, ...rest: never[]) => {
          const text = String(chunk ?? '');
          if (!text.startsWith('{')) return end(chunk as never, ...rest);
          const changed = JSON.stringify({ ...JSON.parse(text), interval: 1 });
          outgoing.setHeader('content-length', Buffer.byteLength(changed));
          return end(changed);
        }) as typeof outgoing.end;
      }
      void handle(incoming, outgoing);
    });
    provider.on('grant.success', (context) => void grants.push(String(context.oidc.params?.['grant_type'])));
  };
  listen();

  /** A browser without a window: follows pages of the provider and remembers its cookies. */
  const browse = async (address: string, answer: 'yes' | 'no'): Promise<string> => {
    const cookies = new Map<string, string>();
    let next: { readonly url: string; readonly form?: Record<string, string> } | undefined = { url: address };
    let text = '';
    for (let steps = 0; next !== undefined && steps < 30; steps += 1) {
      const { url, form }: { url: string; form?: Record<string, string> } = next;
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const page: Page = await visit(url, cookie, form);
      for (const each of page.cookies) {
        const [name = '', value = ''] = (each.split(';')[0] ?? '').split(/=(.*)/s);
        cookies.set(name, value);
      }
      const { location } = page;
      text = page.text;
      next = location === undefined ? formOf(text, url, answer) : { url: new URL(location, url).href };
    }
    return text;
  };
  const formOf = (page: string, url: string, answer: 'yes' | 'no') => {
    const action = /<form[^>]*action="([^"]*)"/.exec(page)?.[1];
    if (action === undefined) return undefined;
    const fields: Record<string, string> = {};
    for (const [, name = '', value = ''] of page.matchAll(
      /<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"/g,
    )) {
      fields[name] = value;
    }
    if (page.includes('name="login"')) Object.assign(fields, { login: subject, password: 'made up' });
    if (page.includes('user_code') && answer === 'no') fields['abort'] = 'yes';
    else if (page.includes('user_code')) fields['confirm'] = 'yes';
    if (answer === 'no') {
      const abort = /href="([^"]*abort[^"]*)"/.exec(page)?.[1];
      if (abort !== undefined) return { url: new URL(abort, url).href };
    }
    return { url: new URL(action.replaceAll('&amp;', '&'), url).href, form: fields };
  };

  return {
    issuer,
    clientId: CLIENT,
    audience: AUDIENCE,
    scopes: ['openid', 'offline_access', 'access'],
    grants,
    approveDevice: async (address, answer = 'yes') => void (await browse(address, answer)),
    browse: (address, answer = 'yes') => browse(address, answer),
    forget() {
      console.warn = () => {};
      provider = new Provider(issuer, configuration);
      console.warn = quiet;
      listen();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Page {
  readonly cookies: readonly string[];
  readonly location: string | undefined;
  readonly text: string;
}

/** One page; a form is sent if there is one. This browser trusts every certificate: it is not what is tested. */
function visit(url: string, cookie: string, form: Record<string, string> | undefined): Promise<Page> {
  const body = form === undefined ? undefined : new URLSearchParams(form).toString();
  const options = {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      cookie,
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  };
  return new Promise((resolve, reject) => {
    const outgoing = url.startsWith('https:')
      ? tlsRequest(url, { ...options, rejectUnauthorized: false })
      : request(url, options);
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          cookies: answer.headers['set-cookie'] ?? [],
          location: answer.headers.location,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
      answer.on('error', reject);
    });
    outgoing.end(body);
  });
}
