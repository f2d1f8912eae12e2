import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCHEMA_VERSION } from '../../src/store/migrations.ts';
import type { Row } from '../../src/store/sql.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { OFFICE, startTeam, type Team } from './team.ts';

const COLUMNS: Readonly<Record<string, string>> = {
  product_key:
    'id, last5, type, mark, mark_reason, allowed, allowed_by_type, claimed_on, note, revealed_at, added_by, seen_by',
  ledger_event: 'chain, seq, text, hash, type, at, subject, machine_id, product_id',
};
const TABLES = [
  'product',
  'product_name',
  'offer',
  'entitlement',
  'product_key',
  'key_product',
  'key_offer',
  'note',
  'import',
  'import_change',
  'ledger_event',
  'chain',
  'machine',
  'standing',
];

type Tables = Record<string, Row[]> & { readonly product_key: readonly (Row & { readonly key: string })[] };

/** What `profile push` sends, read from a team of made-up data. */
async function contentsOf(team: Team) {
  const sql = team.data.database.reading();
  const tables: Record<string, Row[]> = {};
  for (const table of TABLES) {
    tables[table] = await sql.all(
      `SELECT ${COLUMNS[table] ?? '*'} FROM ${table}${table === 'ledger_event' ? ' ORDER BY number' : ''}`,
    );
  }
  const vault = await team.data.vault(sql);
  const keys = [];
  for (const row of tables['product_key'] ?? []) {
    const stored = await sql.first('SELECT sealed FROM product_key WHERE id = ?', String(row['id']));
    keys.push({ ...row, key: vault.open(String(row['id']), stored?.['sealed'] as Uint8Array).reveal() });
  }
  const { body: ledger } = await team.ask('getLedger');
  return {
    schema: SCHEMA_VERSION,
    ledger: ledger.ledger,
    head: ledger.head,
    tables: { ...tables, product_key: keys } as Tables,
  };
}

describe.skipIf(!requires('postgresql', postgresAvailable()))('a whole profile moves in', () => {
  let postgres: TestPostgres;
  let old: Team;
  let contents: Awaited<ReturnType<typeof contentsOf>>;
  beforeAll(async () => {
    postgres = await startPostgres();
    old = await startTeam();
    const [key] = (await old.ask('listKeys', { query: { productId: OFFICE } })).body.items;
    const body = { productId: OFFICE, job: null, purpose: null, way: 'shown', target: null };
    await old.ask('revealKey', { parameters: { keyId: key.id }, body });
    contents = await contentsOf(old);
  });
  afterAll(async () => {
    await old.stop();
    await postgres.stop();
  });

  const empty = async () => startTeam({ url: await postgres.newDatabase(), empty: true });

  it('with its keys, counts and ledger as they were', async () => {
    const team = await empty();
    expect((await team.ask('getProfile')).body.empty).toBe(true);
    const moved = await team.ask('moveIn', { body: contents });
    expect(moved).toMatchObject({ status: 201, body: { ledger: contents.ledger, head: contents.head } });
    for (const id of [
      'listEntitlements',
      'listKeys',
      'listMachines',
      'listUsage',
      'listEvents',
      'listAccess',
    ] as const) {
      const query = { size: 10_000 };
      expect([id, (await team.ask(id, { query })).body.items]).toEqual([
        id,
        (await old.ask(id, { query })).body.items,
      ]);
    }
    expect((await team.ask('verifyLedger', { body: { earlier: null } })).body.findings).toEqual([]);
    const [key] = (await team.ask('listKeys', { query: { productId: OFFICE } })).body.items;
    const body = { productId: OFFICE, job: null, purpose: null, way: 'shown', target: null };
    const revealed = await team.ask('revealKey', { parameters: { keyId: key.id }, body });
    expect(contents.tables.product_key.map((row) => row.key)).toContain(revealed.body.key);
    // Now it is not empty any more.
    const again = await team.ask('moveIn', { body: contents });
    expect(again).toMatchObject({ status: 400, body: { code: 'USAGE' } });
    await team.stop();
  });

  it.each<[string, (whole: typeof contents) => unknown]>([
    ['an event was changed', (whole) => changedEvent(whole)],
    [
      'an event is missing',
      (whole) => ({
        ...whole,
        tables: { ...whole.tables, ledger_event: whole.tables['ledger_event']?.slice(1) },
      }),
    ],
    [
      'a count was changed',
      (whole) => ({
        ...whole,
        tables: { ...whole.tables, chain: whole.tables['chain']?.map((row) => ({ ...row, used: 0 })) },
      }),
    ],
    ['its head is another', (whole) => ({ ...whole, head: '0'.repeat(64) })],
    [
      'a key has no characters',
      (whole) => ({
        ...whole,
        tables: {
          ...whole.tables,
          product_key: whole.tables.product_key.map(({ key: _key, ...row }) => row),
        },
      }),
    ],
    [
      'it brings a table that is none',
      (whole) => ({ ...whole, tables: { ...whole.tables, service_token: [{ id: 'x' }] } }),
    ],
    ['a row refers to nothing', (whole) => ({ ...whole, tables: { ...whole.tables, product: [] } })],
    ['it is of another schema', (whole) => ({ ...whole, schema: SCHEMA_VERSION + 1 })],
  ])('or not at all: %s', async (_, change) => {
    const team = await empty();
    const answer = await team.ask('moveIn', { body: change(structuredClone(contents)) });
    expect([400, 422]).toContain(answer.status);
    expect((await team.ask('getProfile')).body.empty).toBe(true);
    const text = JSON.stringify(answer.body);
    for (const { key } of contents.tables.product_key) expect(text).not.toContain(key);
    await team.stop();
  });
});

function changedEvent(whole: Awaited<ReturnType<typeof contentsOf>>) {
  const [first, ...rest] = whole.tables['ledger_event'] ?? [];
  const text = String(first?.['text']).replace('"delta":0', '"delta":1');
  const hash = createHash('sha256').update(text).digest('hex');
  return { ...whole, tables: { ...whole.tables, ledger_event: [{ ...first, text, hash }, ...rest] } };
}
