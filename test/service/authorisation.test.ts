import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES, type Role } from '../../src/contract/access.ts';
import { HEADERS } from '../../src/contract/conventions.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import { scopeOf } from '../../src/service/authorisation.ts';
import { activation, OFFICE, reserve, SERVER, startTeam, type Team } from './team.ts';

/**
 * The table, written down once more by hand: r reads, p is a provisioner of one product, a administers. A capital
 * letter may, a small one may for its own product only, a dot is refused.
 */
const TABLE: Readonly<Record<OperationId, string>> = {
  getSignIn: 'RPA',
  getSession: 'RPA',
  getProfile: 'RPA',
  moveIn: '..A',
  listEntitlements: 'RpA',
  listProducts: 'RpA',
  matchProduct: 'RpA',
  getProduct: 'RpA',
  addAlias: '..A',
  addImport: '..A',
  listImports: 'R.A',
  undoImport: '..A',
  listOffers: 'R.A',
  changeOffer: '..A',
  listKeys: 'RpA',
  getKey: 'RpA',
  markKey: '..A',
  getRefund: 'RpA',
  revealKey: '.pA',
  listAccess: 'RpA',
  planActivation: 'RpA',
  reserveActivation: '.pA',
  listActivations: 'RpA',
  getActivation: 'RpA',
  settleActivation: '.pA',
  adjustCount: '..A',
  listMachines: 'R.A',
  getMachine: 'R.A',
  retireMachine: '..A',
  listUsage: 'RpA',
  listLapsing: 'RpA',
  getLedger: 'R.A',
  listEvents: 'R.A',
  verifyLedger: 'R.A',
  countSince: 'R.A',
  listTokens: '..A',
  addToken: '..A',
  revokeToken: '..A',
};

const LETTER: Readonly<Record<Role, number>> = { reader: 0, provisioner: 1, admin: 2 };
const IDS = Object.keys(OPERATIONS) as OperationId[];
const reach = (id: OperationId, role: Role): 'none' | 'own' | 'all' => {
  const letter = TABLE[id][LETTER[role]] ?? '.';
  return letter === '.' ? 'none' : letter === letter.toUpperCase() ? 'all' : 'own';
};

describe('the table of roles and operations', () => {
  it.each(IDS)('is as written: %s', (id) => {
    for (const role of ROLES) {
      const scope = scopeOf({ role, products: [OFFICE] }, id);
      const expected = reach(id, role);
      expect(scope === undefined).toBe(expected === 'none');
      if (scope === undefined) continue;
      expect([id, role, scope.sees(OFFICE), scope.sees(SERVER)]).toEqual([
        id,
        role,
        true,
        expected === 'all',
      ]);
      // Somebody for whom no products are named sees all of them.
      expect(scopeOf({ role, products: null }, id)?.sees(SERVER)).toBe(true);
      expect(scopeOf({ role, products: [] }, id)?.sees(OFFICE)).toBe(expected === 'all');
    }
  });
});

describe('role × operation × product, asked of a running service', () => {
  let team: Team;
  const tokens = new Map<Role, string>();
  const keys = new Map<string, string>();
  const pending = new Map<string, string>();
  beforeAll(async () => {
    team = await startTeam();
    for (const role of ROLES)
      tokens.set(role, await team.token(role, role === 'provisioner' ? [OFFICE] : null));
    for (const product of [OFFICE, SERVER]) {
      keys.set(product, (await team.ask('listKeys', { query: { productId: product } })).body.items[0].id);
      pending.set(product, (await reserve(team, `pc-${product}`, {}, product)).body.performed.activationId);
    }
  });
  afterAll(() => team.stop());

  const access = { job: null, purpose: null, way: 'shown', target: null };

  async function askOf(id: OperationId, productId: string): Promise<Parameters<Team['ask']>[1]> {
    const keyId = keys.get(productId) ?? '';
    const activationId = pending.get(productId) ?? '';
    switch (id) {
      case 'matchProduct':
        return { query: { query: productId } };
      case 'getProduct':
        return { parameters: { productId } };
      case 'addAlias':
        return { parameters: { productId }, body: { name: 'nothing' } };
      case 'listKeys':
      case 'listAccess':
      case 'listActivations':
      case 'listUsage':
        return { query: { productId } };
      case 'getKey':
      case 'getRefund':
        return { parameters: { keyId } };
      case 'markKey':
        return { parameters: { keyId }, body: { mark: 'active', reason: 'test' } };
      case 'revealKey':
        return { parameters: { keyId }, body: { productId, ...access } };
      case 'planActivation':
        return { body: activation('pc-plan', productId) };
      case 'reserveActivation': {
        const request = activation(`pc-${randomUUID()}`, productId);
        const { body: confirmed } = await team.ask('planActivation', { body: request });
        return { body: { request, confirmed } };
      }
      case 'getActivation':
        return { parameters: { activationId } };
      case 'settleActivation':
        return { parameters: { activationId }, body: { outcome: 'succeeded', code: null, reason: null } };
      case 'adjustCount':
        return { body: { productId, key: null, used: 2, remaining: null, allowed: null, reason: 'test' } };
      case 'listLapsing':
        return { query: { days: 3_000 } };
      case 'getMachine':
        return { parameters: { machine: `pc-${productId}` } };
      case 'retireMachine':
        return { parameters: { machine: 'none' }, body: { reason: 'test' } };
      case 'undoImport':
        return { parameters: { importId: 'i999' } };
      case 'changeOffer':
        return { parameters: { offer: 'action-pack:core' }, body: { purchased: null, policy: null } };
      case 'verifyLedger':
        return { body: { earlier: null } };
      case 'countSince':
        return { query: { head: '0'.repeat(64) } };
      case 'addToken':
        return { body: { name: null, role: 'reader', products: null, expiresInDays: 1 } };
      case 'revokeToken':
        return { parameters: { tokenId: 'none' } };
      case 'moveIn':
        return { body: { schema: 1, ledger: '', head: '', tables: {} } };
      case 'addImport':
        return {
          body: {
            continues: null,
            dryRun: true,
            strict: false,
            force: false,
            offer: null,
            file: { name: 'x', format: 'csv' },
            items: [],
          },
        };
      default:
        return {};
    }
  }

  /** Lists of everything: the others' products are simply not in them. */
  const LISTS = new Set<OperationId>(['listEntitlements', 'listProducts', 'listLapsing']);

  it.each(IDS.flatMap((id) => ROLES.map((role) => [role, id] as const)))('%s: %s', async (role, id) => {
    for (const productId of [OFFICE, SERVER]) {
      const answer = await team.ask(id, { ...(await askOf(id, productId)), token: tokens.get(role) ?? null });
      const expected = reach(id, role);
      if (expected === 'none') {
        expect([id, answer.status, answer.body.code]).toEqual([id, 403, 'FORBIDDEN']);
        continue;
      }
      if (expected === 'all' || productId === OFFICE) {
        expect([id, answer.status]).not.toEqual([id, 403]);
        expect([id, answer.status]).not.toEqual([id, 401]);
        if (expected === 'own') expect([id, answer.status]).toEqual([id, OPERATIONS[id].status]);
        continue;
      }
      if (LISTS.has(id)) {
        expect(answer.status).toBe(200);
        expect(JSON.stringify(answer.body.items)).not.toContain(SERVER);
        continue;
      }
      expect([id, answer.status, answer.body.code]).toEqual([id, 404, 'NOT_FOUND']);
    }
  });

  it('says of a key or activation of another product what it says of one that there is not', async () => {
    const token = tokens.get('provisioner') ?? null;
    const strip = (text: string, id: string) => text.replaceAll(id, 'X');
    for (const [id, name, real] of [
      ['getKey', 'keyId', keys.get(SERVER) ?? ''],
      ['getActivation', 'activationId', pending.get(SERVER) ?? ''],
      ['getProduct', 'productId', SERVER],
    ] as const) {
      const hidden = await team.ask(id, { token, parameters: { [name]: real } });
      const none = await team.ask(id, { token, parameters: { [name]: 'a-none' } });
      expect(strip(JSON.stringify(hidden.body), real)).toBe(strip(JSON.stringify(none.body), 'a-none'));
    }
  });

  it('says nothing of the other products of a key that two of them share', async () => {
    const token = tokens.get('provisioner') ?? null;
    const keyId = keys.get(OFFICE) ?? '';
    const asks: readonly (readonly [OperationId, Parameters<Team['ask']>[1]])[] = [
      ['getProduct', { parameters: { productId: OFFICE } }],
      ['listProducts', {}],
      ['listUsage', {}],
      ['listUsage', { query: { productId: OFFICE } }],
      ['listKeys', {}],
      ['getKey', { parameters: { keyId } }],
      ['listEntitlements', {}],
      ['listLapsing', { query: { days: 3_000 } }],
      ['listAccess', {}],
      ['listActivations', {}],
      ['planActivation', { body: activation('pc-of-two', OFFICE) }],
      ['revealKey', { parameters: { keyId }, body: { productId: OFFICE, ...access } }],
    ];
    await team.data.database.write((sql) =>
      sql.run('INSERT INTO key_product (key_id, product_id, added_by) VALUES (?, ?, 1)', keyId, SERVER),
    );
    try {
      const { body } = await team.ask('getProduct', { parameters: { productId: OFFICE } });
      expect(body.keys[0].productIds).toEqual([OFFICE, SERVER]);
      for (const [id, ask] of asks) {
        const answer = await team.ask(id, { ...ask, token });
        expect([id, answer.status]).toEqual([id, OPERATIONS[id].status]);
        expect(JSON.stringify(answer.body)).toContain(OFFICE);
        expect([id, JSON.stringify(answer.body)]).toEqual([id, expect.not.stringContaining(SERVER)]);
      }
    } finally {
      await team.data.database.write((sql) =>
        sql.run('DELETE FROM key_product WHERE key_id = ? AND product_id = ?', keyId, SERVER),
      );
    }
  });

  it('gives a key again only to whom it still exists for', async () => {
    const keyId = keys.get(OFFICE) ?? '';
    const { database } = team.data;
    const ask = {
      token: tokens.get('provisioner') ?? null,
      parameters: { keyId },
      body: { productId: null, ...access },
      headers: { [HEADERS.requestId]: randomUUID() },
    };
    expect((await team.ask('revealKey', ask)).status).toBe(201);
    expect((await team.ask('revealKey', ask)).status).toBe(201);
    const move = (from: string, to: string) =>
      database.write((sql) =>
        sql.run('UPDATE key_product SET product_id = ? WHERE key_id = ? AND product_id = ?', to, keyId, from),
      );
    await move(OFFICE, SERVER);
    try {
      expect(await team.ask('revealKey', ask)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    } finally {
      await move(SERVER, OFFICE);
    }
  });

  it('lets nobody in without a credential that is good, and logs every refusal without it', async () => {
    const made = await team.token('reader', null, 1);
    const bad = [
      null,
      'mpnb_',
      `${made}x`,
      made.slice(0, -1),
      made.toUpperCase(),
      'a.b.c',
      'eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2V2aWwuZXhhbXBsZSIsInN1YiI6InJvb3QifQ.',
    ];
    for (const token of bad) {
      const answer = await team.ask('listEntitlements', { token });
      expect([token, answer.status, answer.body.code]).toEqual([token, 401, 'AUTH_REQUIRED']);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
    }
    const refusals = team.log.filter(({ message }) => message === 'credential refused');
    expect(refusals.length).toBeGreaterThanOrEqual(bad.length);
    expect(refusals.at(-1)).toMatchObject({
      issuer: 'https://evil.example',
      reason: 'its issuer is not trusted',
    });
    const written = JSON.stringify(team.log);
    for (const token of bad) if (token !== null && token.length > 10) expect(written).not.toContain(token);
    expect((await team.ask('getSession', { token: made })).status).toBe(200);
  });
});
