import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivationRequest, Backend, ImportFile, ImportOptions } from '../../src/backend/backend.ts';
import { openBackend } from '../../src/backend/open.ts';
import { AppError } from '../../src/errors.ts';
import type { ImportItem } from '../../src/importers/record.ts';
import { Secret } from '../../src/keys/secret.ts';
import { findPlaces } from '../../src/settings/places.ts';
import { madeUpActivation } from '../helpers/activation-request.ts';
import { VAULT_KEY } from '../helpers/cli.ts';
import { startService, type TestService } from '../helpers/service.ts';
import { startValidatingProxy, type ValidatingProxy } from '../helpers/validating-proxy.ts';
import { dayFromNow } from '../process/support.ts';

/**
 * The one contract of every backend, run on a profile of this machine and on a service. Between client and service
 * stands somebody else's proxy, which holds each request and answer against the OpenAPI document.
 */
interface World {
  readonly backend: Backend;
  close(): Promise<void>;
}

let folder: string;
let service: TestService | undefined;
let proxy: ValidatingProxy | undefined;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-contract-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const placeOf = (name: string, env: Record<string, string>) => ({
  places: findPlaces(join(folder, name)),
  env,
  platform: process.platform,
  now: () => new Date(),
  today: () => '2026-11-24',
  policy: 'documented',
});

async function localWorld(): Promise<World> {
  const profile = { name: 'default', kind: 'local', location: folder } as const;
  const backend = await openBackend({ ...placeOf('local', { MPN_BENEFITS_VAULT_KEY: VAULT_KEY }), profile });
  return { backend, close: () => backend.close() };
}

async function remoteWorld(): Promise<World> {
  mkdirSync(join(folder, 'service'));
  service = await startService({ home: join(folder, 'service') });
  proxy = await startValidatingProxy(service.origin);
  const env = { MPN_BENEFITS_SERVICE_URL: proxy.origin, MPN_BENEFITS_TOKEN: service.token };
  const profile = {
    name: 'team',
    kind: 'remote',
    location: proxy.origin,
    remote: { url: proxy.origin },
  } as const;
  const backend = await openBackend({ ...placeOf('remote', env), profile });
  return {
    backend,
    async close() {
      await backend.close();
      await proxy?.close();
      await service?.stop();
    },
  };
}

const KEYS = ['BCDFG-HJKMP-QRTVW-XY234-6789B', 'BCDFG-HJKMP-QRTVW-XY234-6789C'] as const;
const text = (shown: string) => ({ shown });
const entitlement = (product: string, quantity: number): ImportItem => ({
  kind: 'entitlement',
  place: 'line 1',
  product: text(product),
  source: text('MAPS - Core'),
  quantity,
  unit: 'activations',
  activateBy: '2099-12-31',
});
const key = (product: string, value: string): ImportItem => ({
  kind: 'key',
  place: 'line 2',
  product: text(product),
  key: new Secret(value),
  type: 'mak',
  allowed: 2,
  allowedByType: null,
  claimedOn: '2026-01-31',
  note: text('a note'),
  source: null,
});

function file(name: string, ...items: ImportItem[]): ImportFile {
  return {
    name,
    format: 'csv',
    items: (async function* () {
      yield* items;
    })(),
  };
}

const OPTIONS: ImportOptions = { dryRun: false, strict: false, force: false, offer: null };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function errorOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => expect.unreachable('it worked'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
}

describe.each([
  ['a profile of this machine', localWorld],
  ["a profile of a team's service", remoteWorld],
])('%s', (_, open) => {
  let world: World;
  let backend: Backend;
  beforeAll(async () => {
    world = await open();
    backend = world.backend;
    await backend.create();
  });
  afterAll(() => world?.close());

  const product = (query = 'ws-standard-2019') => backend.entitlements.find(query);
  const request = async (machine: string, query?: string): Promise<ActivationRequest> => ({
    product: await product(query),
    wish: { key: undefined, type: undefined },
    ...madeUpActivation(machine),
  });
  const reserve = async (machine: string, query?: string) => {
    const wanted = await request(machine, query);
    const plan = await backend.activations.plan(wanted);
    if (plan.status !== 'planned') throw new Error('nothing is counted');
    return backend.activations.reserve(wanted, plan, 'anna');
  };

  it('begins empty', async () => {
    expect(await all(backend.entitlements.list({}))).toEqual([]);
    expect(await backend.keys.list(undefined)).toEqual([]);
    expect(await all(backend.usage.list(undefined))).toEqual([]);
    expect(await all(backend.imports.list())).toEqual([]);
    expect(await backend.offers.list()).toEqual([]);
    expect((await errorOf(backend.entitlements.find('no such thing'))).code).toBe('NOT_FOUND');
  });

  it('rehearses an import, and stores the files of one command as one import', async () => {
    const rehearsal = await backend.imports.begin({ ...OPTIONS, dryRun: true });
    expect(await rehearsal.add(file('a', entitlement('Windows Server 2019 Standard', 16)))).toMatchObject({
      new: 1,
    });
    expect(rehearsal.id).toBeNull();
    expect(await all(backend.entitlements.list({}))).toEqual([]);

    const run = await backend.imports.begin(OPTIONS);
    await run.add(file('a', entitlement('Windows Server 2019 Standard', 16)));
    const report = await run.add(
      file(
        'b',
        key('Windows Server 2019 Standard', KEYS[0]),
        key('Visio Professional 2019', KEYS[1]),
        { kind: 'note', place: 'line 3', product: text('Visio Professional 2019'), text: text('Ask Anna.') },
        { kind: 'skipped', place: 'line 4', reason: 'no key text' },
        { kind: 'rejected', place: 'line 5', reason: 'not a number' },
        { kind: 'warning', text: 'An odd file.' },
      ),
    );
    expect(report).toMatchObject({
      file: 'b',
      new: 3,
      skipped: [{ place: 'line 4' }],
      rejected: [{ place: 'line 5' }],
    });
    expect(run.warnings).toEqual(['An odd file.']);
    const [summary, ...others] = await all(backend.imports.list());
    expect(others).toEqual([]);
    expect(summary).toMatchObject({ id: run.id, undoneAt: null, files: [{ file: 'a' }, { file: 'b' }] });
  });

  it('stores nothing of a file with a bad record if that was asked for', async () => {
    const run = await backend.imports.begin({ ...OPTIONS, strict: true });
    const bad: ImportItem = { kind: 'rejected', place: 'line 9', reason: 'not a number' };
    const error = await errorOf(run.add(file('c', entitlement('Office Professional Plus 2019', 3), bad)));
    expect(error).toMatchObject({ code: 'INVALID_DATA', message: expect.stringContaining('line 9') });
    expect(await all(backend.entitlements.list({ text: 'office' }))).toEqual([]);
  });

  it('lists, filters and shows', async () => {
    expect(
      (await all(backend.entitlements.list({}))).map(({ productId, source }) => [productId, source]),
    ).toEqual([
      ['visio-pro-2019', 'keys only'],
      ['ws-standard-2019', 'MAPS - Core'],
    ]);
    expect(await all(backend.entitlements.list({ withKey: true, kind: 'server-os' }))).toHaveLength(1);
    const view = await backend.entitlements.show(await product());
    expect(view).toMatchObject({
      facts: { id: 'ws-standard-2019', catalogued: true },
      activations: { used: 0, allowed: 2 },
    });
    expect(view.keys).toMatchObject([{ last5: '6789B', type: 'mak', claimedOn: '2026-01-31' }]);
    expect((await errorOf(backend.entitlements.find('windows 10'))).code).toBe('AMBIGUOUS');
  });

  it('gives a key once its access is recorded', async () => {
    const [view] = await backend.keys.list(await product());
    if (view === undefined) throw new Error('there is no key');
    expect(await backend.keys.refundAtStake(view.id)).toBeNull();
    const access = {
      productId: 'ws-standard-2019',
      actor: 'anna',
      job: 'build 7',
      purpose: 'test',
      way: 'shown',
      target: null,
    };
    const revealed = await backend.keys.reveal(view.id, access);
    expect(revealed.key.reveal()).toBe(KEYS[0]);
    expect(String(revealed.key)).toBe('…6789B');
    const [line, ...others] = await all(backend.keys.history(undefined));
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      keyId: view.id,
      last5: '6789B',
      job: 'build 7',
      purpose: 'test',
      way: 'shown',
      target: null,
    });
    expect((await errorOf(backend.keys.reveal('k-nothing', access))).code).toBe('NOT_FOUND');
  });

  it('marks a key', async () => {
    const [view] = await backend.keys.list(await backend.entitlements.find('visio-pro-2019'));
    expect(await backend.keys.mark(view?.id ?? '', 'blocked', 'leaked')).toMatchObject({ state: 'blocked' });
    expect((await errorOf(backend.keys.mark('k-nothing', 'blocked', 'leaked'))).code).toBe('NOT_FOUND');
  });

  it('plans, reserves, continues, settles and refuses', async () => {
    const first = await reserve('pc-1');
    expect(first.performed).toMatchObject({
      status: 'pending',
      numbers: { used: 1, pending: 1, remaining: 1 },
    });
    expect((await reserve('pc-1')).performed.activationId).toBe(first.performed.activationId);
    const second = await reserve('pc-2');
    const wanted = await request('pc-3');
    const refused = await backend.activations.plan(wanted);
    expect(refused).toMatchObject({ status: 'planned', refusal: { message: expect.any(String) } });
    if (refused.status !== 'planned') throw new Error('nothing is counted');
    expect((await errorOf(backend.activations.reserve(wanted, refused, null))).code).toBe(
      'ACTIVATION_LIMIT_REACHED',
    );

    const succeeded = { outcome: 'succeeded', code: null, reason: null, actor: null } as const;
    const failed = { outcome: 'failed', code: '0xC004C020', reason: null, actor: null } as const;
    const { activationId } = first.performed;
    expect(await backend.activations.settle(activationId, succeeded)).toMatchObject({
      status: 'succeeded',
      delta: 1,
    });
    expect(await backend.activations.settle(activationId, succeeded)).toMatchObject({ status: 'succeeded' });
    expect((await errorOf(backend.activations.settle(activationId, failed))).code).toBe('USAGE');
    expect(await backend.activations.settle(second.performed.activationId, failed)).toMatchObject({
      status: 'failed',
      delta: 0,
    });
    expect((await errorOf(backend.activations.settle('a-nothing', failed))).code).toBe('NOT_FOUND');

    const shown = await backend.activations.show(activationId);
    expect(shown.events.map(({ type }) => type)).toEqual(['reserved', 'succeeded']);
    expect((await all(backend.activations.list({}))).map(({ machine }) => machine.name)).toEqual([
      'pc-2',
      'pc-1',
    ]);
    expect(await all(backend.activations.list({ machine: 'PC-1' }))).toHaveLength(1);
    expect(await all(backend.activations.list({ product: await product() }))).toHaveLength(2);
  });

  it('sets an allowance alone, and nothing else than something', async () => {
    const adjusting = {
      product: await product(),
      key: undefined,
      target: null,
      reason: 'portal',
      actor: null,
    };
    const { usedBefore } = await backend.activations.adjust({ ...adjusting, allowed: 30 });
    expect(await backend.activations.adjust({ ...adjusting, allowed: 40 })).toMatchObject({
      usedBefore,
      usedAfter: usedBefore,
      allowed: 40,
    });
    expect((await errorOf(backend.activations.adjust({ ...adjusting, allowed: null }))).code).toBe('USAGE');
  });

  it('adjusts a count to a number read elsewhere', async () => {
    const adjusting = { product: await product(), key: undefined, allowed: 9, reason: 'portal', actor: null };
    expect(await backend.activations.adjust({ ...adjusting, target: { used: 4 } })).toMatchObject({
      usedBefore: 1,
      usedAfter: 4,
      allowed: 9,
      remaining: 5,
    });
    expect(await backend.activations.adjust({ ...adjusting, target: { remaining: 6 } })).toMatchObject({
      usedAfter: 3,
    });
  });

  it('knows machines', async () => {
    expect((await all(backend.machines.list())).map(({ name }) => name).sort()).toEqual(['pc-1', 'pc-2']);
    expect(await backend.machines.show('pc-1')).toMatchObject({ row: { name: 'pc-1', activations: 1 } });
    expect((await backend.machines.retire('pc-2', 'sold', null)).retiredOn).not.toBeNull();
    expect((await errorOf(backend.machines.retire('pc-2', 'sold', null))).code).toBe('USAGE');
    expect((await errorOf(backend.machines.show('Büro/17 %?#'))).code).toBe('NOT_FOUND');
  });

  it('keeps offers', async () => {
    const purchased = dayFromNow(-100);
    expect(
      await backend.offers.set('action-pack:core', { purchased, policy: 'every-activation' }, null),
    ).toMatchObject({ program: 'action-pack', part: 'core', purchased, policy: 'every-activation' });
    expect(await backend.offers.set('MAPS - Core', { purchased: undefined }, null)).toMatchObject({
      purchased,
    });
    expect(await backend.offers.list()).toHaveLength(1);
    expect((await errorOf(backend.offers.set('no such thing', {}, null))).code).toBe('USAGE');
  });

  it('tells usage', async () => {
    const [row] = await all(backend.usage.list(await product()));
    expect(row).toMatchObject({
      productId: 'ws-standard-2019',
      granted: 16,
      used: 3,
      allowed: 9,
      machines: 1,
    });
    expect(await all(backend.usage.lapsing(50_000))).toMatchObject([{ machine: 'pc-1', keyLast5: '6789B' }]);
  });

  it('has a ledger that can be exported, verified and compared with itself', async () => {
    const { ledger, head, chains, events } = await backend.ledger.export();
    const stored = await all(events);
    expect(stored).toHaveLength(chains.reduce((sum, [, last]) => sum + last, 0));
    expect(await backend.ledger.verify(undefined)).toMatchObject({
      ok: true,
      ledger,
      head,
      events: stored.length,
    });
    await reserve('pc-9');
    expect(await backend.ledger.verify({ ledger, chains })).toMatchObject({ ok: true });
    expect(await backend.ledger.sinceHead(head)).toBeGreaterThan(0);
    expect(await backend.ledger.sinceHead('f'.repeat(64))).toBeUndefined();
    const forged = chains.map(([chain, seq]): [string, number, string] => [chain, seq, '0'.repeat(64)]);
    expect((await backend.ledger.verify({ ledger, chains: forged })).ok).toBe(false);
  });

  it('takes a joined name back, although its own product is not there any more', async () => {
    const run = await backend.imports.begin(OPTIONS);
    const name = 'Contoso Gadget Server';
    await run.add(file('g', entitlement(name, 3)));
    const own = await backend.entitlements.find(name);
    await backend.entitlements.alias(name, await product());
    expect((await backend.entitlements.find(name)).id).toBe('ws-standard-2019');
    expect(await backend.entitlements.alias(name, own)).toMatchObject({ name, productId: own.id });
    expect((await backend.entitlements.find(name)).id).toBe(own.id);
  });

  it('joins names, and takes an import back', async () => {
    const run = await backend.imports.begin(OPTIONS);
    const name = 'Contoso Widget Server';
    await run.add(file('d', entitlement(name, 3), key(name, 'BCDFG-HJKMP-QRTVW-XY234-6789D')));
    await reserve('pc-8', name);
    const report = await backend.entitlements.alias(name, await product());
    expect(report).toMatchObject({ productId: 'ws-standard-2019', entitlements: 1, keys: 1 });
    // What was activated under the name is told of the product that it is a name of now.
    const [newest, ...others] = await all(backend.activations.list({ product: await product() }));
    expect(newest).toMatchObject({ machine: { name: 'pc-8' }, productId: report.merged });
    expect(others.length).toBeGreaterThan(0);
    expect((await errorOf(backend.entitlements.alias('Nothing like it', await product()))).code).toBe(
      'NOT_FOUND',
    );
    expect(await backend.imports.undo(run.id ?? '')).toMatchObject({ id: run.id, removed: { keys: 0 } });
    expect((await errorOf(backend.imports.undo(run.id ?? ''))).code).toBe('USAGE');
  });
});

it('is what the OpenAPI document says, as others read it', () => {
  expect(proxy).toBeDefined();
  expect([...new Set(proxy?.violations())]).toEqual([]);
});
