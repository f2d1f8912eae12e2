import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { environmentToken } from '../../src/credentials/service-credential.ts';
import { serviceOrigin } from '../../src/settings/service-url.ts';
import { madeUpClient, SESSION, type SmallService, smallService } from '../client/service.ts';
import { testAuthority } from '../helpers/certificates.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { startProxy } from '../helpers/proxy.ts';

/** Proxies, expired certificates and sign-in are in test/client and test/keychain. */
const TOKEN = 'mpnb_a-token-that-was-never-issued';

let service: SmallService;
let other: SmallService;
beforeAll(async () => {
  service = await smallService();
  other = await smallService();
});
afterAll(async () => {
  await service.close();
  await other.close();
});

function ask(origin: string, ca?: string): Promise<unknown> {
  const client = madeUpClient({
    origin,
    ca,
    token: TOKEN,
    pause: async () => {},
  });
  onTestFinished(() => client.close());
  return client.call('getSession');
}

test('a redirect is not followed: no other origin sees the credential', async () => {
  service.answer = () => ({ status: 307, headers: { location: `${other.origin}/v1/session` } });
  other.answer = () => ({ status: 200, body: SESSION });
  await expect(ask(service.origin)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(service.asked.length).toBeGreaterThan(0);
  expect(other.asked).toEqual([]);
});

describe('a token of the environment', () => {
  const env = { MPN_BENEFITS_TOKEN: TOKEN, MPN_BENEFITS_SERVICE_URL: 'https://benefits.contoso.com' };

  test('goes to the origin that the environment names for it', () => {
    expect(environmentToken(env, 'https://benefits.contoso.com')?.reveal()).toBe(TOKEN);
  });

  test.each([
    'https://benefits.contoso.com:8443',
    'http://benefits.contoso.com',
    'https://benefits.contoso.com.evil.example',
    'https://fabrikam.com',
  ])('never to %s', (origin) => {
    expect(environmentToken(env, origin)).toBeUndefined();
  });
});

test('unencrypted it goes to this machine only', () => {
  expect(() => serviceOrigin('http://benefits.contoso.com')).toThrow(/not encrypted/);
  expect(serviceOrigin('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
});

describe('over TLS', () => {
  test('a certificate of nobody we trust is refused before anything is sent, whatever Node was told', async () => {
    const ours = testAuthority(temporaryFolder());
    const end = await startProxy({ target: service.origin, tls: ours.sign(['localhost']) });
    onTestFinished(async () => {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      await end.close();
    });
    service.answer = () => ({ status: 200, body: SESSION });
    service.asked.length = 0;
    expect(await ask(end.origin, ours.ca)).toEqual(SESSION);
    expect(end.seen).toHaveLength(1);
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    await expect(ask(end.origin)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(end.seen).toHaveLength(1);
  });
});
