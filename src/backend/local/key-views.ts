import { keyState, type Pool } from '../../activation/numbers.ts';
import { type Row, type Sql, text, textOrNull } from '../../store/sql.ts';
import type { KeyView } from '../rows.ts';
import { keyMark, keyType } from './counting.ts';

/** The keys of a product as they may be shown. */
export async function keysOf(
  sql: Sql,
  productId: string,
  pools: ReadonlyMap<string, Pool>,
): Promise<KeyView[]> {
  const rows = await sql.all(
    `SELECT k.id, k.last5, k.type, k.mark, k.claimed_on, k.note, k.mark_reason, k.revealed_at
       FROM key_product kp JOIN product_key k ON k.id = kp.key_id WHERE kp.product_id = ? ORDER BY k.claimed_on NULLS FIRST, k.id`,
    productId,
  );
  return rows.flatMap((row) => {
    const pool = pools.get(text(row, 'id'));
    return pool === undefined ? [] : [toKeyView(row, pool)];
  });
}

function toKeyView(row: Row, pool: Pool): KeyView {
  const revealedAt = textOrNull(row, 'revealed_at');
  const { used, pending, allowed, remaining, unlimited } = pool.numbers;
  return {
    id: pool.keyId,
    productIds: pool.productIds,
    last5: text(row, 'last5'),
    type: keyType(row),
    state: keyState(keyMark(row), pool.numbers, revealedAt !== null),
    unlimited,
    allowed,
    allowedBasis: pool.allowedBasis,
    used,
    pending,
    remaining,
    claimedOn: textOrNull(row, 'claimed_on'),
    revealedAt,
    note: textOrNull(row, 'note'),
    markReason: textOrNull(row, 'mark_reason'),
  };
}
