import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { HEADERS, LIMITS } from '../../src/contract/conventions.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import { AppError } from '../../src/errors.ts';
import { RateLimit } from '../../src/service/limits.ts';
import { checkListening, readListening } from '../../src/service/listening.ts';
import { Metrics } from '../../src/service/metrics.ts';
import { isLoopback } from '../../src/settings/loopback.ts';
import { type Ask, activation, OFFICE, startTeam, type Team } from './team.ts';

it('a service that cannot open its vault starts, and says so', async () => {
  const vault = async () => {
    throw new AppError('VAULT_KEY_WRONG', 'Another key.', { hint: 'Use the right one.' });
  };
  const closed = await startTeam({ vault });
  onTestFinished(() => closed.stop());
  expect(closed.log).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      code: 'VAULT_KEY_WRONG',
      message: expect.stringContaining('vault'),
    }),
  );
  expect((await closed.raw('/readyz')).status).toBe(200);
});

describe('requests that are not as agreed', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam();
  });
  afterAll(() => team.stop());

  const keyed = Object.entries<Operation>(OPERATIONS)
    .filter(([, { repeat }]) => repeat === 'keyed')
    .map(([id]) => id as OperationId);

  it.each(keyed)('%s is refused without a request id', async (id) => {
    for (const bad of ['', 'x', '1', `${randomUUID()}0`]) {
      const parameters = {
        keyId: 'k',
        productId: 'p',
        activationId: 'a',
        machine: 'm',
        offer: 'o',
        importId: 'i',
        tokenId: 't',
      };
      const body = OPERATIONS[id].method === 'DELETE' ? undefined : validBody(id);
      const answer = await team.ask(id, { parameters, body, headers: { [HEADERS.requestId]: bad } });
      expect([id, answer.status, answer.body.code]).toEqual([id, 400, 'USAGE']);
    }
  });

  it.each<[string, OperationId, Ask]>([
    ['a field', 'planActivation', { body: activation('pc\0') }],
    [
      'a field of a field',
      'planActivation',
      { body: { ...activation('pc'), wish: { key: 'A\0', type: null } } },
    ],
    ['a name', 'planActivation', { body: { ...activation('pc'), 'x\0': 1 } }],
    ['a parameter', 'getKey', { parameters: { keyId: 'k\0' } }],
    ['a query', 'listActivations', { query: { machine: 'pc\0' } }],
  ])('%s with the character NUL, which not every database can store, is refused', async (_, id, ask) => {
    const { status, body } = await team.ask(id, ask);
    expect([status, body.code]).toEqual([400, 'USAGE']);
    expect(body.description).not.toContain('\0');
  });

  it.each<[string, string, RequestInit]>([
    [
      'no JSON',
      '/v1/activation-plans',
      { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } },
    ],
    [
      'an empty body',
      '/v1/activation-plans',
      { method: 'POST', headers: { 'content-type': 'application/json' } },
    ],
    [
      'a body of another kind',
      '/v1/activation-plans',
      { method: 'POST', body: 'a=b', headers: { 'content-type': 'text/plain' } },
    ],
    [
      'unknown fields',
      '/v1/ledger/verifications',
      { method: 'POST', body: '{"earlier":null,"x":1}', headers: { 'content-type': 'application/json' } },
    ],
    [
      'a prototype',
      '/v1/ledger/verifications',
      {
        method: 'POST',
        body: '{"__proto__":{},"earlier":null}',
        headers: { 'content-type': 'application/json' },
      },
    ],
    ['an unknown parameter', '/v1/entitlements?x=1', {}],
    ['a size of nothing', '/v1/entitlements?size=0', {}],
    ['a size beyond the limit', `/v1/entitlements?size=${LIMITS.pageItems + 1}`, {}],
    ['a size that is no number', '/v1/entitlements?size=1e3', {}],
    ['two sizes', '/v1/entitlements?size=1&size=2', {}],
    ['a next page of nothing', '/v1/entitlements?seekOperation=Next', {}],
    [
      'a place of another list',
      '/v1/keys?seekOperation=Next',
      {
        headers: {
          [HEADERS.continuationToken]: Buffer.from('["listEntitlements","x"]').toString('base64url'),
        },
      },
    ],
    [
      'a place that is none',
      '/v1/keys?seekOperation=Next',
      { headers: { [HEADERS.continuationToken]: '%%%' } },
    ],
  ])('%s', async (_, path, init) => {
    const token = await team.token('admin');
    const response = await team.raw(path, {
      ...init,
      headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
    });
    const body = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    expect(body).toMatchObject({
      code: 'USAGE',
      description: expect.any(String),
      data: expect.any(Array),
      source: 'service',
    });
    expect(response.headers.get(HEADERS.correlationId)).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('refuses what is larger than agreed, before it has read it', async () => {
    const token = await team.token('admin');
    const response = await team.raw('/v1/activation-plans', {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ x: 'x'.repeat(LIMITS.requestBytes) }),
    });
    expect(response.status).toBe(413);
  });

  it('knows no other resource and no other method', async () => {
    for (const [path, method] of [
      ['/', 'GET'],
      ['/v1', 'GET'],
      ['/v1/keys', 'DELETE'],
      ['/v2/keys', 'GET'],
      ['/v1/keys/../../etc', 'GET'],
    ] as const) {
      const response = await team.raw(path, { method });
      expect([path, response.status, ((await response.json()) as { code: string }).code]).toEqual([
        path,
        404,
        'NO_SUCH_RESOURCE',
      ]);
    }
  });

  it('takes a correlation id over, and makes one in the place of what is none', async () => {
    const id = randomUUID();
    const own = await team.ask('getSession', { headers: { [HEADERS.correlationId]: id } });
    expect(own.headers.get(HEADERS.correlationId)).toBe(id);
    const bad = await team.ask('getSession', { headers: { [HEADERS.correlationId]: 'x y' } });
    expect(bad.headers.get(HEADERS.correlationId)).not.toBe('x y');
    expect(team.log).toContainEqual(
      expect.objectContaining({ message: 'request', correlationId: id, operation: 'getSession' }),
    );
  });

  it('takes hostile texts as texts', async () => {
    for (const text of [
      "'; DROP TABLE product; --",
      '\u202Eabc',
      '%00',
      '{{7*7}}',
      '../../x',
      'a'.repeat(500),
    ]) {
      const found = await team.ask('matchProduct', { query: { query: text } });
      expect([200, 404, 409]).toContain(found.status);
      expect((await team.ask('getMachine', { parameters: { machine: text } })).status).toBe(404);
    }
    expect((await team.ask('listEntitlements')).body.items.length).toBeGreaterThan(10);
  });

  it('never says what is in its database when something breaks', async () => {
    const broken = await startTeam();
    await broken.data.database.write((sql) => sql.run('ALTER TABLE entitlement RENAME TO hidden_table'));
    const answer = await broken.ask('listEntitlements');
    expect(answer).toMatchObject({ status: 500, body: { code: 'INTERNAL', data: [] } });
    expect(JSON.stringify(answer.body)).not.toMatch(/entitlement|SELECT|sql/i);
    expect(broken.log).toContainEqual(
      expect.objectContaining({ message: 'failure', error: expect.stringContaining('entitlement') }),
    );
    await broken.stop();
  });
});

/** What comes back over a connection of its own, until it says enough or is closed. */
function overSocket(team: Team, sent: string, enough: (text: string) => boolean = () => false) {
  const socket = connect(Number(new URL(team.url).port), '127.0.0.1', () => socket.write(sent));
  const text = new Promise<string>((resolve, reject) => {
    let all = '';
    socket.on('data', (chunk: Buffer) => {
      all += chunk.toString();
      if (!enough(all)) return;
      socket.destroy();
      resolve(all);
    });
    socket.on('end', () => resolve(all));
    socket.on('error', reject);
  });
  return { socket, text };
}

const isAnswered = (text: string): boolean => /\r\n\r\n\{.*\}$/s.test(text);

describe('a body', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam();
  });
  afterAll(() => team.stop());

  /** The beginning of fifty megabytes that never come. */
  const begun = (path: string, more: readonly string[]) =>
    [
      `POST ${path} HTTP/1.1`,
      'Host: x',
      'Content-Type: application/json',
      `Content-Length: ${50 * 1024 * 1024}`,
      `${HEADERS.requestId}: ${randomUUID()}`,
      ...more,
      '',
      '{"items":[',
    ].join('\r\n');

  it.each([
    ['without a credential', '/v1/imports', async () => [], 401],
    ['with one that is no good', '/v1/imports', async () => ['Authorization: Bearer mpnb_x'], 401],
    [
      'from somebody who may not do it',
      '/v1/imports',
      async () => [`Authorization: Bearer ${await team.token('reader')}`],
      403,
    ],
    ['to a resource that there is not', '/v1/nothing', async () => [], 404],
  ] as const)('%s is not waited for', async (_, path, credential, status) => {
    const answer = await overSocket(team, begun(path, await credential()), isAnswered).text;
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it('that goes on after the refusal is taken off the wire for a while, and then the connection is closed', async () => {
    const { socket, text } = overSocket(team, begun('/v1/imports', []));
    const going = setInterval(() => socket.write('x'.repeat(1024)), 50);
    try {
      // Whoever writes on meets a closed connection in one of two ways.
      const answer = await text.catch((error: NodeJS.ErrnoException) => error.code);
      expect(answer).toMatch(/^HTTP\/1.1 401 |^ECONNRESET$|^EPIPE$/);
    } finally {
      clearInterval(going);
      socket.destroy();
    }
  }, 20_000);

  it('of somebody whose token was revoked since is refused with it', async () => {
    const token = await team.token('admin');
    const ask = { token, body: validBody('addImport') };
    expect((await team.ask('addImport', ask)).status).toBe(201);
    await team.data.database.write((sql) =>
      sql.run("UPDATE service_token SET revoked = '2026-01-01T00:00:00.000Z' WHERE name LIKE 'admin%'"),
    );
    const before = team.log.length;
    expect((await team.ask('addImport', ask)).status).toBe(401);
    const refused = team.log.slice(before).filter(({ message }) => message === 'credential refused');
    expect(refused).toHaveLength(1);
  });
});

describe('what never becomes a request of ours', () => {
  let team: Team;
  beforeAll(async () => {
    team = await startTeam();
  });
  afterAll(() => team.stop());

  const get = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;

  it.each([
    ['an address that cannot be decoded', get('/v1/products/%zz'), 400],
    ['one of no operation that cannot be decoded', get('/%zz'), 400],
    ['a parameter over the limit', get(`/v1/products/${'secret'.repeat(1_500)}`), 414],
    ['headers over the limit', get('/v1/products', `X-Long: ${'secret'.repeat(10_000)}\r\n`), 431],
    ['no HTTP at all', 'secret\r\n\r\n', 400],
    ['a method of another protocol', 'BREW /v1/products HTTP/1.1\r\nHost: x\r\n\r\n', 400],
    [
      'two lengths',
      'POST /v1/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      400,
    ],
  ])('%s is answered, logged and counted as everything else', async (_, sent, status) => {
    const before = team.log.length;
    const text = await overSocket(team, sent, isAnswered).text;
    const [head = '', body = ''] = text.split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(body)).toEqual({
      code: 'USAGE',
      description: expect.stringMatching(/^[A-Z].*\.$/),
      data: [],
      source: 'service',
    });
    expect(text).not.toMatch(/secret|zz/);
    const correlationId = /^ms-correlationid: ([0-9a-f-]{36})$/im.exec(head)?.[1];
    await expect
      .poll(() => team.log.slice(before))
      .toContainEqual(expect.objectContaining({ message: 'request', status, correlationId }));
    const metrics = await team.raw('/metrics', {
      headers: { authorization: `Bearer ${await team.token('reader')}` },
    });
    expect(await metrics.text()).toContain(`operation="none",status="${status}"`);
  });

  it('a request that comes while the service ends, behind one that it finishes', async () => {
    const ending = await startTeam();
    const token = await ending.token('reader');
    const body = JSON.stringify({ earlier: null });
    const head = [
      'POST /v1/ledger/verifications HTTP/1.1',
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ].join('\r\n');
    const { socket, text } = overSocket(ending, `${head}\r\n\r\n${body.slice(0, 5)}`);
    await expect
      .poll(async () =>
        (await ending.raw('/metrics', { headers: { authorization: `Bearer ${token}` } })).text(),
      )
      .toContain('mpn_benefits_requests_under_way 1');
    const stopped = ending.stop();
    await expect.poll(() => ending.log).toContainEqual(expect.objectContaining({ message: 'ending' }));
    socket.write(`${body.slice(5)}${get('/v1/session', `Authorization: Bearer ${token}\r\n`)}`);
    const [first = '', second = ''] = (await text).split(/(?=HTTP\/1.1 )/);
    expect(first).toMatch(/^HTTP\/1.1 200 /);
    expect(second).toMatch(/^HTTP\/1.1 503 /);
    expect(second).toContain('"code":"UNAVAILABLE"');
    expect(second).toMatch(/^retry-after: 1$/im);
    expect(second).toMatch(/^ms-correlationid: /im);
    await stopped;
  });
});

it('refuses If-Match where nothing heeds it, and changes nothing', async () => {
  const team = await startTeam();
  try {
    const headers = { [HEADERS.ifMatch]: '"nonsense"' };
    const list = async () => (await team.ask('listOffers')).body.items;
    const before = await list();
    const parameters = { offer: 'action-pack:core' };
    const body = { purchased: '2020-01-01', policy: null };
    const changed = await team.ask('changeOffer', { parameters, body, headers });
    expect(changed).toMatchObject({ status: 400, body: { code: 'USAGE' } });
    expect(await list()).toEqual(before);
    expect((await team.ask('listOffers', { headers })).status).toBe(400);
  } finally {
    await team.stop();
  }
});

function validBody(id: OperationId): unknown {
  const bodies: Partial<Record<OperationId, unknown>> = {
    moveIn: { schema: 1, ledger: '', head: '', tables: {} },
    addAlias: { name: 'x' },
    addImport: {
      continues: null,
      dryRun: true,
      strict: false,
      force: false,
      offer: null,
      file: { name: 'x', format: 'csv' },
      items: [],
    },
    changeOffer: { purchased: null, policy: null },
    markKey: { mark: 'active', reason: 'x' },
    revealKey: { productId: null, job: null, purpose: null, way: 'shown', target: null },
    settleActivation: { outcome: 'failed', code: null, reason: null },
    adjustCount: { productId: OFFICE, key: null, used: 1, remaining: null, allowed: null, reason: 'x' },
    retireMachine: { reason: 'x' },
    addToken: { name: null, role: 'reader', products: null, expiresInDays: 1 },
    reserveActivation: {},
  };
  return bodies[id];
}

describe('limits', () => {
  it('answers 429 with the seconds to wait, in the form that Partner Center has', async () => {
    const team = await startTeam({ requestsPerSecond: 2 });
    const token = await team.token('reader');
    const all = await Promise.all(Array.from({ length: 12 }, () => team.ask('getSession', { token })));
    const throttled = all.filter(({ status }) => status === 429);
    expect(throttled.length).toBeGreaterThanOrEqual(6);
    expect(throttled[0]?.body).toEqual({ statusCode: 429, message: expect.any(String) });
    expect(Number(throttled[0]?.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    // Others are not held up by it.
    expect((await team.ask('getSession', { token: await team.token('reader') })).status).toBe(200);
    await team.stop();
  });

  it('stops guessing of credentials by their address', async () => {
    const team = await startTeam();
    const guesses = await Promise.all(
      Array.from({ length: 40 }, (_, index) => team.ask('getSession', { token: `mpnb_${index}` })),
    );
    const statuses = new Set(guesses.map(({ status }) => status));
    expect(statuses).toEqual(new Set([401, 429]));
    await team.stop();
  });

  it('lets those in who share the address with somebody who guesses, and looks nothing up for a guess', async () => {
    const team = await startTeam();
    try {
      const [good, fresh, revoked] = await Promise.all([
        team.token('reader'),
        team.token('reader'),
        team.token('provisioner'),
      ]);
      const session = (token: string) => team.ask('getSession', { token });
      for (const token of [good, revoked]) expect((await session(token)).status).toBe(200);
      await team.data.database.write((sql) =>
        sql.run("UPDATE service_token SET revoked = '2026-01-01T00:00:00.000Z' WHERE role = 'provisioner'"),
      );
      for (let number = 0; number < 60; number += 1) await session(`mpnb_${number}`);
      const closed = await session('mpnb_x');
      expect(closed.status).toBe(429);
      const wait = Number(closed.headers.get('retry-after'));
      expect([1, 2]).toContain(wait);
      expect((await session(good)).status).toBe(200);
      // It was good the last time, so it is looked at once more, and then it is like any other.
      const refusals = () => team.log.filter(({ message }) => message === 'credential refused').length;
      const before = refusals();
      expect((await session(revoked)).status).toBe(429);
      expect(refusals()).toBe(before + 1);
      expect((await session(revoked)).status).toBe(429);
      expect(refusals()).toBe(before + 1);
      // Nothing tells a new one from a guess; it comes in as soon as the address has a refusal left.
      expect([200, 429]).toContain((await session(fresh)).status);
      await expect
        .poll(async () => (await session(fresh)).status, { timeout: 10_000, interval: 500 })
        .toBe(200);
    } finally {
      await team.stop();
    }
  }, 30_000);

  it('fills a bucket with time, holds no more than the burst, and forgets full ones', () => {
    let now = 0;
    const limit = new RateLimit(2, 4, () => now);
    const take = (name: string, times: number) => Array.from({ length: times }, () => limit.take(name));
    expect(take('a', 5)).toEqual([0, 0, 0, 0, 1]);
    expect(limit.wait('a')).toBe(1);
    now += 500;
    expect(limit.wait('a')).toBe(0);
    expect(take('a', 2)).toEqual([0, 1]);
    now += 3_600_000;
    expect(take('a', 5)).toEqual([0, 0, 0, 0, 1]);
    for (let number = 0; number < 30_000; number += 1) limit.take(`name ${number}`);
    expect(limit.wait('never seen')).toBe(0);
  });

  it('counts what it answers, without a word of what was asked', () => {
    const metrics = new Metrics();
    metrics.begin();
    metrics.begin();
    metrics.end('getKey', 200, 0.004);
    metrics.refused('role');
    metrics.repeated();
    const text = metrics.text(1024);
    expect(text).toContain('mpn_benefits_requests_total{operation="getKey",status="200"} 1');
    expect(text).toContain('mpn_benefits_request_seconds_bucket{operation="getKey",le="0.005"} 1');
    expect(text).toContain('mpn_benefits_request_seconds_bucket{operation="getKey",le="+Inf"} 1');
    expect(text).toContain('mpn_benefits_refusals_total{why="role"} 1');
    expect(text).toContain('mpn_benefits_requests_under_way 1');
    expect(text).toContain('mpn_benefits_repeated_total 1');
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \S+ .+|[a-z_]+(\{[^}]*\})? [0-9.e+-]+)$/);
  });
});

describe('where it listens', () => {
  it.each([
    ['127.0.0.1:8710', '127.0.0.1', 8710],
    ['[::1]:1', '::1', 1],
    ['localhost:0', 'localhost', 0],
    ['benefits.example.com:65535', 'benefits.example.com', 65_535],
  ])('reads %s', (typed, host, port) => {
    expect(readListening(typed)).toEqual({ host, port });
  });

  it.each(['', '8710', ':8710', 'a:', 'a:b', 'a:65536', '::1:80', 'http://a:1', 'a b:1'])(
    'refuses "%s"',
    (typed) => {
      expect(() => readListening(typed)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    },
  );

  it('keeps to this machine unless there is TLS', () => {
    for (const host of ['127.0.0.1', '127.3.2.1', '::1', 'localhost']) expect(isLoopback(host)).toBe(true);
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'localhost.example.com',
      '127.0.0.1.example.com',
      '::ffff:127.0.0.1',
    ]) {
      expect(isLoopback(host)).toBe(false);
      expect(() => checkListening({ host, port: 1 }, { tls: false, behindProxy: false })).toThrow(
        /in the open/,
      );
      expect(() => checkListening({ host, port: 1 }, { tls: true, behindProxy: false })).not.toThrow();
      expect(() => checkListening({ host, port: 1 }, { tls: false, behindProxy: true })).not.toThrow();
    }
    expect(() => checkListening({ host: '127.0.0.1', port: 1 }, { tls: true, behindProxy: true })).toThrow(
      /Either/,
    );
  });

  it('behind a proxy believes the proxy about who asks, and refuses what came to it in the open', async () => {
    const team = await startTeam({ behindProxy: true });
    await team.ask('getSession', {
      headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9', 'x-forwarded-proto': 'https' },
    });
    expect(team.log.at(-1)).toMatchObject({ message: 'request', address: '203.0.113.9' });
    const open = await team.ask('getSession', { headers: { 'x-forwarded-proto': 'http' } });
    expect(open.status).toBe(400);
    await team.stop();
  });
});
