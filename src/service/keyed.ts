import { PROFILE_CHAIN } from '../activation/events.ts';
import { machineNameKey } from '../activation/machines.ts';
import { backendOver } from '../backend/local/local.ts';
import { identityOf } from '../backend/local/machines.ts';
import { isTakenAtOnce } from '../backend/local/reserving.ts';
import type { Operation } from '../contract/operation.ts';
import { type BodyOf, OPERATIONS, type OperationId } from '../contract/operations.ts';
import type { Transaction } from '../store/sql.ts';
import type { Call, Common } from './call.ts';
import { type ServiceDatabase, withinTransaction } from './database.ts';
import type { Takes } from './gathering.ts';
import { tokenAgain } from './handlers/access.ts';
import { handle } from './handlers/handle.ts';
import { revealAgain } from './handlers/keys.ts';
import { requestIdOf } from './reading-input.ts';
import { refusalOf } from './refusals.ts';
import { type Effect, performOnce } from './requests.ts';
import type { Incoming, Outgoing, ServiceSetup } from './setup.ts';

/** Does what changes something once, however often it is asked under its request id. */
export async function keyed(
  setup: ServiceSetup,
  id: OperationId,
  incoming: Incoming,
  common: Common,
): Promise<Outgoing> {
  const operation: Operation = OPERATIONS[id];
  const callIn = (sql: Transaction): Call<OperationId> => {
    const parts = { ...common.parts, database: withinTransaction(sql) };
    return { ...common, parts, sql, backend: backendOver(parts) };
  };
  const request = {
    caller: common.caller.key,
    id: requestIdOf(incoming.headers),
    asked: `${operation.method} ${incoming.url}\n${JSON.stringify(incoming.body ?? null)}`,
    at: setup.facts.now(),
  };
  const { database, gather } = setup;
  // Anew for each attempt: one that turned out to take other rows, in another order, goes by itself from then on.
  const write: ServiceDatabase['write'] = (work) => {
    const takes = takesOf(id, common.body);
    return takes === undefined ? database.write(work) : gather(takes, work);
  };
  const effect: Effect<unknown> = {
    perform: async (sql) => {
      // Both to their ends, whatever becomes of one: nothing may still be under way when the transaction ends.
      const [given, confirmed] = await Promise.allSettled([
        handle(id, callIn(sql)),
        common.caller.confirm?.(sql),
      ]);
      if (confirmed.status === 'rejected') throw confirmed.reason;
      if (given.status === 'rejected') throw given.reason;
      return given.value;
    },
    kept: (given) => (isSecret(id) ? withoutSecret(given) : given),
    again: async (kept, sql) => {
      await common.caller.confirm?.(sql);
      if (id === 'revealKey') return revealAgain(callIn(sql) as unknown as Call<'revealKey'>, kept);
      if (id === 'addToken') return tokenAgain({ sql }, kept);
      return kept;
    },
  };
  const { answer, repeated } = await performOnce({ ...database, write }, request, effect).catch(
    (error: unknown) => {
      // Only here: what is done again in another transaction is refused once.
      throw refusalOf(setup, incoming, error);
    },
  );
  if (repeated) setup.metrics.repeated();
  return { status: operation.status, body: answer, headers: {} };
}

/** Reservations for machines that begin are many at a time, and all of them append to the profile's chain. */
function takesOf(id: OperationId, body: unknown): Takes | undefined {
  if (id !== 'reserveActivation') return undefined;
  // Read by the operation's own schema just now.
  const { request, confirmed } = body as BodyOf<'reserveActivation'>;
  if (!isTakenAtOnce(confirmed)) return undefined;
  const board = identityOf(request.hardware);
  const names = [`name ${machineNameKey(request.machine)}`, ...(board === null ? [] : [`board ${board}`])];
  return { chains: [confirmed.keyId], shared: PROFILE_CHAIN, names };
}

/** Answers that hold a key or token, which are not kept. */
function isSecret(id: OperationId): boolean {
  return id === 'revealKey' || id === 'addToken';
}

function withoutSecret(answer: unknown): unknown {
  const { key: _key, token: _token, ...rest } = answer as Readonly<Record<string, unknown>>;
  return rest;
}
