import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HARDWARE_SCHEMA } from '../../src/activation/hardware.ts';
import { MOST_VALUES } from '../../src/activation/hardware-file.ts';
import { HEADERS, LIMITS } from '../../src/contract/conventions.ts';
import type { Operation } from '../../src/contract/operation.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import type { AppError } from '../../src/errors.ts';
import { addRule, listRules } from '../../src/service/trust-store.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import type { Sql } from '../../src/store/sql.ts';
import { wireActivation } from '../helpers/activation-request.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { activation, OFFICE, reserve, SERVER, startTeam, type Team } from './team.ts';

let postgres: TestPostgres | undefined;
const havePostgres = requires('postgresql', postgresAvailable());

beforeAll(async () => {
  if (havePostgres) postgres = await startPostgres();
});
afterAll(() => postgres?.stop());

const KINDS = [
  { name: 'SQLite', available: true, url: async () => undefined },
  { name: 'PostgreSQL', available: havePostgres, url: async () => postgres?.newDatabase() },
] as const;

for (const kind of KINDS) {
  describe.skipIf(!kind.available)(`the service over ${kind.name}`, () => {
    let team: Team;
    beforeAll(async () => {
      team = await startTeam({ url: await kind.url() });
    });
    afterAll(() => team.stop());

    async function officeKey() {
      const { body } = await team.ask('listKeys', { query: { productId: OFFICE } });
      return body.items[0];
    }

    it('has one rule for tokens that say the same, in whatever order and for whatever role', async () => {
      const rule = { issuer: 'https://login.example.com', audience: 'us', products: null } as const;
      const add = (id: string, claims: Record<string, string>, role: 'admin' | 'reader') =>
        team.data.database.write((sql) =>
          addRule(sql, { ...rule, claims, role }, { actor: 'test', now: new Date(), id }),
        );
      await add('r-1', { sub: 'job', project_id: '1' }, 'reader');
      await expect(add('r-2', { project_id: '1', sub: 'job' }, 'admin')).rejects.toMatchObject({
        code: 'USAGE',
        message: expect.stringContaining('r-1'),
        hint: expect.stringContaining('serve trust remove r-1'),
      });
      await add('r-3', { sub: 'job' }, 'reader');
      const rules = await listRules(team.data.database.reading());
      expect(rules.map(({ id }) => id)).toEqual(['r-1', 'r-3']);
    });

    it('answers every reading operation in the form of the contract', async () => {
      const key = await officeKey();
      const { body: activations } = await team.ask('listActivations', { query: { size: 1 } });
      const { body: ledger } = await team.ask('getLedger');
      const asks: Partial<Record<OperationId, Parameters<Team['ask']>[1]>> = {
        matchProduct: { query: { query: 'office 2019' } },
        getProduct: { parameters: { productId: OFFICE } },
        getKey: { parameters: { keyId: key.id } },
        getRefund: { parameters: { keyId: key.id } },
        getActivation: { parameters: { activationId: activations.items[0].activationId } },
        getMachine: { parameters: { machine: activations.items[0].machine.id } },
        listLapsing: { query: { days: 3_000 } },
        countSince: { query: { head: ledger.head } },
        planActivation: { body: undefined },
        verifyLedger: { body: { earlier: { ledger: ledger.ledger, chains: ledger.chains } } },
      };
      for (const [id, operation] of Object.entries<Operation>(OPERATIONS)) {
        if (operation.repeat !== 'read' || id === 'planActivation') continue;
        const answer = await team.ask(id as OperationId, asks[id as OperationId]);
        expect([id, answer.status, answer.body]).toEqual([id, operation.status, answer.body]);
        const read = operation.answer?.safeParse(answer.body);
        expect([id, read?.error?.issues ?? []]).toEqual([id, []]);
        expect(answer.headers.get(HEADERS.correlationId)).toMatch(/^[0-9a-f-]{36}$/);
        expect(answer.headers.get('cache-control')).toBe('no-store');
      }
    });

    it('reserves, settles and tells it in the ledger, under the name of the credential', async () => {
      const reserved = await reserve(team, 'pc-new');
      expect(reserved.status).toBe(201);
      const { activationId, numbers } = reserved.body.performed;
      expect(numbers.pending).toBeGreaterThan(0);
      const settled = await team.ask('settleActivation', {
        parameters: { activationId },
        body: { outcome: 'failed', code: '0xC004C008', reason: null },
      });
      expect(settled).toMatchObject({ status: 200, body: { status: 'failed', delta: 0 } });
      const { body } = await team.ask('getActivation', { parameters: { activationId } });
      expect(body.events).toHaveLength(2);
      expect(JSON.parse(body.events[0]).actor).toMatch(/^admin 1 \(t-/);
      expect((await team.ask('verifyLedger', { body: { earlier: null } })).body.ok).toBe(true);
    });

    it('takes hardware as it is read from a file, and gives it back in the form of the contract', async () => {
      const hashes = Array.from({ length: MOST_VALUES }, (_, at) => at.toString(16).padStart(5, '0'));
      const hardware = {
        schema: HARDWARE_SCHEMA,
        machine: 'pc-many',
        virtual: false,
        portable: false,
        characteristics: { networkAdapters: hashes },
      };
      const request = { ...wireActivation('pc-many', OFFICE), hardware };
      const { body: confirmed } = await team.ask('planActivation', { body: request });
      const reserved = await team.ask('reserveActivation', { body: { request, confirmed } });
      expect(reserved.status).toBe(201);
      const { activationId } = reserved.body.performed;
      const { body } = await team.ask('getActivation', { parameters: { activationId } });
      expect(OPERATIONS.getActivation.answer.safeParse(body).error).toBeUndefined();
      for (const [characteristics, status] of [
        [{ networkAdapters: [...hashes, 'fffff'] }, 400],
        [{ networkAdapters: hashes, 'anything at all': [] }, 422],
      ] as const) {
        const refused = await team.ask('planActivation', {
          body: { ...request, hardware: { ...hardware, characteristics } },
        });
        expect(refused.status).toBe(status);
      }
    });

    it('counts a repeated reservation once, and answers it in the same words', async () => {
      const requestId = randomUUID();
      const before = (await officeKey()).used;
      const headers = { [HEADERS.requestId]: requestId };
      const request = {
        productId: OFFICE,
        wish: { key: null, type: null },
        machine: 'pc-twice',
        hardware: null,
        assume: null,
        reason: null,
        purpose: 'internal',
        via: 'manual',
      };
      const { body: confirmed } = await team.ask('planActivation', { body: request });
      const all = await Promise.all(
        Array.from({ length: 8 }, () =>
          team.ask('reserveActivation', { body: { request, confirmed }, headers }),
        ),
      );
      expect(new Set(all.map(({ status }) => status))).toEqual(new Set([201]));
      expect(new Set(all.map(({ body }) => body.performed.activationId)).size).toBe(1);
      expect((await officeKey()).used).toBe(before + 1);
      const other = await team.ask('reserveActivation', {
        body: { request: { ...request, machine: 'pc-other' }, confirmed },
        headers,
      });
      expect(other).toMatchObject({ status: 409, body: { code: 'USAGE' } });
      // Another credential has ids of its own.
      const second = await team.ask('settleActivation', {
        token: await team.token('admin'),
        parameters: { activationId: all[0]?.body.performed.activationId },
        body: { outcome: 'failed', code: null, reason: null },
        headers,
      });
      expect(second.status).toBe(200);
    });

    it('gives a key again to a repeat, and records one access', async () => {
      const { id } = await officeKey();
      const headers = { [HEADERS.requestId]: randomUUID() };
      const body = { productId: OFFICE, job: 'job 7', purpose: null, way: 'shown', target: null };
      const first = await team.ask('revealKey', { parameters: { keyId: id }, body, headers });
      const again = await team.ask('revealKey', { parameters: { keyId: id }, body, headers });
      expect(first.status).toBe(201);
      expect(first.body.key).toMatch(/^[A-Z0-9]{5}(-[A-Z0-9]{5}){4}$|^[A-Z0-9]{25}$/);
      expect(again.body).toEqual(first.body);
      const { body: log } = await team.ask('listAccess', { query: { productId: OFFICE } });
      expect(log.items.filter(({ job }: { job: string }) => job === 'job 7')).toHaveLength(1);
      const stored = await team.data.database.reading().all('SELECT answer FROM request');
      expect(JSON.stringify(stored)).not.toContain(first.body.key);
      expect(JSON.stringify(team.log)).not.toContain(first.body.key);
    });

    it('gives a repeat of a lost token another secret, and the lost one opens nothing', async () => {
      const headers = { [HEADERS.requestId]: randomUUID() };
      const body = { name: 'ci', role: 'reader', products: null, expiresInDays: 3 };
      const lost = await team.ask('addToken', { body, headers });
      const kept = await team.ask('addToken', { body, headers });
      expect(kept.body.entry).toEqual(lost.body.entry);
      expect(kept.body.entry.createdBy).toMatch(/^admin 1 \(t-/);
      const { body: list } = await team.ask('listTokens');
      expect(list.items).toContainEqual(expect.objectContaining(kept.body.entry));
      expect(await team.ask('getSession', { token: lost.body.token })).toMatchObject({ status: 401 });
      expect(await team.ask('getSession', { token: kept.body.token })).toMatchObject({
        status: 200,
        body: { role: 'reader', kind: 'service-token' },
      });
      const revoked = await team.ask('revokeToken', { parameters: { tokenId: kept.body.entry.id } });
      expect([revoked.status, revoked.body]).toEqual([204, undefined]);
      expect(await team.ask('getSession', { token: kept.body.token })).toMatchObject({ status: 401 });
    });

    it('performs nothing for a token that another process has revoked meanwhile', async () => {
      const token = await team.token('provisioner');
      const request = activation('pc-of-a-known-token');
      const { body: confirmed } = await team.ask('planActivation', { body: request });
      const asked = { token, body: { request, confirmed } };
      // From here on this process knows the token.
      expect((await team.ask('reserveActivation', asked)).status).toBe(201);
      const { database } = team.data;
      await database.write((sql) =>
        sql.run("UPDATE service_token SET revoked = '2026-01-01T00:00:00.000Z' WHERE role = 'provisioner'"),
      );
      const kept = async () =>
        Promise.all(
          ['ledger_event', 'machine', 'request'].map((table) =>
            database.reading().first(`SELECT COUNT(*) AS count FROM ${table}`),
          ),
        );
      const before = await kept();
      const other = activation('pc-of-nobody');
      const { body: plan } = await team.ask('planActivation', { body: other });
      const refused = await team.ask('reserveActivation', {
        token,
        body: { request: other, confirmed: plan },
      });
      expect(refused).toMatchObject({ status: 401, body: { code: 'AUTH_REQUIRED' } });
      expect(await kept()).toEqual(before);
    });

    it('says that nothing changed, until something did', async () => {
      const first = await team.ask('listEntitlements');
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^"/);
      const same = await team.ask('listEntitlements', { headers: { [HEADERS.ifNoneMatch]: etag } });
      expect([same.status, same.body]).toEqual([304, undefined]);
      // What somebody sees who sees less is another list.
      const less = await team.ask('listEntitlements', {
        token: await team.token('provisioner', [OFFICE]),
        headers: { [HEADERS.ifNoneMatch]: etag },
      });
      expect(less.status).toBe(200);
      for (const change of [
        () => reserve(team, `pc-${randomUUID()}`, {}, SERVER),
        () =>
          team.ask('changeOffer', {
            parameters: { offer: 'action-pack:core' },
            body: { purchased: null, policy: 'documented' },
          }),
        async () => {
          const { id } = await officeKey();
          return team.ask('markKey', { parameters: { keyId: id }, body: { mark: 'active', reason: 'test' } });
        },
      ]) {
        const before = (await team.ask('listEntitlements')).headers.get('etag') ?? '';
        expect((await change()).status).toBeLessThan(300);
        const after = await team.ask('listEntitlements', { headers: { [HEADERS.ifNoneMatch]: before } });
        expect(after.status).toBe(200);
      }
    });

    it('changes a key only if it still is as it was seen', async () => {
      const { id } = await officeKey();
      const parameters = { keyId: id };
      const tag = (await team.ask('getKey', { parameters })).headers.get('etag') ?? '';
      const body = { mark: 'blocked', reason: 'test' };
      const fits = await team.ask('markKey', { parameters, body, headers: { [HEADERS.ifMatch]: tag } });
      expect(fits).toMatchObject({ status: 200, body: { state: 'blocked' } });
      const old = await team.ask('markKey', {
        parameters,
        body: { mark: 'active', reason: 'test' },
        headers: { [HEADERS.ifMatch]: tag },
      });
      expect(old).toMatchObject({
        status: 412,
        body: { description: expect.stringMatching(/Run the command again\.$/) },
      });
      expect((await team.ask('getKey', { parameters })).body.state).toBe('blocked');
      await team.ask('markKey', { parameters, body: { mark: 'active', reason: 'test' } });
    });

    it.each<[OperationId, Record<string, string | number>]>([
      ['listEntitlements', {}],
      ['listProducts', {}],
      ['listKeys', {}],
      ['listActivations', {}],
      ['listMachines', {}],
      ['listUsage', {}],
      ['listLapsing', { days: 3_000 }],
      ['listEvents', {}],
      ['listAccess', {}],
      ['listTokens', {}],
    ])('pages through %s without losing or repeating anything', async (id, query) => {
      if (id === 'listAccess') {
        const body = { productId: null, job: null, purpose: null, way: 'shown', target: null };
        const { id: keyId } = await officeKey();
        for (let times = 0; times < 3; times += 1)
          await team.ask('revealKey', { parameters: { keyId }, body });
      }
      const whole = (await team.ask(id, { query: { ...query, size: LIMITS.pageItems } })).body;
      expect(whole.totalCount).toBeGreaterThan(1);
      expect(whole.continuationToken).toBeUndefined();
      const size = Math.max(1, Math.ceil(whole.totalCount / 3));
      const items: unknown[] = [];
      let next: Record<string, string> = {};
      for (let page = 0; page < 5; page += 1) {
        const more = page === 0 ? {} : { seekOperation: 'Next' };
        const { status, body } = await team.ask(id, { query: { ...query, size, ...more }, headers: next });
        expect(status).toBe(200);
        items.push(...body.items);
        if (body.continuationToken === undefined) break;
        expect(body.links.next.headers).toEqual([
          { key: HEADERS.continuationToken, value: body.continuationToken },
        ]);
        next = { [HEADERS.continuationToken]: body.continuationToken };
      }
      expect(items).toEqual(whole.items);
    });

    it('comes to the end of the machines though those it has read are seen again meanwhile', async () => {
      const { body: whole } = await team.ask('listMachines', { query: { size: LIMITS.pageItems } });
      expect(whole.totalCount).toBeGreaterThan(4);
      const size = Math.ceil(whole.totalCount / 4);
      const seen = (id: string, at: string) =>
        team.data.database.write((sql) => sql.run('UPDATE machine SET last_seen = ? WHERE id = ?', at, id));
      const met: string[] = [];
      let headers: Record<string, string> = {};
      for (let page = 0; page < 8; page += 1) {
        const more = page === 0 ? {} : { seekOperation: 'Next' };
        const { status, body } = await team.ask('listMachines', { query: { size, ...more }, headers });
        expect(status).toBe(200);
        met.push(...body.items.map(({ id }: { id: string }) => id));
        if (body.continuationToken === undefined) break;
        headers = { [HEADERS.continuationToken]: body.continuationToken };
        for (const { id } of body.items) await seen(id, '2999-01-01T00:00:00.000Z');
      }
      // The ledger says when they were seen.
      for (const { id, lastSeen } of whole.items) await seen(id, lastSeen);
      expect(met).toEqual(whole.items.map(({ id }: { id: string }) => id));
    });

    it('links to the same list: what was asked is asked of every page', async () => {
      await reserve(team, 'pc-linked-1');
      await reserve(team, 'pc-linked-2');
      for (const [id, query] of [
        ['listActivations', { productId: OFFICE }],
        ['listKeys', {}],
        ['listLapsing', { days: 3_000 }],
      ] as const) {
        const whole = (await team.ask(id, { query })).body;
        const first = (await team.ask(id, { query: { ...query, size: 1 } })).body;
        const asked = (link: { uri: string }) => {
          const { pathname, searchParams } = new URL(link.uri, 'https://x.example');
          return [pathname, Object.fromEntries(searchParams)];
        };
        const path = `/v1${OPERATIONS[id].path}`;
        const texts = Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)]));
        expect(asked(first.links.self)).toEqual([path, { ...texts, size: '1' }]);
        expect(asked(first.links.next)).toEqual([path, { ...texts, size: '1', seekOperation: 'Next' }]);
        const { uri, headers } = first.links.next;
        const response = await team.raw(uri, {
          headers: {
            authorization: `Bearer ${await team.token('admin')}`,
            ...Object.fromEntries(
              headers.map(({ key, value }: { key: string; value: string }) => [key, value]),
            ),
          },
        });
        const second = (await response.json()) as typeof first;
        expect(second.items).toEqual(whole.items.slice(1, 2));
        expect(second.links.self).toEqual(first.links.next);
      }
    });

    it('reads what was confirmed, while others are still reading a list', async () => {
      const sql = team.data.database.reading();
      const slow = sql.each('SELECT id FROM product ORDER BY id')[Symbol.asyncIterator]();
      await slow.next();
      const { body } = await reserve(team, 'pc-while-reading', {}, SERVER);
      const { activationId } = body.performed;
      expect((await team.ask('getActivation', { parameters: { activationId } })).status).toBe(200);
      expect((await team.ask('listActivations', { query: { size: 1 } })).body.items[0]).toMatchObject({
        activationId,
      });
      await slow.return?.();
    });

    it('refuses what exceeds the allowance, and counts nothing', async () => {
      const { body: list } = await team.ask('listKeys', { query: { productId: 'visio-pro-2019' } });
      const [key] = list.items;
      const outcomes = [];
      for (let number = 0; number <= (key.remaining ?? 0); number += 1) {
        const request = { productId: 'visio-pro-2019' };
        outcomes.push(await reserve(team, `limit-${number}`, {}, request.productId));
      }
      const last = outcomes.at(-1);
      expect(outcomes.slice(0, -1).every(({ status }) => status === 201)).toBe(true);
      // The plan that was confirmed says itself that it must not be done.
      expect(last).toMatchObject({ status: 409, body: { code: 'ACTIVATION_LIMIT_REACHED' } });
      expect(
        (await team.ask('listKeys', { query: { productId: 'visio-pro-2019' } })).body.items[0],
      ).toMatchObject({
        used: key.allowed,
        remaining: 0,
      });
    });

    it('gives fifty at once exactly the twenty that are left', async () => {
      const product = 'windows-enterprise';
      const [key] = (await team.ask('listKeys', { query: { productId: product } })).body.items;
      await team.ask('settleActivation', {
        parameters: {
          activationId: (await team.ask('listActivations', { query: { productId: product, size: 1 } })).body
            .items[0].activationId,
        },
        body: { outcome: 'succeeded', code: null, reason: null },
      });
      const adjusted = await team.ask('adjustCount', {
        body: {
          productId: product,
          key: key.id,
          used: 30,
          remaining: null,
          allowed: 50,
          reason: 'read in the portal',
        },
      });
      expect(adjusted).toMatchObject({ status: 201, body: { remaining: 20 } });
      const all = await Promise.all(
        Array.from({ length: 50 }, (_, index) => reserve(team, `crowd-${index}`, {}, product)),
      );
      const statuses = all.map(({ status, body }) => (status === 201 ? 'given' : body.code));
      expect(statuses.filter((each) => each === 'given')).toHaveLength(20);
      expect(new Set(statuses)).toEqual(new Set(['given', 'ACTIVATION_LIMIT_REACHED']));
      expect((await team.ask('getKey', { parameters: { keyId: key.id } })).body).toMatchObject({
        used: 50,
        remaining: 0,
      });
      const report = (await team.ask('verifyLedger', { body: { earlier: null } })).body;
      expect(report.findings).toEqual([]);
    }, 120_000);

    it('settles once what many settle at once in two ways', async () => {
      const { body } = await reserve(team, 'contested', {}, SERVER);
      const parameters = { activationId: body.performed.activationId };
      const all = await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          team.ask('settleActivation', {
            parameters,
            body: { outcome: index % 2 === 0 ? 'succeeded' : 'failed', code: null, reason: null },
          }),
        ),
      );
      const winners = new Set(all.filter(({ status }) => status === 200).map((each) => each.body.status));
      expect(winners.size).toBe(1);
      const { body: history } = await team.ask('getActivation', { parameters });
      expect(history.events).toHaveLength(2);
      expect((await team.ask('verifyLedger', { body: { earlier: null } })).body.findings).toEqual([]);
    });

    it('begins one machine where two keys meet it at once', async () => {
      for (let round = 0; round < 4; round += 1) {
        const machine = `meeting-${round}`;
        await Promise.all([
          reserve(team, machine, {}, 'office-ltsc-proplus-2024').catch(() => undefined),
          reserve(team, machine, {}, SERVER),
          reserve(team, machine, {}, 'project-pro-2019'),
        ]);
        const { body } = await team.ask('listMachines', { query: { size: LIMITS.pageItems } });
        expect(body.items.filter(({ name }: { name: string }) => name === machine)).toHaveLength(1);
      }
      expect((await team.ask('verifyLedger', { body: { earlier: null } })).body.findings).toEqual([]);
    });

    it('imports what a client read, goes on with it, and takes it back', async () => {
      const text = (shown: string) => ({ shown, original: null });
      const item = (product: string, key: string) => ({
        kind: 'key',
        place: 'line 2',
        product: text(product),
        key,
        type: 'mak',
        allowed: 7,
        allowedByType: null,
        claimedOn: null,
        note: null,
        source: null,
      });
      const options = { dryRun: false, strict: false, force: false, offer: null };
      const first = await team.ask('addImport', {
        body: {
          continues: null,
          ...options,
          file: { name: 'a.csv', format: 'csv' },
          items: [item('Made-up Product One', 'BCDFG-HJKMP-QRTVW-XY234-6789B')],
        },
      });
      expect(first).toMatchObject({ status: 201, body: { report: { new: 1, rejected: [] } } });
      const second = await team.ask('addImport', {
        body: {
          continues: first.body.id,
          ...options,
          file: { name: 'b.csv', format: 'csv' },
          items: [item('Made-up Product Two', 'CCDFG-HJKMP-QRTVW-XY234-6789B')],
        },
      });
      expect(second.body.id).toBe(first.body.id);
      const { body: list } = await team.ask('listImports');
      expect(list.items[0]).toMatchObject({
        id: first.body.id,
        files: [{ file: 'a.csv' }, { file: 'b.csv' }],
      });
      const undone = await team.ask('undoImport', { parameters: { importId: first.body.id } });
      expect(undone).toMatchObject({ status: 200, body: { removed: { keys: 2, products: 2 } } });
      const dry = await team.ask('addImport', {
        body: {
          continues: null,
          ...options,
          dryRun: true,
          file: { name: 'a.csv', format: 'csv' },
          items: [item('Made-up Product One', 'BCDFG-HJKMP-QRTVW-XY234-6789B')],
        },
      });
      expect(dry).toMatchObject({ status: 201, body: { id: null, report: { new: 1 } } });
      expect(await team.ask('matchProduct', { query: { query: 'Made-up Product One' } })).toMatchObject({
        status: 404,
      });
    });

    it('is ready, and says so without a credential', async () => {
      for (const path of ['/healthz', '/readyz']) {
        const response = await team.raw(path);
        expect([path, response.status, await response.json()]).toEqual([path, 200, { status: 'ok' }]);
      }
      expect((await team.raw('/metrics')).status).toBe(401);
    });
  });
}

it.skipIf(!havePostgres)(
  'of two processes that add the same rule at once, the second is refused',
  async () => {
    if (postgres === undefined) throw new Error('there is no PostgreSQL');
    const url = await postgres.newDatabase();
    const team = await startTeam({ url });
    const other = await openPostgres(url, null);
    const add = (id: string) => (sql: Sql) =>
      addRule(
        sql,
        {
          issuer: 'https://i.example.com',
          audience: 'us',
          claims: { sub: 'job' },
          role: 'reader',
          products: null,
        },
        { actor: 'test', now: new Date(), id },
      );
    try {
      const second = await team.data.database.write(async (sql) => {
        await add('r-1')(sql);
        const adding = other.write(add('r-2')).then(
          () => 'added',
          (error: AppError) => error.message,
        );
        // Long enough for one that does not wait.
        await Promise.race([adding, new Promise((resolve) => setTimeout(resolve, 500))]);
        return { adding };
      });
      expect(await second.adding).toContain('r-1');
      expect(await listRules(other)).toHaveLength(1);
    } finally {
      await other.close();
      await team.stop();
    }
  },
);
