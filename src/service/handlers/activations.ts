import { readHardwareProfile } from '../../activation/hardware-file.ts';
import { adjustTarget } from '../../activation/settle.ts';
import type { ActivationRequest } from '../../backend/backend.ts';
import {
  activationOf,
  eventTextsOf,
  noActivation,
  reservations,
} from '../../backend/local/activation-list.ts';
import { machinesCalled } from '../../backend/local/machines.ts';
import type { WireActivationRequest } from '../../contract/activations.ts';
import type { OperationId } from '../../contract/operations.ts';
import { HARDWARE_TABLE } from '../../data/hardware.ts';
import { integer, type Row, text } from '../../store/sql.ts';
import { type Call, type Handlers, type Place, productOf, seesUse } from '../call.ts';
import { ProtocolError } from '../failure.ts';
import { beyond, pageOf } from '../paging.ts';

type Some = Pick<Call<OperationId>, 'sql' | 'parts' | 'scope'>;

/**
 * Planning reads anew what a product is if anything was changed since it was remembered. Throws INVALID_DATA for
 * hardware that no file of ours could hold: what it says stays in the ledger.
 */
async function requestOf(call: Some, asked: WireActivationRequest): Promise<ActivationRequest> {
  const { productId, wish, hardware, ...rest } = asked;
  const remembered = call.scope.sees(productId) ? call.parts.known?.get(productId)?.product : undefined;
  return {
    ...rest,
    hardware: hardware === null ? null : readHardwareProfile(hardware, HARDWARE_TABLE),
    product: remembered ?? (await productOf(call, productId)),
    wish: { key: wish.key ?? undefined, type: wish.type ?? undefined },
  };
}

/** An activation that exists for this caller. Throws NOT_FOUND. */
async function visibleActivation(call: Some, id: string) {
  const activation = await activationOf(call.sql, id);
  const sees = activation !== undefined && (await seesUse(call, activation.productId, activation.keyId));
  if (sees) return activation;
  throw noActivation(id);
}

export const activationHandlers = {
  planActivation: async (call) => call.backend.activations.plan(await requestOf(call, call.body)),
  reserveActivation: async (call) => {
    const { request, confirmed } = call.body;
    if (confirmed.productId !== request.productId) {
      throw new ProtocolError(400, 'USAGE', 'The confirmed plan is of another product.');
    }
    const { plan, performed } = await call.backend.activations.reserve(
      await requestOf(call, request),
      confirmed,
      call.caller.session.name,
    );
    return { plan, performed: { ...performed, status: 'pending' as const } };
  },
  settleActivation: async (call) => {
    const { activationId } = call.parameters;
    if (call.scope.products !== null) await visibleActivation(call, activationId);
    return call.backend.activations.settle(activationId, { ...call.body, actor: call.caller.session.name });
  },
  listActivations: async (call) => {
    const { productId } = call.query;
    if (productId !== undefined && !call.scope.sees(productId)) await productOf(call, productId);
    return pageOf('listActivations', call, activations(call));
  },
  getActivation: async (call) => {
    const activation = await visibleActivation(call, call.parameters.activationId);
    return { activation, events: await eventTextsOf(call.sql, activation.activationId) };
  },
  adjustCount: async (call) => {
    const { productId, key, used, remaining, allowed, reason } = call.body;
    return call.backend.activations.adjust({
      product: await productOf(call, productId),
      key: key ?? undefined,
      target: adjustTarget(used, remaining),
      allowed,
      reason,
      actor: call.caller.session.name,
    });
  },
  listMachines: async (call) => {
    // Every activation of a machine moves it to the front.
    const list = beyond(
      call.backend.machines.list(),
      ({ lastSeen, id }) => [lastSeen, id],
      ([seen = '', id = ''], [otherSeen = '', otherId = '']) =>
        seen < otherSeen || (seen === otherSeen && id > otherId),
      call.after,
    );
    return pageOf('listMachines', call, list);
  },
  getMachine: async (call) => call.backend.machines.show(call.parameters.machine),
  retireMachine: async (call) =>
    call.backend.machines.retire(call.parameters.machine, call.body.reason, call.caller.session.name),
} satisfies Partial<Handlers>;

/** Newest first from a place on, without reading what came before. */
async function* activations(call: Call<'listActivations'>) {
  const { productId: product, machine } = call.query;
  const machines = machine === undefined ? undefined : await machinesCalled(call.sql, machine);
  const { condition, values } = reservations(product, machines);
  const statement = `SELECT subject, chain, product_id, at, number FROM ledger_event
    WHERE ${condition} AND (at, number) < (?, ?) ORDER BY at DESC, number DESC LIMIT 500`;
  let [at, number]: readonly Place[] = call.after ?? ['~', 0];
  const seen = new Map<string, boolean>();
  let rows: Row[];
  do {
    rows = await call.sql.all(statement, ...values, String(at), Number(number));
    for (const row of rows) {
      at = text(row, 'at');
      number = integer(row, 'number');
      const [productId, keyId] = [text(row, 'product_id'), text(row, 'chain')];
      const use = `${keyId} ${productId}`;
      const sees = seen.get(use) ?? (await seesUse(call, productId, keyId));
      seen.set(use, sees);
      if (!sees) continue;
      const item = await activationOf(call.sql, text(row, 'subject'));
      if (item !== undefined) yield { place: [at, number], item };
    }
  } while (rows.length > 0);
}
