import type { OperationId } from '../../contract/operations.ts';
import type { Call, Handlers } from '../call.ts';
import { accessHandlers } from './access.ts';
import { activationHandlers } from './activations.ts';
import { keyHandlers } from './keys.ts';
import { productHandlers } from './products.ts';
import { profileHandlers } from './profile.ts';

const HANDLERS: Handlers = {
  ...accessHandlers,
  ...activationHandlers,
  ...keyHandlers,
  ...productHandlers,
  ...profileHandlers,
};

/** The one place where an operation's id and its handler's types meet. */
export function handle(id: OperationId, call: Call<OperationId>): Promise<unknown> {
  const handler = HANDLERS[id] as (call: Call<OperationId>) => Promise<unknown>;
  return handler(call);
}
