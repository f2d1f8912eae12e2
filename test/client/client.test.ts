import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Client, ClientSetup } from '../../src/client/client.ts';
import { TIMEOUTS } from '../../src/client/dispatcher.ts';
import { answerError, checkSize } from '../../src/client/failure.ts';
import { AppError } from '../../src/errors.ts';
import { Secret } from '../../src/keys/secret.ts';
import { testAuthority } from '../helpers/certificates.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { CUTS, type Fault, type FaultyProxy, NONE, startProxy } from '../helpers/proxy.ts';
import { failure, madeUpClient, page, SESSION, SETTLED, type SmallService, smallService } from './service.ts';

const TOKEN = 'mpnb_a-token-that-was-never-issued';

let service: SmallService;
let proxy: FaultyProxy;
const opened: Client[] = [];

beforeAll(async () => {
  service = await smallService();
  proxy = await startProxy({ target: service.origin });
});
afterAll(async () => {
  await proxy.close();
  await service.close();
});
beforeEach(() => {
  service.asked.length = 0;
  service.answer = () => ({ status: 200, body: SESSION });
  proxy.plan(() => NONE);
});
afterEach(async () => {
  for (const client of opened.splice(0)) await client.close();
});

/** For whoever never answers; elsewhere a busy machine may take its time. */
const IMPATIENT = { connect: 1_000, headers: 1_000, body: 1_000, operation: 3_000, largeOperation: 3_000 };
const waitsFor = ({ kind }: Fault): Partial<ClientSetup> =>
  kind === 'silent' || kind === 'stalled' ? { timeouts: IMPATIENT } : {};

/** A client that repeats at once. */
function clientOf(more: Partial<ClientSetup> = {}): Client {
  const client = madeUpClient({
    origin: proxy.origin,
    token: TOKEN,
    pause: () => new Promise((resolve) => setTimeout(resolve, 1)),
    ...more,
  });
  opened.push(client);
  return client;
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    (value) => expect.unreachable(`it gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
}

const settle = (client: Client) =>
  client.call('settleActivation', {
    parameters: { activationId: 'a-1' },
    body: { outcome: 'succeeded', code: null, reason: null },
  });

/** Only the first exchange is spoilt. */
const first = (fault: Fault) => proxy.plan(({ number }) => (number === 1 ? fault : NONE));
const always = (fault: Fault) => proxy.plan(() => fault);

describe('a request', () => {
  it('carries the credential, a correlation id and, if it changes something, an id of its own', async () => {
    service.answer = () => ({ status: 200, body: SETTLED });
    const client = clientOf();
    await settle(client);
    await settle(client);
    const [one, two] = service.asked;
    expect(one).toMatchObject({
      method: 'POST',
      path: '/v1/activations/a-1/settlements',
      headers: { authorization: `Bearer ${TOKEN}`, accept: 'application/json' },
      body: { outcome: 'succeeded', code: null, reason: null },
    });
    const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    expect(one?.headers['ms-correlationid']).toMatch(uuid);
    expect(one?.headers['ms-requestid']).toMatch(uuid);
    expect(two?.headers['ms-requestid']).not.toBe(one?.headers['ms-requestid']);
  });

  it('has no request id if it changes nothing', async () => {
    await clientOf().call('getSession');
    expect(service.asked[0]?.headers).not.toHaveProperty('ms-requestid');
  });

  it('goes without a credential where none is needed', async () => {
    service.answer = () => ({ status: 200, body: { issuer: null, clientId: null, scopes: [] } });
    const client = clientOf({
      credential: { token: () => expect.unreachable(), renew: () => expect.unreachable() },
    });
    await client.call('getSignIn');
    expect(service.asked[0]?.headers).not.toHaveProperty('authorization');
  });

  it('spells odd names in its path so that they arrive', async () => {
    const name = 'Büro/17 ?#%&';
    service.answer = () => failure(404, 'NOT_FOUND');
    await errorOf(clientOf().call('getMachine', { parameters: { machine: name } }));
    expect(decodeURIComponent(service.asked[0]?.path.split('/').at(-1) ?? '')).toBe(name);
  });
});

describe('a list', () => {
  it('is read page by page, each with the token of the one before', async () => {
    const offer = {
      program: 'other',
      part: 'core',
      purchased: null,
      anniversary: null,
      benefitsEnd: null,
      refundUntil: null,
      status: 'unknown',
      policy: 'documented',
    };
    service.answer = ({ headers }) => ({
      status: 200,
      body: headers['ms-continuationtoken'] === undefined ? page([offer], 'two') : page([offer]),
    });
    const items = [];
    for await (const item of clientOf().items('listOffers')) items.push(item);
    expect(items).toEqual([offer, offer]);
    expect(service.asked.map(({ path }) => path)).toEqual(['/v1/offers', '/v1/offers?seekOperation=Next']);
    expect(service.asked[1]?.headers['ms-continuationtoken']).toBe('two');
  });

  it('does not go round in circles', async () => {
    service.answer = () => ({ status: 200, body: page([], 'again') });
    const error = await errorOf(clientOf().items('listOffers')[Symbol.asyncIterator]().next());
    expect(error.code).toBe('INVALID_DATA');
    // The service knows it by the request that brought the page.
    expect(error.details['correlationId']).toBe(service.asked.at(-1)?.headers['ms-correlationid']);
  });
});

describe('what was changed meanwhile', () => {
  it('is asked for with the ETag, and not sent again if it is the same', async () => {
    service.answer = ({ headers }) =>
      headers['if-none-match'] === '"7"'
        ? { status: 304 }
        : { status: 200, body: page([]), headers: { etag: '"7"' } };
    const client = clientOf();
    expect(await client.all('listEntitlements', undefined)).toEqual({ value: [], etag: '"7"' });
    expect(await client.all('listEntitlements', '"7"')).toBeUndefined();
  });

  it('is read again if it changed between two pages', async () => {
    let version = 0;
    service.answer = ({ headers }) => {
      const second = headers['ms-continuationtoken'] !== undefined;
      if (second && version === 0) version = 1;
      return {
        status: 200,
        body: second ? page([]) : page([], 'two'),
        headers: { etag: `"${version}"` },
      };
    };
    expect(await clientOf().all('listEntitlements', undefined)).toEqual({ value: [], etag: '"1"' });
  });

  /** A list of two pages, of which so many times nothing is found to go on from. */
  const lost = (times: number): void => {
    let left = times;
    service.answer = ({ headers }) => {
      if (headers['ms-continuationtoken'] === undefined)
        return { status: 200, body: page([], 'two'), headers: { etag: '"7"' } };
      left -= 1;
      return left >= 0 ? failure(409, 'USAGE') : { status: 200, body: page([]), headers: { etag: '"7"' } };
    };
  };

  it('is read again if the place to go on from is gone, a few times', async () => {
    lost(2);
    expect(await clientOf().all('listEntitlements', undefined)).toEqual({ value: [], etag: '"7"' });
    expect(service.asked).toHaveLength(6);
  });

  it('is a failure of the moment if it never stands still, and none of what was typed', async () => {
    lost(99);
    const error = await errorOf(clientOf().all('listEntitlements', undefined));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', hint: expect.stringContaining('again') });
    expect(service.asked).toHaveLength(6);
    lost(99);
    const items = clientOf().items('listOffers')[Symbol.asyncIterator]();
    expect((await errorOf(items.next())).code).toBe('UNAVAILABLE');
  });
});

describe('an error of the service', () => {
  const CASES = [
    [400, 'USAGE', 'USAGE'],
    [401, 'AUTH_REQUIRED', 'AUTH_REQUIRED'],
    [403, 'FORBIDDEN', 'FORBIDDEN'],
    [404, 'NOT_FOUND', 'NOT_FOUND'],
    [409, 'AMBIGUOUS', 'AMBIGUOUS'],
    [409, 'ACTIVATION_LIMIT_REACHED', 'ACTIVATION_LIMIT_REACHED'],
    [409, 'CONFIRMATION_REQUIRED', 'CONFIRMATION_REQUIRED'],
    [400, 'INVALID_DATA', 'INVALID_DATA'],
    // What goes wrong on its machine is not wrong on ours.
    [500, 'INTERNAL', 'UNAVAILABLE'],
    [500, 'VAULT_KEY_MISSING', 'UNAVAILABLE'],
    [503, 'STORAGE_UNAVAILABLE', 'UNAVAILABLE'],
    [400, 'SOMETHING_NEW', 'UNAVAILABLE'],
  ] as const;

  it.each(CASES)('of status %i and code %s is %s here', async (status, code, expected) => {
    service.answer = () =>
      failure(status, code, [
        { key: 'hint', value: 'Do this.' },
        { key: 'query', value: 'x' },
      ]);
    const error = await errorOf(clientOf().call('getSession'));
    expect(error.code).toBe(expected);
    expect(error.message).toContain(`This is ${code}.`);
    expect(error.details).toMatchObject({ query: 'x', httpStatus: status, service: proxy.origin });
    expect(error.details['correlationId']).toBe(service.asked[0]?.headers['ms-correlationid']);
    // Where the credential comes from is known on this side alone.
    if (expected === 'AUTH_REQUIRED') expect(error.hint).toContain('MPN_BENEFITS_TOKEN');
    else if (expected === code) expect(error.hint).toBe('Do this.');
  });

  it.each(CASES)(
    'of status %i and code %s has a hint, also if the service gave none',
    async (status, code) => {
      service.answer = () => failure(status, code);
      expect((await errorOf(clientOf().call('getSession'))).hint).toMatch(/\S/);
    },
  );

  it.each([401, 403, 404, 429, 502])('of somebody else with status %i has a hint', async (status) => {
    always({ kind: 'status', status, done: false });
    expect((await errorOf(clientOf().call('getSession'))).hint).toMatch(/\S/);
  });

  it('never holds the token', async () => {
    service.answer = () => failure(401, 'AUTH_REQUIRED');
    const error = await errorOf(clientOf().call('getSession'));
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(TOKEN);
  });

  it('of a refused token is answered with another one, once', async () => {
    const credential = {
      token: async () => new Secret('first-token-1'),
      renew: async (refused: Secret) =>
        refused.reveal() === 'first-token-1' ? new Secret('second-token-2') : undefined,
    };
    service.answer = ({ headers }) =>
      headers.authorization === 'Bearer second-token-2'
        ? { status: 200, body: SESSION }
        : failure(401, 'AUTH_REQUIRED');
    expect(await clientOf({ credential }).call('getSession')).toEqual(SESSION);
    service.answer = () => failure(401, 'AUTH_REQUIRED');
    service.asked.length = 0;
    expect((await errorOf(clientOf({ credential }).call('getSession'))).code).toBe('AUTH_REQUIRED');
    expect(service.asked).toHaveLength(2);
  });
});

describe('an answer that is not as agreed', () => {
  it('says which field, and not what it holds', async () => {
    service.answer = () => ({ status: 200, body: { ...SESSION, role: 'BCDFG-HJKMP-QRTVW-XY234-6789B' } });
    const error = await errorOf(clientOf().call('getSession'));
    expect(error).toMatchObject({ code: 'INVALID_DATA' });
    expect(error.message).toContain('role');
    expect(error.message).not.toContain('BCDFG');
  });

  it('may have more fields than this version knows', async () => {
    service.answer = () => ({ status: 200, body: { ...SESSION, mood: 'good' } });
    expect(await clientOf().call('getSession')).toEqual(SESSION);
  });

  it('is not read beyond the size that was agreed', async () => {
    always({ kind: 'large', bytes: 16 * 1024 * 1024 });
    const error = await errorOf(clientOf().call('getSession'));
    expect(error).toMatchObject({ code: 'INVALID_DATA', message: expect.stringContaining('larger') });
    expect(proxy.seen).toHaveLength(1);
  });

  it('is not followed elsewhere', async () => {
    always({ kind: 'redirect', to: `${service.origin}/v1/session` });
    const error = await errorOf(clientOf().call('getSession'));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('not followed') });
    expect(service.asked).toHaveLength(0);
  });
});

/** Every way an exchange can fail that is worth another try. */
const PASSING: readonly [string, Fault][] = [
  ...CUTS.map((at): [string, Fault] => [`cut at the ${at}`, { kind: 'cut', at }]),
  ...[500, 502, 503, 504, 429].flatMap((status): [string, Fault][] => [
    [`${status}`, { kind: 'status', status, done: false }],
    [`${status} after it was done`, { kind: 'status', status, done: true }],
  ]),
  ['silence', { kind: 'silent' }],
  ['an answer that stalls', { kind: 'stalled' }],
  ['half an answer', { kind: 'truncated' }],
  ['a page of a portal', { kind: 'page', done: false }],
  ['a page of a portal after it was done', { kind: 'page', done: true }],
];

describe.each(PASSING)('%s', (_, fault) => {
  it('once: a read is repeated', async () => {
    first(fault);
    expect(await clientOf(waitsFor(fault)).call('getSession')).toEqual(SESSION);
    expect(proxy.seen).toHaveLength(2);
  });

  it('once: a change is repeated under the same id', async () => {
    service.answer = () => ({ status: 200, body: SETTLED });
    first(fault);
    expect(await settle(clientOf(waitsFor(fault)))).toEqual(SETTLED);
    expect(proxy.seen).toHaveLength(2);
    const ids = proxy.seen.map(({ headers }) => headers['ms-requestid']);
    expect(new Set(ids).size).toBe(1);
    expect(new Set(proxy.seen.map(({ body }) => body).filter((body) => body !== '')).size).toBe(1);
  });

  it('for ever: it ends, says so, and never that it was done', async () => {
    service.answer = () => ({ status: 200, body: SETTLED });
    always(fault);
    const error = await errorOf(settle(clientOf(waitsFor(fault))));
    expect(['UNAVAILABLE', 'INVALID_DATA']).toContain(error.code);
    expect(proxy.seen.length).toBeGreaterThan(1);
    expect(proxy.seen.length).toBeLessThanOrEqual(6);
    expect(error.details['correlationId']).toBe(proxy.seen[0]?.headers['ms-correlationid']);
    if (fault.kind !== 'status' || fault.status >= 500) expect(error.hint).toMatch(/not known|again/);
  });
});

describe('waiting', () => {
  it('honours Retry-After, and gives up at once if that is longer than there is time', async () => {
    const pauses: number[] = [];
    const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds);
    first({ kind: 'status', status: 429, done: false, retryAfter: '2' });
    await clientOf({ pause }).call('getSession');
    expect(pauses).toEqual([2_000]);
    always({ kind: 'status', status: 503, done: false, retryAfter: '3600' });
    expect((await errorOf(clientOf({ pause }).call('getSession'))).code).toBe('UNAVAILABLE');
    expect(proxy.seen).toHaveLength(1);
  });

  it('is spread, and grows', async () => {
    const pauses: number[] = [];
    always({ kind: 'status', status: 503, done: false });
    await errorOf(
      settle(
        clientOf({
          pause: async (milliseconds) => void pauses.push(milliseconds),
          timeouts: { operation: 60_000 },
        }),
      ),
    );
    expect(pauses).toHaveLength(5);
    pauses.forEach((pause, index) => {
      const full = 200 * 2 ** index;
      expect(pause).toBeGreaterThanOrEqual(full / 2);
      expect(pause).toBeLessThanOrEqual(full);
    });
  });

  it('has an end for all tries together', async () => {
    always({ kind: 'silent' });
    const error = await errorOf(
      clientOf({ timeouts: { connect: 500, headers: 60_000, body: 60_000, operation: 400 } }).call(
        'getSession',
      ),
    );
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('in time') });
  });
});

describe('a change whose first answer was lost', () => {
  it.each([
    ['too many requests', { kind: 'status', status: 429, done: false }],
    ['a page of a portal that refuses', { kind: 'status', status: 404, done: false }],
    ['an answer that is too large', { kind: 'large', bytes: 16 * 1024 * 1024 }],
  ] as const)('may have been done, although it ends with %s', async (_, fault) => {
    service.answer = () => ({ status: 200, body: SETTLED });
    proxy.plan(({ number }) => (number === 1 ? { kind: 'cut', at: 'answer' } : fault));
    expect((await errorOf(settle(clientOf()))).hint).toContain('not known');
  });

  it.each([
    ['addImport', /counts as unchanged/],
    ['reserveActivation', /is continued, not counted again/],
    ['settleActivation', /recorded once/],
    ['revealKey', /access log/],
    ['moveIn', /into an empty one only/],
    ['undoImport', /Look what is there/],
  ] as const)('%s says what repeating it does', async (id, hint) => {
    const text = answerError({ status: 500, header: () => undefined, body: new Uint8Array() }, undefined, {
      origin: service.origin,
      operation: id,
      correlationId: 'c-1',
      unsure: true,
      keeps: true,
    }).hint;
    expect(text).toMatch(/^It is not known whether it was done\. /);
    expect(text).toMatch(hint);
  });

  it('is not doubted if it was refused from the first', async () => {
    always({ kind: 'status', status: 429, done: false });
    expect((await errorOf(settle(clientOf()))).hint).not.toContain('not known');
  });
});

describe('more than the service takes at once', () => {
  const contents = (text: string) => ({ schema: 1, ledger: 'l', head: 'h', tables: { note: [{ text }] } });

  it('is not sent, and what to do fits what it was', async () => {
    const client = clientOf();
    const profile = await errorOf(client.call('moveIn', { body: contents('x'.repeat(65 * 1024 * 1024)) }));
    expect(profile).toMatchObject({ code: 'INVALID_DATA', hint: expect.stringContaining('serve init -p') });
    const reason = 'x'.repeat(300 * 1024);
    const wish = { parameters: { machine: 'pc-1' }, body: { reason } };
    const sentence = await errorOf(client.call('retireMachine', wish));
    expect(sentence).toMatchObject({ code: 'INVALID_DATA', hint: expect.stringContaining('fewer words') });
    expect(() => checkSize('addImport', 2 ** 27)).toThrow(
      expect.objectContaining({ hint: 'Split the file and import its parts.' }),
    );
    expect(service.asked).toEqual([]);
  });
});

describe('what answers in the place of the service', () => {
  it.each([502, 503, 504])('with %i may do so for a moment only', async (status) => {
    always({ kind: 'status', status, done: false });
    expect(await errorOf(clientOf().call('getSession'))).toMatchObject({
      code: 'UNAVAILABLE',
      message: `Something in between answers in the place of ${proxy.origin} (status ${status}).`,
      hint: expect.stringContaining('try again in a moment'),
    });
  });

  it('with 404 is at another address', async () => {
    always({ kind: 'status', status: 404, done: false });
    expect((await errorOf(clientOf().call('getSession'))).hint).toContain('Check the address');
  });
});

describe('a service that cannot open its vault', () => {
  const unopened = () => failure(503, 'VAULT_KEY_WRONG');

  it('has done nothing, which is said at once', async () => {
    service.answer = unopened;
    const error = await errorOf(settle(clientOf()));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('This is VAULT_KEY_WRONG.'),
    });
    expect(error.hint).toMatch(/^No key was handed out or stored\. Tell those who run the service/);
    expect(service.asked).toHaveLength(1);
  });

  it('may have done it before it could not', async () => {
    service.answer = unopened;
    first({ kind: 'cut', at: 'answer' });
    expect((await errorOf(settle(clientOf()))).hint).toContain('not known');
  });
});

describe('where nothing is kept', () => {
  it('nobody is sent to look at what was', async () => {
    const gone = await smallService();
    await gone.close();
    const kept = await errorOf(clientOf({ origin: gone.origin }).call('getSession'));
    expect(kept.hint).toContain('--offline');
    const none = await errorOf(clientOf({ origin: gone.origin, keeps: false }).call('getSession'));
    expect(none.hint).toBe('Check the network and try again.');
  });
});

describe('no service', () => {
  it('at the address: nothing was sent, and that is not doubted', async () => {
    const gone = await smallService();
    await gone.close();
    const error = await errorOf(settle(clientOf({ origin: gone.origin })));
    expect(error).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('cannot be reached'),
    });
    expect(error.hint).not.toContain('not known');
  });
});

describe('certificates', () => {
  it('of an authority named by file are trusted, those of others and wrong ones never', async () => {
    const ours = testAuthority(temporaryFolder());
    const theirs = testAuthority(temporaryFolder());
    const good = await startProxy({ target: service.origin, tls: ours.sign(['localhost']) });
    const otherName = await startProxy({ target: service.origin, tls: ours.sign(['elsewhere.example']) });
    const ended = await startProxy({ target: service.origin, tls: ours.sign(['localhost'], -1) });
    const foreign = await startProxy({ target: service.origin, tls: theirs.sign(['localhost']) });
    try {
      expect(await clientOf({ origin: good.origin, ca: ours.ca }).call('getSession')).toEqual(SESSION);
      const before = service.asked.length;
      process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      for (const [{ origin }, ca, reason] of [
        [good, undefined, /SELF_SIGNED|UNABLE_TO/],
        [otherName, ours.ca, /ALTNAME/],
        [ended, ours.ca, /EXPIRED/],
        [foreign, ours.ca, /SELF_SIGNED|UNABLE_TO/],
      ] as const) {
        const error = await errorOf(settle(clientOf({ origin, ca })));
        expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(reason) });
        expect(error.hint).toMatch(/NODE_EXTRA_CA_CERTS.*--ca/);
        const nameless = await errorOf(settle(clientOf({ origin, ca, keeps: false })));
        expect(nameless.hint).toMatch(/NODE_EXTRA_CA_CERTS\.$/);
      }
      expect(service.asked).toHaveLength(before);
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      for (const each of [good, otherName, ended, foreign]) await each.close();
    }
  });
});

it('https at an address that speaks plain http is not called a matter of certificates', async () => {
  const error = await errorOf(settle(clientOf({ origin: service.origin.replace('http:', 'https:') })));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('https service') });
  expect(error.hint).toContain('address');
  expect(service.asked).toEqual([]);
});

it('a service that says nothing is given up within a minute, what carries a lot within five', () => {
  expect(TIMEOUTS).toEqual({
    connect: 10_000,
    headers: 30_000,
    body: 15_000,
    operation: 60_000,
    largeOperation: 300_000,
  });
});
