import { createHash } from 'node:crypto';
import { parseEvent } from '../../activation/event-reader.ts';
import { ACCESS_CHAIN } from '../../activation/events.ts';
import { noSuchKey, openKey, revealViewOf } from '../../backend/local/keys.ts';
import type { KeyView } from '../../backend/rows.ts';
import type { ReadOnly } from '../../contract/operation.ts';
import { integer, type Row, text } from '../../store/sql.ts';
import { type Call, type Handlers, type Place, productOf, seesUse } from '../call.ts';
import { ProtocolError } from '../failure.ts';
import { behind, only, pageOf } from '../paging.ts';
import { shown, visibleKey } from './visible-key.ts';

/** The mark of what may be shown of a key. */
export function keyTag(view: ReadOnly<KeyView>): string {
  return `"${createHash('sha256').update(JSON.stringify(view)).digest('base64url').slice(0, 27)}"`;
}

export const keyHandlers = {
  listKeys: async (call) => {
    const { productId } = call.query;
    const product = productId === undefined ? undefined : await productOf(call, productId);
    const keys = await call.backend.keys.list(product);
    const visible = keys.filter(({ productIds }) => productIds.some(call.scope.sees));
    const list = behind(
      visible.map((view) => shown(view, call)),
      ({ id }) => id,
      call.after,
    );
    return pageOf('listKeys', call, list);
  },
  getKey: async (call) => shown(await visibleKey(call, call.parameters.keyId), call),
  markKey: async (call) => {
    const before = shown(await visibleKey(call, call.parameters.keyId), call);
    if (call.ifMatch !== undefined && call.ifMatch !== '*' && call.ifMatch !== keyTag(before)) {
      throw new ProtocolError(
        412,
        'USAGE',
        'The key changed meanwhile, so nothing was done. Run the command again.',
      );
    }
    return call.backend.keys.mark(call.parameters.keyId, call.body.mark, call.body.reason);
  },
  getRefund: async (call) => {
    const { id } = await visibleKey(call, call.parameters.keyId);
    return { atStake: await call.backend.keys.refundAtStake(id) };
  },
  revealKey: async (call) => {
    const { keyId } = call.parameters;
    const before = await visibleKey(call, keyId);
    const { productId } = call.body;
    // A key is taken out for a product it belongs to, so that the log says what it was for.
    if (productId !== null && !(before.productIds.includes(productId) && call.scope.sees(productId))) {
      throw noSuchKey(keyId);
    }
    const { key, view } = await call.backend.keys.reveal(keyId, {
      ...call.body,
      actor: call.caller.session.name,
    });
    return { key: key.reveal(), view: shown(view, call) };
  },
  listAccess: async (call) => {
    const { productId } = call.query;
    const product = productId === undefined ? undefined : await productOf(call, productId);
    const list =
      call.scope.products === null && product === undefined ? accesses(call) : ownAccesses(call, product);
    return pageOf('listAccess', call, list);
  },
} satisfies Partial<Handlers>;

/** The whole log from a place on, without reading what came before. */
async function* accesses({ sql, after }: Pick<Call<'listAccess'>, 'sql' | 'after'>) {
  let seq = Number(after?.[0] ?? Number.MAX_SAFE_INTEGER);
  let rows: Row[];
  do {
    rows = await sql.all(
      `SELECT seq, text FROM ledger_event WHERE chain = '${ACCESS_CHAIN}' AND seq < ? ORDER BY seq DESC LIMIT 500`,
      seq,
    );
    for (const row of rows) {
      seq = integer(row, 'seq');
      const item = revealViewOf(parseEvent(text(row, 'text')));
      const place: readonly Place[] = [seq];
      if (item !== undefined) yield { place, item };
    }
  } while (rows.length > 0);
}

function ownAccesses(call: Call<'listAccess'>, product: Parameters<typeof call.backend.keys.history>[0]) {
  const seen = only(
    call.backend.keys.history(product),
    async ({ productId, keyId }) =>
      call.scope.products === null || (productId !== null && (await seesUse(call, productId, keyId))),
  );
  return behind(seen, ({ id }) => id, call.after);
}

/** The key of an access that is recorded already: its answer was lost, and is given again. */
export async function revealAgain(call: Call<'revealKey'>, stored: unknown) {
  // What somebody sees may be less than it was the first time.
  await visibleKey(call, call.parameters.keyId);
  const view = (stored as { readonly view: ReadOnly<KeyView> }).view;
  return { key: (await openKey(call.sql, call.parameters.keyId, call.vault)).reveal(), view };
}
