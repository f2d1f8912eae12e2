import type { Sha256Hex } from '../../activation/chain.ts';
import { counted } from '../../counted.ts';
import { AppError } from '../../errors.ts';
import { SCHEMA_VERSION } from '../../store/migrations.ts';
import { bytes, type Row, type Sql, text } from '../../store/sql.ts';
import type { Vault } from '../../vault/vault.ts';
import type { MovingProfile, MovingRow } from '../backend.ts';
import { MOVING_TABLES } from './moving-tables.ts';
import { headOf } from './verify/part.ts';

/** Every row of a profile with its keys opened, as it is at one moment. Throws VAULT_KEY_… and the like. */
export async function movingProfile(
  sql: Sql,
  sha256Hex: Sha256Hex,
  vault: () => Promise<Vault>,
): Promise<MovingProfile> {
  const { ledger, head } = await headOf(sql, sha256Hex);
  const tables: Record<string, readonly MovingRow[]> = {};
  for (const [table, columns] of Object.entries(MOVING_TABLES)) {
    const order = table === 'ledger_event' ? ' ORDER BY number' : '';
    const rows: MovingRow[] = [];
    for await (const row of sql.each(`SELECT * FROM ${table}${order}`)) {
      rows.push({ ...plain(row, columns), ...(await opened(table, row, vault)) });
    }
    tables[table] = rows;
  }
  return { schema: SCHEMA_VERSION, ledger, head, tables };
}

function plain(row: Row, columns: readonly string[]): MovingRow {
  return Object.fromEntries(
    columns.map((column) => {
      const value = row[column] ?? null;
      if (value instanceof Uint8Array) throw new TypeError(`column ${column} holds bytes`);
      return [column, value];
    }),
  );
}

async function opened(table: string, row: Row, vault: () => Promise<Vault>): Promise<MovingRow> {
  if (table !== 'product_key' && table !== 'sealed_text') return {};
  const plainText = (await vault()).open(text(row, 'id'), bytes(row, 'sealed'));
  return table === 'product_key' ? { key: plainText } : { original: plainText };
}

/** Throws INVALID_DATA if the ledger is not as it was written: what is doubtful is not handed to a team. */
export function checkSound(report: { readonly ok: boolean; readonly findings: readonly unknown[] }): void {
  if (report.ok) return;
  throw new AppError(
    'INVALID_DATA',
    `The ledger is not sound: ${counted(report.findings.length, 'finding')}. Nothing was sent.`,
    { hint: 'See: mpn-benefits activations verify' },
  );
}
