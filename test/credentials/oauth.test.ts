import { get } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  endSignIn,
  refreshSignIn,
  signInWithBrowser,
  signInWithDevice,
} from '../../src/credentials/oauth.ts';
import { signInError } from '../../src/credentials/sign-in-error.ts';
import { listenForRedirect } from '../../src/credentials/sign-in-redirect.ts';
import { AppError } from '../../src/errors.ts';
import { startProvider, type TestProvider } from '../helpers/oidc.ts';

let provider: TestProvider;
beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.close());
beforeEach(() => {
  provider.grants.length = 0;
});

const setup = { env: {}, now: () => new Date() };

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => expect.unreachable('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
}

describe('signing in on another device', () => {
  it('shows an address and a code, and gets tokens for the service once the person said yes', async () => {
    let shown: { address: string; code: string } | undefined;
    const credential = await signInWithDevice(provider, setup, {
      show(address, code) {
        shown = { address, code };
        void provider.approveDevice(address);
      },
    });
    expect(shown?.code).toMatch(/^[A-Z]{4}-?[A-Z]{4}$/);
    expect(credential).toMatchObject({
      kind: 'sign-in',
      issuer: provider.issuer,
      clientId: provider.clientId,
    });
    expect(claimsOf(credential.accessToken)).toMatchObject({
      sub: 'anna@contoso.com',
      aud: provider.audience,
    });
    expect(credential.refreshToken).not.toBeNull();
    expect(credential.expiresAt).toBeGreaterThan(Date.now() + 3_000_000);
  });

  it('says so if the person said no', async () => {
    const error = await errorOf(
      signInWithDevice(provider, setup, { show: (address) => void provider.approveDevice(address, 'no') }),
    );
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED', message: 'The sign-in was refused.' });
  });
});

describe('signing in in a browser', () => {
  it('gets tokens with a code, a state and PKCE', async () => {
    let opened = '';
    let last: Promise<string> | undefined;
    const credential = await signInWithBrowser(
      provider,
      setup,
      async (address) => {
        opened = address;
        last = provider.browse(address);
        return true;
      },
      () => expect.unreachable(),
    );
    const asked = new URL(opened).searchParams;
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: 'code',
      code_challenge_method: 'S256',
      redirect_uri: expect.stringMatching(/^http:\/\/localhost:\d+\/$/),
    });
    expect(asked.get('state')?.length).toBeGreaterThan(20);
    expect(claimsOf(credential.accessToken)).toMatchObject({ aud: provider.audience });
    expect(provider.grants).toEqual(['authorization_code']);
    expect(await last).toContain('Go back to the terminal');
  });

  it('shows the address where no browser can be opened', async () => {
    const credential = await signInWithBrowser(
      provider,
      setup,
      async () => false,
      (address) => void provider.browse(address),
    );
    expect(credential.kind).toBe('sign-in');
  });

  it.each(['//', '/\\', 'http://', '*'])('answers whoever asks it for %s, and goes on', async (path) => {
    const redirect = await listenForRedirect('a-state');
    onTestFinished(() => redirect.close());
    const { port } = new URL(redirect.uri);
    const answer = new Promise((resolve, reject) => {
      get({ host: '127.0.0.1', port, path }, ({ statusCode }) => resolve(statusCode)).on('error', reject);
    });
    expect(await answer).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/?state=a-state&code=1`)).status).toBe(200);
  });

  it('gives up when nobody comes in time', async () => {
    const redirect = await listenForRedirect('a-state');
    onTestFinished(() => redirect.close());
    const error = await redirect.answer(1).catch((reason: unknown) => reason);
    expect(signInError(error, provider.issuer, false)).toMatchObject({
      code: 'AUTH_REQUIRED',
      message: 'Nobody signed in in time.',
    });
  });

  it('takes no answer from whoever does not know the state', async () => {
    const statuses: number[] = [];
    const credential = await signInWithBrowser(
      provider,
      setup,
      async (address) => {
        const redirect = new URL(address).searchParams.get('redirect_uri') ?? '';
        for (const path of ['/?code=stolen&state=guessed', '/?code=stolen', '/else']) {
          statuses.push((await fetch(new URL(path, redirect))).status);
        }
        void provider.browse(address);
        return true;
      },
      () => {},
    );
    expect(statuses).toEqual([404, 404, 404]);
    expect(credential.kind).toBe('sign-in');
  });

  it('says so if the person said no', async () => {
    const error = await errorOf(
      signInWithBrowser(
        provider,
        setup,
        async (address) => {
          void provider.browse(address, 'no');
          return true;
        },
        () => {},
      ),
    );
    expect(error.code).toBe('AUTH_REQUIRED');
  });
});

describe('consent', () => {
  const inBrowser = async (at: TestProvider, again: () => void = () => expect.unreachable()) => {
    const opened: URLSearchParams[] = [];
    const credential = await signInWithBrowser(
      at,
      { ...setup, onAgain: again },
      async (address) => {
        opened.push(new URL(address).searchParams);
        void at.browse(address);
        return true;
      },
      () => expect.unreachable(),
    );
    return { credential, prompts: opened.map((asked) => asked.get('prompt')) };
  };

  it('is not asked for where there is a refresh token without it', async () => {
    const { credential, prompts } = await inBrowser(provider);
    expect(prompts).toEqual([null]);
    expect(credential.refreshToken).not.toBeNull();
  });

  it('is asked for, once and after saying so, where the provider demands it', async () => {
    const strict = await startProvider({ asksConsent: true });
    onTestFinished(() => strict.close());
    let told = 0;
    const { credential, prompts } = await inBrowser(strict, () => {
      told += 1;
    });
    expect(prompts).toEqual([null, 'consent']);
    expect(told).toBe(1);
    expect(credential.refreshToken).not.toBeNull();
  });

  it('is no matter on another device, whose person is asked by the provider anyway', async () => {
    const strict = await startProvider({ asksConsent: true });
    onTestFinished(() => strict.close());
    const credential = await signInWithDevice(
      strict,
      { ...setup, onAgain: () => expect.unreachable() },
      { show: (address) => void strict.approveDevice(address) },
    );
    expect(credential.refreshToken).not.toBeNull();
  });

  it('is not asked for where nobody wants to stay signed in', async () => {
    const strict = await startProvider({ asksConsent: true });
    onTestFinished(() => strict.close());
    const { credential, prompts } = await inBrowser({ ...strict, scopes: ['openid', 'access'] });
    expect(prompts).toEqual([null]);
    expect(credential.refreshToken).toBeNull();
  });
});

describe('a sign-in', () => {
  const signIn = () =>
    signInWithBrowser(
      provider,
      setup,
      async (address) => {
        void provider.browse(address);
        return true;
      },
      () => {},
    );

  it('is renewed with a token that changes each time', async () => {
    const first = await signIn();
    const second = await refreshSignIn(first, setup);
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(claimsOf(second.accessToken)).toMatchObject({ aud: provider.audience });
  });

  it('is over once it was ended', async () => {
    const first = await signIn();
    expect(await endSignIn(first, setup)).toBe(true);
    const error = await errorOf(refreshSignIn(first, setup));
    expect(error).toMatchObject({ code: 'AUTH_REQUIRED', hint: expect.stringContaining('auth login') });
  });

  it('cannot be renewed while the provider is away, and is not lost by that', async () => {
    const other = await startProvider();
    await other.close();
    const stored = {
      kind: 'sign-in',
      issuer: other.issuer,
      clientId: 'mpn-benefits',
      accessToken: 'a.b.c',
      expiresAt: 0,
      refreshToken: 'made-up',
    } as const;
    expect((await errorOf(refreshSignIn(stored, setup))).code).toBe('UNAVAILABLE');
  });

  it('says that the proxy of the environment is none', async () => {
    const stored = {
      kind: 'sign-in',
      issuer: 'https://login.example.com',
      clientId: 'mpn-benefits',
      accessToken: 'a.b.c',
      expiresAt: 0,
      refreshToken: 'made-up',
    } as const;
    const env = { HTTPS_PROXY: 'http://user:hunter2@a b' };
    const error = await errorOf(refreshSignIn(stored, { ...setup, env }));
    expect(error).toMatchObject({ code: 'USAGE', details: { variable: 'HTTPS_PROXY' } });
  });

  it('is never sent in clear to another machine', async () => {
    const stored = {
      kind: 'sign-in',
      issuer: 'http://login.example.com',
      clientId: 'mpn-benefits',
      accessToken: 'a.b.c',
      expiresAt: 0,
      refreshToken: 'made-up',
    } as const;
    expect((await errorOf(refreshSignIn(stored, setup))).code).toBe('USAGE');
  });
});
