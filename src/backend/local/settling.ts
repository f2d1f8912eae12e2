import { type Activation, foldActivation } from '../../activation/activations.ts';
import { type Settlement, settle } from '../../activation/settle.ts';
import type { Transaction } from '../../store/sql.ts';
import { eventsOf, noActivation } from './activation-list.ts';
import { appendTo, type LedgerSetup, takeChainOf } from './ledger.ts';
import { applyToStanding } from './machines.ts';

/**
 * Settles within a transaction that is already there. The events are read while their chain is taken, so nobody
 * else settles meanwhile. Throws NOT_FOUND, USAGE.
 */
export async function settleWithin(
  sql: Transaction,
  activationId: string,
  settlement: Settlement,
  setup: LedgerSetup,
): Promise<Activation> {
  const [locked, events] = await Promise.all([takeChainOf(sql, activationId), eventsOf(sql, activationId)]);
  const activation = foldActivation(events);
  const ledger = events[0]?.ledger;
  if (locked === undefined || activation === undefined || ledger === undefined) {
    throw noActivation(activationId);
  }
  const body = settle(activation, settlement);
  if (body === null) return activation;
  const pendingDelta = activation.status === 'pending' ? -activation.delta : 0;
  const { event } = appendTo(sql, locked, body, pendingDelta, { ...setup, ledger });
  const liveBefore = activation.status === 'failed' ? 0 : 1;
  const liveAfter = settlement.outcome === 'failed' ? 0 : 1;
  applyToStanding(sql, event, activation.machine.id, liveAfter - liveBefore);
  const settled = foldActivation([...events, event]);
  if (settled === undefined) throw new Error('a settled activation is gone');
  return settled;
}
