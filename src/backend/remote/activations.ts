import { parseEvent } from '../../activation/event-reader.ts';
import type { Client } from '../../client/client.ts';
import type { ActivationRequest, Activations } from '../backend.ts';
import type { Changing } from './setup.ts';

/** Activations on the service: it plans, counts and decides; it knows who asks and what time it is. */
export function remoteActivations(client: Client, changing: Changing): Activations {
  return {
    plan: (request) => client.call('planActivation', { body: wireRequest(request) }),
    reserve: (request, confirmed) =>
      changing(() =>
        client.call('reserveActivation', {
          body: { request: wireRequest(request), confirmed },
        }),
      ),
    settle: (activationId, { outcome, code, reason }) =>
      changing(() =>
        client.call('settleActivation', { parameters: { activationId }, body: { outcome, code, reason } }),
      ),
    list: ({ product, machine }) =>
      client.items('listActivations', {
        ...(product === undefined ? {} : { productId: product.id }),
        ...(machine === undefined ? {} : { machine }),
      }),
    show: async (activationId) => {
      const { activation, events } = await client.call('getActivation', { parameters: { activationId } });
      return { activation, events: events.map((text) => parseEvent(text)) };
    },
    adjust: ({ product, key, target, allowed, reason }) =>
      changing(() =>
        client.call('adjustCount', {
          body: {
            productId: product.id,
            key: key ?? null,
            used: target !== null && 'used' in target ? target.used : null,
            remaining: target !== null && 'remaining' in target ? target.remaining : null,
            allowed,
            reason,
          },
        }),
      ),
  };
}

function wireRequest(request: ActivationRequest) {
  const { product, wish, machine, hardware, assume, reason, purpose, via } = request;
  return {
    productId: product.id,
    wish: { key: wish.key ?? null, type: wish.type ?? null },
    machine,
    hardware,
    assume,
    reason,
    purpose,
    via,
  };
}
