import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gathering, type Takes } from '../../src/service/gathering.ts';
import type { Transaction } from '../../src/store/sql.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { type Answer, activation, startTeam, type Team } from './team.ts';

/** A database that only knows who shared which of its transactions, and can be told to take its time. */
function recorder() {
  const transactions: {
    readonly works: string[];
    readonly locked: string[];
    ended: 'committed' | 'taken back' | undefined;
  }[] = [];
  let release = (): void => {};
  const first = new Promise<void>((resolve) => {
    release = resolve;
  });
  const gather = gathering(async (work) => {
    const transaction: (typeof transactions)[number] = { works: [], locked: [], ended: undefined };
    transactions.push(transaction);
    if (transactions.length === 1) await first;
    // No statement of a work is needed here, but for the locks of the chains.
    const sql = {
      first: async (_: string, chain: string) => void transaction.locked.push(chain),
      works: transaction.works,
    } as unknown as Transaction;
    try {
      const result = await work(sql);
      transaction.ended = 'committed';
      return result;
    } catch (error) {
      transaction.ended = 'taken back';
      throw error;
    }
  });
  const takes = (name: string, chain = name): Takes => ({
    chains: [chain],
    shared: 'profile',
    names: [name],
  });
  const does =
    (name: string, answer: () => Promise<string> = async () => name) =>
    (sql: Transaction) => {
      (sql as unknown as { works: string[] }).works.push(name);
      return answer();
    };
  return { gather, transactions, release, takes, does };
}

describe('what comes while a transaction is under way', () => {
  it('goes together in the next; the first waits for nobody', async () => {
    const { gather, transactions, release, takes, does } = recorder();
    const all = ['a', 'b', 'c'].map((name) => gather(takes(name), does(name)));
    release();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c']);
    expect(transactions.map(({ works }) => works)).toEqual([['a'], ['b', 'c']]);
  });

  it.each([
    ['a chain', { chains: ['x'], shared: 'profile', names: ['b'] }],
    ['a name', { chains: ['b'], shared: 'profile', names: ['x'] }],
  ])('does not go together where both take %s; what is behind it does not wait for that', async (_, both) => {
    const { gather, transactions, release, takes, does } = recorder();
    const all = [
      gather(takes('a'), does('a')),
      gather({ chains: ['x'], shared: 'profile', names: ['x'] }, does('b')),
      gather(both, does('c')),
      gather(takes('d'), does('d')),
    ];
    release();
    await Promise.all(all);
    expect(transactions.map(({ works }) => works)).toEqual([['a'], ['b', 'd'], ['c']]);
  });

  it('takes chains in one order, and what is shared once and last, whatever a client calls its chain', async () => {
    const { gather, transactions, release, takes, does } = recorder();
    const all = [
      gather(takes('first'), does('first')),
      ...['zebra', 'profile', 'apple'].map((chain) => gather(takes(`m-${chain}`, chain), does(chain))),
    ];
    release();
    await Promise.all(all);
    expect(transactions.map(({ locked }) => locked)).toEqual([[], ['apple', 'zebra', 'profile']]);
  });

  it('is taken back as a whole if a part fails, once all have ended, and done one by one', async () => {
    const { gather, transactions, release, takes, does } = recorder();
    let ended = 0;
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      ended += 1;
      return 'slow';
    };
    const bad = async () => {
      if (transactions.length > 2) expect(ended).toBeGreaterThan(0);
      throw new Error('refused');
    };
    const all = [
      gather(takes('a'), does('a')),
      gather(takes('b'), does('b', slow)),
      gather(takes('c'), does('c', bad)),
      gather(takes('d'), does('d')),
    ];
    release();
    expect(await Promise.allSettled(all)).toMatchObject([
      { value: 'a' },
      { value: 'slow' },
      { reason: { message: 'refused' } },
      { value: 'd' },
    ]);
    expect(transactions.map(({ works, ended: how }) => [works.join(), how])).toEqual([
      ['a', 'committed'],
      ['b,c,d', 'taken back'],
      ['b', 'committed'],
      ['c', 'taken back'],
      ['d', 'committed'],
    ]);
  });

  it('is no more than eight at a time, and nobody is forgotten', async () => {
    const { gather, transactions, release, takes, does } = recorder();
    const names = Array.from({ length: 20 }, (_, number) => `w${number}`);
    const all = names.map((name) => gather(takes(name), does(name)));
    release();
    expect(await Promise.all(all)).toEqual(names);
    expect(transactions.map(({ works }) => works.length)).toEqual([1, 8, 8, 3]);
  });
});

describe.each([
  ['SQLite', true, async () => undefined],
  ['PostgreSQL', requires('postgresql', postgresAvailable()), () => startPostgres()],
])(
  'reservations that come at once, on %s',
  (name, available, start: () => Promise<TestPostgres | undefined>) => {
    let postgres: TestPostgres | undefined;
    let team: Team;
    let products: string[] = [];
    beforeAll(async () => {
      if (!available) return;
      postgres = await start();
      team = await startTeam({ url: await postgres?.newDatabase() });
      const { body } = await team.ask('listEntitlements', { query: { size: 10_000 } });
      const rows: { productId: string; activations: { remaining: number | null } }[] = body.items;
      const roomy = rows.filter(({ activations }) => (activations.remaining ?? 0) > 4);
      products = [...new Set(roomy.map(({ productId }) => productId))].slice(0, 5);
      expect(products.length).toBeGreaterThan(2);
    });
    afterAll(async () => {
      await team?.stop();
      await postgres?.stop();
    });

    const planned = async (machine: string, productId: string) => {
      const request = activation(machine, productId);
      const { body: confirmed } = await team.ask('planActivation', { body: request });
      return { request, confirmed };
    };
    const sound = async () => (await team.ask('verifyLedger', { body: { earlier: null } })).body;

    it.skipIf(!available)('are all counted once, and the ledger is sound', async () => {
      const wanted = await Promise.all(
        products.flatMap((id) => [1, 2, 3].map((number) => planned(`${name}-${id}-${number}`, id))),
      );
      const answers = await Promise.all(wanted.map((body) => team.ask('reserveActivation', { body })));
      expect(answers.map(({ status }) => status)).toEqual(wanted.map(() => 201));
      expect(new Set(answers.map(({ body }) => body.performed.activationId)).size).toBe(wanted.length);
      const { body: machines } = await team.ask('listMachines', { query: { size: 1_000 } });
      const names = machines.items.map((machine: { name: string }) => machine.name.toLowerCase());
      for (const { request } of wanted)
        expect(names.filter((known: string) => known === request.machine.toLowerCase())).toHaveLength(1);
      expect(await sound()).toMatchObject({ ok: true, findings: [] });
    });

    it.skipIf(!available)('for one name begin one machine', async () => {
      const wanted = await Promise.all(products.map((id) => planned(`${name}-same`, id)));
      const answers: Answer[] = await Promise.all(
        wanted.map((body) => team.ask('reserveActivation', { body })),
      );
      expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
      const { body } = await team.ask('listMachines', { query: { size: 1_000 } });
      const same = body.items.filter(
        (machine: { name: string }) => machine.name.toLowerCase() === `${name}-same`.toLowerCase(),
      );
      expect(same).toHaveLength(1);
      expect(await sound()).toMatchObject({ ok: true, findings: [] });
    });

    it.skipIf(!available)('leave those alone that are refused: only they get an error', async () => {
      const wanted = await Promise.all(products.map((id) => planned(`${name}-mixed-${id}`, id)));
      const answers = await Promise.all(
        wanted.map(({ request, confirmed }, at) =>
          // What was confirmed costs less than it does, for one of them.
          team.ask('reserveActivation', {
            body: { request, confirmed: at === 1 ? { ...confirmed, delta: 0 } : confirmed },
          }),
        ),
      );
      expect(answers.map(({ status }) => status === 201)).toEqual(wanted.map((_, at) => at !== 1));
      expect(await sound()).toMatchObject({ ok: true, findings: [] });
    });

    it.skipIf(!available)(
      'are refused once to whom a token was revoked, and done for the others',
      async () => {
        const wanted = await Promise.all(products.map((id) => planned(`${name}-revoked-${id}`, id)));
        const token = await team.token('provisioner');
        const known = await planned(`${name}-known`, products[0] ?? '');
        // From here on this process knows the token, and looks at it in the transaction.
        expect((await team.ask('reserveActivation', { token, body: known })).status).toBe(201);
        await team.data.database.write((sql) =>
          sql.run("UPDATE service_token SET revoked = '2026-01-01T00:00:00.000Z' WHERE role = 'provisioner'"),
        );
        const before = team.log.length;
        const answers = await Promise.all(
          wanted.map((body, at) => team.ask('reserveActivation', at === 1 ? { token, body } : { body })),
        );
        expect(answers.map(({ status }) => status)).toEqual(wanted.map((_, at) => (at === 1 ? 401 : 201)));
        const refused = team.log.slice(before).filter(({ message }) => message === 'credential refused');
        expect(refused).toHaveLength(1);
        expect(await sound()).toMatchObject({ ok: true, findings: [] });
      },
    );
  },
);
