import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { MOVING_TABLES } from '../../src/backend/local/moving-tables.ts';
import { MIGRATIONS } from '../../src/store/migrations.ts';

/** What stays, and why: a column that is neither here nor moving was forgotten. */
const STAYS: Readonly<Record<string, readonly string[] | 'all'>> = {
  // Of the database itself; the ledger's name goes beside the tables.
  profile: 'all',
  // Of a service: who asked it what, and whom it lets in.
  request: 'all',
  service_token: 'all',
  trust_rule: 'all',
  // Sealed under the vault key of this side; it goes opened and is sealed anew.
  product_key: ['fingerprint', 'sealed'],
  sealed_text: ['id', 'sealed'],
  // The order in which this database stored the events.
  ledger_event: ['number'],
};

function schema(): Map<string, string[]> {
  const database = new DatabaseSync(':memory:');
  for (const { statements } of MIGRATIONS) for (const statement of statements) database.exec(statement);
  const columns = database
    .prepare(
      "SELECT t.name AS tbl, c.name AS col FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    .all();
  database.close();
  const found = new Map<string, string[]>();
  for (const { tbl, col } of columns)
    found.set(String(tbl), [...(found.get(String(tbl)) ?? []), String(col)]);
  return found;
}

test('every column of the schema moves with a profile, or stays for a reason', () => {
  const moving = new Map<string, readonly string[]>(Object.entries(MOVING_TABLES));
  const tables = schema();
  expect(tables.size).toBeGreaterThan(moving.size);
  for (const [table, columns] of tables) {
    const stays = STAYS[table] ?? [];
    const named = [...(moving.get(table) ?? []), ...(stays === 'all' ? columns : stays)];
    expect([table, named.toSorted()]).toEqual([table, columns.toSorted()]);
  }
  expect([...moving.keys(), ...Object.keys(STAYS)].filter((table) => !tables.has(table))).toEqual([]);
});
