import { sha256Hex } from '../backend/local/crypto.ts';
import { importSetup } from '../backend/local/local.ts';
import { MOVING_TABLES } from '../backend/local/moving-tables.ts';
import { sealedTextId } from '../backend/local/sealed-text.ts';
import { headOf } from '../backend/local/verify/part.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import { SCHEMA_VERSION } from '../store/migrations.ts';
import type { Sql, SqlValue } from '../store/sql.ts';
import type { Vault } from '../vault/vault.ts';
import type { Call } from './call.ts';

type Cells = Readonly<Record<string, string | number | null>>;

/** True while nothing was ever stored. */
export async function isEmpty(sql: Sql): Promise<boolean> {
  for (const table of ['product', 'import', 'chain', 'offer', 'machine']) {
    if ((await sql.first(`SELECT 1 AS found FROM ${table} LIMIT 1`)) !== undefined) return false;
  }
  return true;
}

/**
 * Stores a whole profile in the place of an empty one, sealed anew, and proves that its ledger is what it was:
 * within the request's transaction, so that it is all there or nothing. Throws USAGE, INVALID_DATA.
 */
export async function moveIn(call: Call<'moveIn'>) {
  const { sql, body, backend } = call;
  if (!(await isEmpty(sql))) {
    throw new AppError('USAGE', 'The team profile is not empty, so no other can move in.', {
      hint: 'Set up a new database with: mpn-benefits serve init',
    });
  }
  if (body.schema !== SCHEMA_VERSION) {
    throw new AppError('USAGE', `The profile has schema ${body.schema}, the service ${SCHEMA_VERSION}.`, {
      hint: 'Use the same version of mpn-benefits on both sides.',
    });
  }
  const unknown = Object.keys(body.tables).find((name) => !Object.hasOwn(MOVING_TABLES, name));
  if (unknown !== undefined) throw unfit(`it has a table ${unknown.slice(0, 40)}`);
  const keys = body.tables['product_key'] ?? [];
  const texts = body.tables['sealed_text'] ?? [];
  const vault =
    keys.length + texts.length === 0 ? undefined : await (await importSetup(call.parts)).vault(sql);
  await sql.run('UPDATE profile SET ledger = ?', body.ledger);
  for (const [table, columns] of Object.entries(MOVING_TABLES)) {
    for (const row of body.tables[table] ?? []) await store(sql, table, columns, row, vault);
  }
  const report = await backend.ledger.verify(undefined);
  const { head } = await headOf(sql, sha256Hex);
  if (!report.ok || head !== body.head) {
    const [first] = report.findings;
    throw unfit(first === undefined ? 'its head is another' : `${first.chain ?? 'ledger'}: ${first.problem}`);
  }
  return {
    ledger: body.ledger,
    head,
    entitlements: (body.tables['entitlement'] ?? []).length,
    keys: keys.length,
    events: report.events,
  };
}

/** Names of tables and columns come from the list above, never from the request. */
async function store(
  sql: Sql,
  table: string,
  columns: readonly string[],
  row: Cells,
  vault: Vault | undefined,
): Promise<void> {
  const names: string[] = [...columns];
  const values: SqlValue[] = columns.map((column) => row[column] ?? null);
  if (table === 'product_key') {
    const key = secretOf(row, 'key', table);
    const opened = opener(vault);
    names.push('sealed', 'fingerprint');
    values.push(opened.seal(textOf(row, 'id', table), key), opened.fingerprint(key));
  }
  if (table === 'sealed_text') {
    const original = secretOf(row, 'original', table);
    const opened = opener(vault);
    const id = sealedTextId(opened, original);
    names.push('id', 'sealed');
    values.push(id, opened.seal(id, original));
  }
  const marks = names.map(() => '?').join(', ');
  try {
    await sql.run(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks})`, ...values);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unfit(`a row of ${table} does not fit`, error);
  }
}

function opener(vault: Vault | undefined): Vault {
  if (vault === undefined) throw new Error('no vault was opened');
  return vault;
}

function textOf(row: Cells, column: string, table: string): string {
  const value = row[column];
  if (typeof value === 'string' && value !== '') return value;
  throw unfit(`a row of ${table} has no ${column}`);
}

function secretOf(row: Cells, column: string, table: string): Secret {
  return new Secret(textOf(row, column, table));
}

function unfit(what: string, cause?: unknown): AppError {
  return new AppError('INVALID_DATA', `The profile cannot move in: ${what}. Nothing was stored.`, {
    hint: 'Check it first, where it is: mpn-benefits activations verify',
    cause,
  });
}
