import { type ExecFileException, execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { Agent, fetch as fetchWith } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { issuerFetch } from '../../src/service/issuer-fetch.ts';
import type { PeopleSetup } from '../../src/service/people.ts';
import { readRoleMapping } from '../../src/service/people.ts';
import { addRule } from '../../src/service/trust-store.ts';
import { madeUpClient } from '../client/service.ts';
import { OFFICE, SERVER, startTeam, type Team } from './team.ts';

/** A platform that signs tokens, over real TLS with a certificate of its own. */
const AUDIENCE = 'https://benefits.example.com';
const API = 'api://benefits';
const run = promisify(execFile);

type Key = Awaited<ReturnType<typeof generateKeyPair>>;
let folder = '';
let platform: Server;
let issuer = '';
let rsa: Key;
let ec: Key;
let stranger: Key;
let strangerAsked = 0;
let team: Team;
/** What the platform answers with; tests break it. */
let described: Record<string, unknown> = {};
const up = true;

async function openssl(...args: string[]): Promise<void> {
  await run('openssl', args).catch((error: ExecFileException) => {
    throw new Error(`openssl: ${error.message}`);
  });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-issuer-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  await openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-keyout',
    key,
    '-out',
    cert,
    '-subj',
    '/CN=localhost',
    '-addext',
    'subjectAltName=DNS:localhost',
  );
  [rsa, ec, stranger] = await Promise.all([
    generateKeyPair('RS256', { extractable: true }),
    generateKeyPair('ES256', { extractable: true }),
    generateKeyPair('RS256', { extractable: true }),
  ]);
  const keys = [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
    { ...(await exportJWK(ec.publicKey)), kid: 'ec', alg: 'ES256', use: 'sig' },
  ];
  platform = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
    if (!up) return void response.writeHead(503).end();
    if (request.url === '/stranger.json') strangerAsked += 1;
    const body = request.url === '/jwks' ? { keys } : described;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => platform.listen(0, '127.0.0.1', resolve));
  const address = platform.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  issuer = `https://localhost:${port}`;
  described = { issuer, jwks_uri: `${issuer}/jwks` };
  const dispatcher = new Agent({ connect: { ca: readFileSync(cert, 'utf8') } });
  const people: PeopleSetup = {
    issuer: `${issuer}/people`,
    clientId: 'cli',
    audience: API,
    scopes: ['openid'],
    roleClaim: 'roles',
    roles: readRoleMapping([
      'Benefits.Admin=admin',
      'Benefits.Web=provisioner:' + OFFICE,
      'Benefits.Read=reader',
    ]),
  };
  team = await startTeam({
    people,
    fetch: async (url, options) => {
      const target = url.startsWith(`${issuer}/people/`) ? `${issuer}/people-description` : url;
      if (target.endsWith('/people-description')) {
        return new Response(JSON.stringify({ issuer: `${issuer}/people`, jwks_uri: `${issuer}/jwks` }));
      }
      return (await fetchWith(target, { ...options, dispatcher } as never)) as unknown as Response;
    },
  });
  await team.data.database.write((sql) =>
    addRule(
      sql,
      {
        issuer,
        audience: AUDIENCE,
        claims: { repository_id: '123', ref: 'refs/heads/release/*' },
        role: 'provisioner',
        products: [OFFICE],
      },
      { actor: 'test', now: new Date(), id: 'r-1' },
    ),
  );
});

afterAll(async () => {
  await team.stop();
  platform.closeAllConnections();
  platform.close();
  rmSync(folder, { recursive: true, force: true });
});

const CLAIMS = {
  repository_id: '123',
  ref: 'refs/heads/release/7',
  sub: 'repo:contoso/web:ref:refs/heads/release/7',
};
const seconds = (): number => Math.floor(Date.now() / 1000);

interface Shape {
  /** Undefined takes a claim away. */
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Record<string, unknown>;
  readonly key?: Key['privateKey'] | Uint8Array;
}

function sign({ claims = {}, header = {}, key = rsa.privateKey }: Shape = {}): Promise<string> {
  const payload: Record<string, unknown> = {
    iss: issuer,
    aud: AUDIENCE,
    iat: seconds(),
    exp: seconds() + 300,
    ...CLAIMS,
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined));
  return new SignJWT(kept).setProtectedHeader({ alg: 'RS256', kid: 'rsa', ...header }).sign(key);
}

const session = async (token: string) => team.ask('getSession', { token });

describe('a workload is let in by what its platform signed', () => {
  it('with RS256 and ES256, for its products only', async () => {
    const token = await sign();
    expect(await session(token)).toMatchObject({
      status: 200,
      body: { kind: 'workload', role: 'provisioner', products: [OFFICE], issuer, name: CLAIMS.sub },
    });
    const other = await sign({ header: { alg: 'ES256', kid: 'ec' }, key: ec.privateKey });
    expect((await session(other)).status).toBe(200);
    expect((await team.ask('getProduct', { token, parameters: { productId: OFFICE } })).status).toBe(200);
    expect((await team.ask('getProduct', { token, parameters: { productId: SERVER } })).status).toBe(404);
  });

  it('with a clock that is a little wrong', async () => {
    expect((await session(await sign({ claims: { iat: seconds() + 30, nbf: seconds() + 30 } }))).status).toBe(
      200,
    );
    expect(
      (await session(await sign({ claims: { iat: seconds() - 300, exp: seconds() - 30 } }))).status,
    ).toBe(200);
  });
});

describe('whoever is let in', () => {
  it('stands in the log by issuer and subject, whatever name the token has for them', async () => {
    const before = team.log.length;
    const person = { preferred_username: 'ada@example.com', roles: ['Benefits.Read'], sub: 'subject-7' };
    const token = await sign({
      claims: { iss: `${issuer}/people`, aud: API, ...person },
      header: { typ: 'at+jwt' },
    });
    await session(token);
    expect((await team.ask('listTokens', { token })).status).toBe(403);
    const who = { actor: 'ada@example.com', issuer: `${issuer}/people`, subject: 'subject-7' };
    await expect
      .poll(() => team.log.slice(before))
      .toEqual([
        expect.objectContaining({ message: 'request', status: 200, ...who }),
        expect.objectContaining({ message: 'operation refused', role: 'reader', ...who }),
        expect.objectContaining({ message: 'request', status: 403, ...who }),
      ]);
  });
});

describe('a token is refused', () => {
  /** What it is, and what the log says of it. */
  const cases: [string, () => Promise<string>, string?][] = [
    [
      'of another audience',
      () => sign({ claims: { aud: 'https://other.example.com' } }),
      'its aud is not as it has to be',
    ],
    ['of an audience that only begins alike', () => sign({ claims: { aud: `${AUDIENCE}/` } })],
    ['of several audiences', () => sign({ claims: { aud: [AUDIENCE, 'https://other.example.com'] } })],
    ['without an audience', () => sign({ claims: { aud: undefined } }), 'it has no aud'],
    [
      'that is over',
      () => sign({ claims: { iat: seconds() - 600, exp: seconds() - 90 } }),
      'its time is over (exp)',
    ],
    [
      'that is not yet valid',
      () => sign({ claims: { nbf: seconds() + 120 } }),
      'its nbf is not as it has to be',
    ],
    [
      'that was made in the future',
      () => sign({ claims: { iat: seconds() + 120, exp: seconds() + 300 } }),
      'its iat is not as it has to be',
    ],
    ['that lasts more than an hour', () => sign({ claims: { exp: seconds() + 3_700 } })],
    [
      'that was made more than an hour ago',
      () => sign({ claims: { iat: seconds() - 3_700, exp: seconds() + 60 } }),
      'its time is over (iat)',
    ],
    ['without an end', () => sign({ claims: { exp: undefined } }), 'it has no exp'],
    ['without a beginning', () => sign({ claims: { iat: undefined } }), 'it has no iat'],
    ['without a subject', () => sign({ claims: { sub: undefined } }), 'it has no sub'],
    ['of another branch', () => sign({ claims: { ref: 'refs/heads/main' } })],
    ['of another repository', () => sign({ claims: { repository_id: '124' } })],
    ['of a pull request', () => sign({ claims: { event_name: 'pull_request' } })],
    [
      'of an issuer that nobody trusts',
      () => sign({ claims: { iss: 'https://localhost:1' } }),
      'its issuer is not trusted',
    ],
    [
      'of an issuer with a slash too many',
      () => sign({ claims: { iss: `${issuer}/` } }),
      'its issuer is not trusted, only one that differs in a slash at the end',
    ],
    ['signed by somebody else under the same key id', () => sign({ key: stranger.privateKey })],
    ['of an unknown key', () => sign({ key: stranger.privateKey, header: { kid: 'unknown' } })],
    [
      'that brings its own key',
      async () =>
        sign({
          key: stranger.privateKey,
          header: { jwk: { ...(await exportJWK(stranger.publicKey)) }, kid: 'own' },
        }),
    ],
    [
      'that names an address of keys',
      () => sign({ key: stranger.privateKey, header: { jku: `${issuer}/stranger.json`, kid: 'own' } }),
    ],
    [
      'with a shared secret',
      () => sign({ header: { alg: 'HS256' }, key: new TextEncoder().encode('x'.repeat(32)) }),
    ],
    [
      'with another algorithm',
      async () => sign({ header: { alg: 'PS256' }, key: (await generateKeyPair('PS256')).privateKey }),
    ],
    [
      'that is not signed',
      async () => {
        const [, payload = ''] = (await sign()).split('.');
        return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
      },
    ],
    [
      'that was changed',
      async () => {
        const [head = '', payload = '', signature = ''] = (await sign()).split('.');
        const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
        const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url');
        return `${head}.${changed}.${signature}`;
      },
    ],
  ];

  it.each<[string, () => Promise<string>, string?]>(cases)('%s', async (_, make, reason) => {
    const token = await make();
    const before = team.log.length;
    const answer = await session(token);
    expect([answer.status, answer.body.code]).toEqual([401, 'AUTH_REQUIRED']);
    const refusal = team.log.slice(before).find(({ message }) => message === 'credential refused');
    expect(refusal).toBeDefined();
    expect(refusal).toMatchObject({
      issuer: expect.any(String),
      reason: reason ?? expect.any(String),
    });
    expect(JSON.stringify(team.log)).not.toContain(token.split('.')[1]);
    expect(strangerAsked).toBe(0);
  });

  it('and the log says of whom', async () => {
    const before = team.log.length;
    await session(await sign({ claims: { ref: 'refs/heads/main' } }));
    expect(team.log.slice(before)).toContainEqual(
      expect.objectContaining({
        message: 'credential refused',
        issuer,
        subject: CLAIMS.sub,
        reason: 'no rule fits it',
      }),
    );
  });
});

describe('a person is let in by an access token', () => {
  const person = (claims: JWTPayload, header: Record<string, unknown> = { typ: 'at+jwt' }) =>
    sign({
      claims: { iss: `${issuer}/people`, aud: API, preferred_username: 'ada@example.com', ...claims },
      header,
    });

  it('with the highest role it names', async () => {
    expect(await session(await person({ roles: ['Benefits.Read', 'Benefits.Admin'] }))).toMatchObject({
      status: 200,
      body: { kind: 'person', role: 'admin', products: null, name: 'ada@example.com' },
    });
    expect(await session(await person({ roles: ['Benefits.Web'], scp: 'benefits' }, {}))).toMatchObject({
      body: { role: 'provisioner', products: [OFFICE] },
    });
  });

  it.each<[string, JWTPayload, Record<string, unknown>]>([
    ['no role', {}, { typ: 'at+jwt' }],
    ['a role that means nothing here', { roles: ['admin'] }, { typ: 'at+jwt' }],
    ['an ID token', { roles: ['Benefits.Admin'] }, { typ: 'JWT' }],
    ['an audience of another API', { roles: ['Benefits.Admin'], aud: 'cli' }, { typ: 'at+jwt' }],
  ])('and not with %s', async (_, claims, header) => {
    expect((await session(await person(claims, header))).status).toBe(401);
  });

  it('and finds out from the service where to sign in', async () => {
    expect((await team.ask('getSignIn', { token: null })).body).toEqual({
      issuer: `${issuer}/people`,
      clientId: 'cli',
      scopes: ['openid'],
    });
  });
});

it('does not take an issuer that cannot be reached for a bad token', async () => {
  const fresh = await startTeam({ fetch: async () => new Response('', { status: 503 }) });
  try {
    await fresh.data.database.write((sql) =>
      addRule(
        sql,
        { issuer, audience: AUDIENCE, claims: { sub: 'x' }, role: 'reader', products: null },
        { actor: 'test', now: new Date(), id: 'r-1' },
      ),
    );
    const answer = await fresh.ask('getSession', { token: await sign() });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, expect.any(String)]);
    expect(fresh.log).toContainEqual(
      expect.objectContaining({ message: 'issuer unavailable', issuer, subject: CLAIMS.sub }),
    );
  } finally {
    await fresh.stop();
  }
});

it('says that an issuer describes itself under another name, and does not have it tried again', async () => {
  const fresh = await startTeam({ fetch: async () => Response.json({ ...described, issuer: `${issuer}/` }) });
  try {
    await fresh.data.database.write((sql) =>
      addRule(
        sql,
        { issuer, audience: AUDIENCE, claims: { sub: 'x' }, role: 'reader', products: null },
        { actor: 'test', now: new Date(), id: 'r-1' },
      ),
    );
    const token = await sign();
    const client = madeUpClient({ origin: fresh.url, token });
    await expect(client.call('getSession')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('describes itself under another name'),
      hint: expect.stringContaining('a slash at the end'),
    });
    await client.close();
    expect(fresh.log.filter(({ message }) => message === 'credential refused')).toMatchObject([
      { reason: `its description names another issuer: ${issuer}/`, issuer, subject: CLAIMS.sub },
    ]);
  } finally {
    await fresh.stop();
  }
});

describe('an issuer is asked', () => {
  const trusting = async (env: Record<string, string>) => {
    const fresh = await startTeam({ env });
    await fresh.data.database.write((sql) =>
      addRule(
        sql,
        { issuer, audience: AUDIENCE, claims: { sub: CLAIMS.sub }, role: 'reader', products: null },
        { actor: 'test', now: new Date(), id: 'r-1' },
      ),
    );
    return fresh;
  };

  it('only under a certificate that is good, whatever the environment says of certificates', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const fresh = await trusting({});
    try {
      // Without a word of ours the certificate of anybody would do.
      expect((await fetch(`${issuer}/jwks`)).status).toBe(200);
      expect((await fresh.ask('getSession', { token: await sign() })).status).toBe(503);
    } finally {
      await fresh.stop();
      vi.unstubAllEnvs();
    }
  });

  it('through the proxy of the environment', async () => {
    const asked: (string | undefined)[] = [];
    const proxy = createProxy().on('connect', (request, socket) => {
      asked.push(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const fresh = await trusting({ HTTPS_PROXY: `http://127.0.0.1:${port}` });
    try {
      expect((await fresh.ask('getSession', { token: await sign() })).status).toBe(503);
      expect(asked).toContain(new URL(issuer).host);
    } finally {
      await fresh.stop();
      proxy.close();
    }
  });

  it('for no more than a little: what goes on is not read to its end', async () => {
    let sent = 0;
    const flood = createProxy((_, response) => {
      const chunk = Buffer.alloc(64 * 1024, ' ');
      const more = (): void => {
        if (response.destroyed) return;
        sent += chunk.length;
        response.write(chunk, () => setImmediate(more));
      };
      more();
    });
    await new Promise<void>((resolve) => flood.listen(0, '127.0.0.1', resolve));
    const address = flood.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const { fetch: fetchKeys, close } = issuerFetch({});
    try {
      await expect(fetchKeys(`http://127.0.0.1:${port}/jwks`, {})).rejects.toThrow('too large');
      expect(sent).toBeLessThan(64 * 1024 * 1024);
    } finally {
      await close();
      flood.closeAllConnections();
      flood.close();
    }
  });
});
