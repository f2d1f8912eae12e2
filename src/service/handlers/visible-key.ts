import { keyById, noSuchKey } from '../../backend/local/keys.ts';
import type { KeyView } from '../../backend/rows.ts';
import type { OperationId } from '../../contract/operations.ts';
import type { Call } from '../call.ts';

/** A key that exists for this caller. Throws NOT_FOUND. */
export async function visibleKey(call: Pick<Call<OperationId>, 'sql' | 'parts' | 'scope'>, keyId: string) {
  const { catalogue, today } = call.parts;
  const view = await keyById(call.sql, keyId, { catalogue, today: today() });
  if (view.productIds.some(call.scope.sees)) return view;
  // The same words as for a key that there is none of.
  throw noSuchKey(keyId);
}

/** A key's other products are nobody's business who does not see them. */
export function shown(view: KeyView, { scope }: Pick<Call<OperationId>, 'scope'>): KeyView {
  return { ...view, productIds: view.productIds.filter(scope.sees) };
}
