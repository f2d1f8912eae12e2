import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { proxyFor } from '../../src/client/proxy.ts';
import { refreshSignIn } from '../../src/credentials/oauth.ts';
import { testAuthority } from '../helpers/certificates.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { startProxy } from '../helpers/proxy.ts';
import { newHome } from '../helpers/warm.ts';
import { madeUpClient, SESSION, smallService } from './service.ts';

const HTTPS = new URL('https://benefits.contoso.com');

describe('the proxy of the environment', () => {
  it.each([
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128'],
    [{ https_proxy: 'http://small:1', HTTPS_PROXY: 'http://large:1' }, 'http://small:1'],
    [{ HTTPS_PROXY: 'proxy:3128' }, 'http://proxy:3128'],
    [{ HTTP_PROXY: 'http://proxy:3128' }, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{}, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'benefits.contoso.com' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'localhost, contoso.com' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '.contoso.com' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '*.contoso.com' }, undefined],
    [{ HTTPS_PROXY: 'http://p', no_proxy: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'toso.com' }, 'http://p'],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'contoso.com:8443' }, 'http://p'],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: 'contoso.com:443' }, undefined],
    [{ HTTPS_PROXY: 'http://p', NO_PROXY: '::1' }, 'http://p'],
  ])('%j: %s', (env, expected) => {
    expect(proxyFor(HTTPS, env)).toBe(expected);
  });

  it('never sees what is sent in clear to this machine', () => {
    const env = {
      HTTP_PROXY: 'http://p',
      http_proxy: 'http://p',
      HTTPS_PROXY: 'http://p',
      ALL_PROXY: 'http://p',
    };
    expect(proxyFor(new URL('http://127.0.0.1:8080'), env)).toBeUndefined();
  });

  it('is not used for an excepted address in brackets', () => {
    expect(
      proxyFor(new URL('https://[::1]:8443'), { HTTPS_PROXY: 'http://p', NO_PROXY: '::1' }),
    ).toBeUndefined();
  });

  it.each([
    ['no address', 'HTTPS_PROXY', 'http://user:hunter2@a b'],
    ['no address', 'https_proxy', 'user:hunter2@proxy:port'],
    ['percent-encoded', 'HTTPS_PROXY', 'http://%zz:hunter2@proxy:3128'],
    ['percent-encoded', 'HTTPS_PROXY', 'http://user:hunter2%@proxy:3128'],
    ['of another kind', 'HTTPS_PROXY', 'socks5://user:hunter2@proxy:1080'],
    ['of another kind', 'https_proxy', 'ftp://user:hunter2@proxy'],
  ])('is refused with %s, by its variable %s and never its value', async (why, variable, value) => {
    const client = madeUpClient({ origin: HTTPS.origin, env: { [variable]: value } });
    const error = await client.call('getSession').then(
      () => expect.unreachable(),
      (reason: unknown) => reason,
    );
    await client.close();
    expect(error).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`The environment variable ${variable}`),
      hint: expect.stringContaining('http://'),
    });
    expect(error).toHaveProperty('message', expect.stringContaining(why));
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  it('that is none is said by the program, without a stack or warning, wherever it is needed', async () => {
    const { run } = newHome();
    const env = {
      MPN_BENEFITS_SERVICE_URL: HTTPS.origin,
      MPN_BENEFITS_TOKEN: 'mpnb_made-up',
    };
    for (const value of ['http://user:hunter2@a b', 'http://%zz:hunter2@p', 'socks5://user:hunter2@p']) {
      const done = await run(['list'], { env: { ...env, HTTPS_PROXY: value } });
      expect([done.code, done.stdout]).toEqual([2, '']);
      expect(done.stderr).toMatch(/^error: The environment variable HTTPS_PROXY .*\nhint: .*\n$/);
      expect(done.stderr).not.toContain('hunter2');
    }
  });

  it('gets a tunnel and its own credential, and sees nothing of ours', async () => {
    const service = await smallService();
    const authority = testAuthority(temporaryFolder());
    const end = await startProxy({ target: service.origin, tls: authority.sign(['localhost']) });
    const tunnel = await startTunnel();
    onTestFinished(async () => {
      await tunnel.close();
      await end.close();
      await service.close();
    });
    service.answer = () => ({ status: 200, body: SESSION });
    const client = madeUpClient({
      origin: end.origin,
      ca: authority.ca,
      env: { HTTPS_PROXY: `http://name:pass%20word@127.0.0.1:${tunnel.port}` },
    });
    expect(await client.call('getSession')).toEqual(SESSION);
    await client.close();
    expect(tunnel.heads).toHaveLength(1);
    expect(tunnel.heads[0]).toMatch(/^CONNECT localhost:\d+ HTTP\/1\.1/);
    expect(tunnel.heads[0]).toContain(Buffer.from('name:pass word').toString('base64'));
    expect(tunnel.bytes()).not.toContain('a-token-of-nobody');
    expect(service.asked[0]?.headers).not.toHaveProperty('proxy-authorization');
  });
});

describe('a proxy that opens no tunnel', () => {
  const errorThrough = async (address: string): Promise<unknown> => {
    const client = madeUpClient({
      origin: HTTPS.origin,
      env: { HTTPS_PROXY: address },
      pause: async () => {},
    });
    const error = await client.call('getSession').then(
      () => expect.unreachable(),
      (reason: unknown) => reason,
    );
    await client.close();
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|aHVudGVy/);
    return error;
  };

  it.each([
    [407, 1, /wants a user and password \(status 407\)/, /in HTTPS_PROXY: http:/],
    [403, 1, /does not connect to https:\/\/benefits\.contoso\.com \(status 403\)/, /NO_PROXY/],
    [502, 4, /does not connect to https:\/\/benefits\.contoso\.com \(status 502\)/, /NO_PROXY/],
  ])(
    'but answers %i is named, and asked as often as that makes sense: %i',
    async (status, times, message, hint) => {
      const refusing = await startRefusing(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      const error = await errorThrough(`http://user:hunter2@127.0.0.1:${refusing.port}`);
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
        details: { proxy: `127.0.0.1:${refusing.port}`, reason: `status ${status}` },
      });
      expect(error).toHaveProperty(
        'message',
        expect.stringContaining(`The proxy 127.0.0.1:${refusing.port} `),
      );
      expect(refusing.asked()).toBe(times);
    },
  );

  it('but hangs up is named', async () => {
    const refusing = await startRefusing('');
    expect(await errorThrough(`http://user:hunter2@127.0.0.1:${refusing.port}`)).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(`The proxy 127.0.0.1:${refusing.port}, through which `),
    });
  });

  it('because there is none is named', async () => {
    const gone = await startRefusing('');
    await gone.close();
    expect(await errorThrough(`http://user:hunter2@127.0.0.1:${gone.port}`)).toMatchObject({
      code: 'UNAVAILABLE',
      message: `The proxy 127.0.0.1:${gone.port}, through which ${HTTPS.origin} is asked, cannot be reached (ECONNREFUSED).`,
      hint: expect.stringContaining('HTTPS_PROXY'),
    });
  });

  it.each([
    ['localhost', /SELF_SIGNED|UNABLE_TO/],
    ['elsewhere.example', /SELF_SIGNED|UNABLE_TO|ALTNAME/],
  ])('for its certificate of %s is named', async (name, reason) => {
    const { origin, close } = await startProxy({
      target: HTTPS.origin,
      tls: testAuthority(temporaryFolder()).sign([name]),
    });
    onTestFinished(close);
    const error = await errorThrough(origin.replace('//', '//user:hunter2@'));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(
        `The certificate of the proxy ${new URL(origin).host} cannot be trusted`,
      ),
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    expect(error).toHaveProperty('message', expect.stringMatching(reason));
  });

  it('is named where somebody signs in', async () => {
    const { port } = await startRefusing('HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n');
    const stored = {
      kind: 'sign-in',
      issuer: 'https://login.contoso.com',
      clientId: 'cli',
      accessToken: 'old',
      expiresAt: 0,
      refreshToken: 'again',
    } as const;
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` };
    await expect(refreshSignIn(stored, { env, now: () => new Date() })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `The proxy 127.0.0.1:${port} wants a user and password (status 407).`,
    });
  });
});

/** A proxy that answers every CONNECT with this, or hangs up. */
async function startRefusing(answer: string) {
  let asked = 0;
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      asked += 1;
      socket.end(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  onTestFinished(close);
  return { port: (server.address() as AddressInfo).port, asked: () => asked, close };
}

/** A proxy that only knows CONNECT, and remembers what it saw. */
async function startTunnel() {
  const heads: string[] = [];
  const seen: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', (head) => {
      heads.push(head.toString('latin1'));
      const [, host = '', port = ''] = /^CONNECT ([^:]+):(\d+)/.exec(head.toString('latin1')) ?? [];
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.on('data', (chunk) => seen.push(chunk));
        socket.pipe(upstream).pipe(socket);
      });
      upstream.on('error', () => socket.destroy());
      sockets.add(upstream);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    heads,
    bytes: () => Buffer.concat(seen).toString('latin1'),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
