import type { IncomingHttpHeaders } from 'node:http';
import { PROFILE_CHAIN } from '../activation/events.ts';
import { machineNameKey } from '../activation/machines.ts';
import { profileVersion } from '../backend/local/changes.ts';
import { sha256Hex } from '../backend/local/crypto.ts';
import { backendOver, type Parts } from '../backend/local/local.ts';
import { identityOf } from '../backend/local/machines.ts';
import { isOfNewMachine } from '../backend/local/reserving.ts';
import { HEADERS } from '../contract/conventions.ts';
import { type BodyOf, OPERATIONS, type Operation, type OperationId } from '../contract/operations.ts';
import { AppError } from '../errors.ts';
import type { Sql, Transaction } from '../store/sql.ts';
import type { Vault } from '../vault/vault.ts';
import type { Authentication } from './authentication.ts';
import { scopeOf } from './authorisation.ts';
import type { Call, Caller, Handlers, ServiceFacts } from './call.ts';
import { type ServiceDatabase, withinTransaction } from './database.ts';
import { ProtocolError } from './failure.ts';
import type { Gather, Takes } from './gathering.ts';
import { accessHandlers, tokenAgain } from './handlers/access.ts';
import { activationHandlers } from './handlers/activations.ts';
import { keyHandlers, keyTag, revealAgain } from './handlers/keys.ts';
import { productHandlers } from './handlers/products.ts';
import { profileHandlers } from './handlers/profile.ts';
import type { KnownPages } from './known-pages.ts';
import type { RateLimit } from './limits.ts';
import type { Metrics } from './metrics.ts';
import { readToken } from './paging.ts';
import { header, readBody, readTexts, requestIdOf } from './reading-input.ts';
import { performOnce } from './requests.ts';
import { IssuerUnavailable, TokenRefused } from './signed-token.ts';

const HANDLERS: Handlers = {
  ...accessHandlers,
  ...activationHandlers,
  ...keyHandlers,
  ...productHandlers,
  ...profileHandlers,
};

/** A line of the log; never a key or token. */
export type Log = (entry: Readonly<Record<string, string | number | boolean | null>>) => void;

export interface ServiceSetup {
  readonly database: ServiceDatabase;
  /** Writes together what comes at the same time. */
  readonly gather: Gather;
  readonly parts: Parts;
  readonly vault: (sql: Sql) => Promise<Vault>;
  readonly facts: ServiceFacts;
  readonly authentication: Authentication;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Requests of one credential. */
  readonly rate: RateLimit;
  /** Refused credentials of one address. */
  readonly refusalRate: RateLimit;
  readonly pages: KnownPages;
}

/** A request as the HTTP layer read it. */
export interface Incoming {
  readonly headers: IncomingHttpHeaders;
  readonly parameters: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly url: string;
  readonly address: string;
  readonly correlationId: string;
  /** Tells the log who asked, as soon as that is known. */
  readonly known: (caller: Caller) => void;
}

export interface Outgoing {
  readonly status: number;
  /** A value to be sent as JSON; undefined for none. */
  readonly body: unknown;
  /** The same as JSON already. */
  readonly text?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Who asks; every refusal is logged with who it claims to be. Throws AUTH_REQUIRED, 429. */
export async function callerOf(setup: ServiceSetup, incoming: Incoming, confirming = false): Promise<Caller> {
  const { address, headers } = incoming;
  if (setup.refusalRate.isEmpty(address)) {
    setup.metrics.refused('rate');
    throw new ProtocolError(429, 'THROTTLED', 'Too many refused credentials came from this address.', 30);
  }
  try {
    const caller = await setup.authentication.callerOf(header(headers, 'authorization'), confirming);
    incoming.known(caller);
    const wait = setup.rate.take(caller.key);
    if (wait === 0) return caller;
    setup.metrics.refused('rate');
    throw new ProtocolError(429, 'THROTTLED', 'This credential has made too many requests.', wait);
  } catch (error) {
    throw refusalOf(setup, incoming, error);
  }
}

/** What is answered to a credential that is no good, and logged of it; every other error stays what it is. */
function refusalOf(setup: ServiceSetup, { address, correlationId }: Incoming, error: unknown): unknown {
  if (error instanceof IssuerUnavailable) {
    setup.log({
      level: 'warn',
      message: 'issuer unavailable',
      reason: error.message,
      address,
      correlationId,
    });
    const sentence = 'The issuer of this credential cannot be asked at the moment.';
    return new ProtocolError(503, 'UNAVAILABLE', sentence, 5);
  }
  if (!(error instanceof TokenRefused)) return error;
  setup.refusalRate.take(address);
  setup.metrics.refused('credential');
  const { message, issuer, subject } = error;
  setup.log({
    level: 'warn',
    message: 'credential refused',
    reason: message,
    issuer,
    subject,
    address,
    correlationId,
  });
  return new AppError('AUTH_REQUIRED', 'The service does not accept this credential.', {
    hint: 'Sign in with: mpn-benefits auth login',
  });
}

const NOBODY: Caller = {
  key: 'nobody',
  session: {
    kind: 'service-token',
    name: 'nobody',
    role: 'reader',
    products: null,
    expires: null,
    issuer: null,
  },
};

/** Answers one operation. Throws whatever `failureOf` turns into an answer. */
export async function perform(setup: ServiceSetup, id: OperationId, incoming: Incoming): Promise<Outgoing> {
  const operation: Operation = OPERATIONS[id];
  const caller =
    operation.open === true ? NOBODY : await callerOf(setup, incoming, operation.repeat === 'keyed');
  const scope = scopeOf(caller.session, id);
  if (scope === undefined) {
    setup.metrics.refused('role');
    const { issuer, name, role } = caller.session;
    setup.log({
      level: 'warn',
      message: 'operation refused',
      operation: id,
      role,
      issuer,
      subject: name,
      correlationId: incoming.correlationId,
    });
    throw new AppError('FORBIDDEN', `The role ${role} may not do this.`, {
      hint: 'Ask an administrator of the team profile.',
    });
  }
  const call = callOf(setup, id, operation, incoming, caller, scope);
  if (operation.repeat === 'keyed') return keyed(setup, id, operation, incoming, call);
  const { reading } = setup.database;
  const asked = header(incoming.headers, HEADERS.ifNoneMatch);
  const answer = (mark: string | undefined, content: Pick<Outgoing, 'body' | 'text'>): Outgoing => {
    const headers = mark === undefined ? {} : { [HEADERS.etag]: mark };
    if (mark !== undefined && mark === asked) return { status: 304, body: undefined, headers };
    return { status: operation.status, ...content, headers };
  };
  const tag = await tagOf(id, setup, call, reading());
  if (tag !== undefined && tag === asked) return answer(tag, { body: undefined });
  const page =
    id === 'listEntitlements' ? `${tag} ${JSON.stringify([call.query, call.after ?? null])}` : undefined;
  const known = page === undefined ? undefined : setup.pages.get(page);
  if (known !== undefined) return answer(tag, { body: undefined, text: known });
  const body = await handle(id, { ...call, sql: reading(), backend: backendOver(setup.parts) });
  if (page !== undefined) {
    const text = JSON.stringify(body);
    setup.pages.keep(page, text);
    return answer(tag, { body, text });
  }
  return answer(id === 'getKey' ? keyTag(body as Parameters<typeof keyTag>[0]) : tag, { body });
}

type Common = Omit<Call<OperationId>, 'sql' | 'backend'>;

function callOf(
  setup: ServiceSetup,
  id: OperationId,
  operation: Operation,
  incoming: Incoming,
  caller: Caller,
  scope: Call<OperationId>['scope'],
): Common {
  const query = readTexts(operation.query, incoming.query);
  const token = header(incoming.headers, HEADERS.continuationToken);
  if (query['seekOperation'] === 'Next' && token === undefined) {
    throw new ProtocolError(400, 'USAGE', `seekOperation=Next needs ${HEADERS.continuationToken}.`);
  }
  const after = query['seekOperation'] === 'Next' && token !== undefined ? readToken(id, token) : undefined;
  // Read by the operation's own schemas just now; which ones they are, only the table of operations knows.
  return {
    parameters: readTexts(operation.parameters, incoming.parameters),
    query,
    body: readBody(operation, incoming.body),
    after,
    ifMatch: header(incoming.headers, HEADERS.ifMatch),
    caller,
    scope,
    parts: setup.parts,
    vault: setup.vault,
    facts: setup.facts,
  } as Common;
}

/** The one place where an operation's id and its handler's types meet. */
function handle(id: OperationId, call: Call<OperationId>): Promise<unknown> {
  const handler = HANDLERS[id] as (call: Call<OperationId>) => Promise<unknown>;
  return handler(call);
}

async function keyed(
  setup: ServiceSetup,
  id: OperationId,
  operation: Operation,
  incoming: Incoming,
  common: Common,
): Promise<Outgoing> {
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
  const takes = takesOf(id, common.body);
  const { database, gather } = setup;
  const write: ServiceDatabase['write'] =
    takes === undefined ? database.write : (work) => gather(takes, work);
  const { answer, repeated } = await performOnce<unknown>({ ...database, write }, request, {
    perform: async (sql) => {
      // Both to their ends, whatever becomes of one: nothing may still be under way when the transaction ends.
      const [given, confirmed] = await Promise.allSettled([
        handle(id, callIn(sql)),
        common.caller.confirm?.(sql),
      ]);
      if (confirmed.status === 'rejected') throw refusalOf(setup, incoming, confirmed.reason);
      if (given.status === 'rejected') throw given.reason;
      return given.value;
    },
    kept: (given) => (isSecret(id) ? withoutSecret(given) : given),
    again: async (kept, sql) => {
      await common.caller.confirm?.(sql).catch((error: unknown) => {
        throw refusalOf(setup, incoming, error);
      });
      if (id === 'revealKey') return revealAgain(callIn(sql) as unknown as Call<'revealKey'>, kept);
      if (id === 'addToken') return tokenAgain({ sql }, kept);
      return kept;
    },
  });
  if (repeated) setup.metrics.repeated();
  return { status: operation.status, body: answer, headers: {} };
}

/** Reservations for machines that begin are many at a time, and all of them append to the profile's chain. */
function takesOf(id: OperationId, body: unknown): Takes | undefined {
  if (id !== 'reserveActivation') return undefined;
  // Read by the operation's own schema just now.
  const { request, confirmed } = body as BodyOf<'reserveActivation'>;
  if (!isOfNewMachine(confirmed)) return undefined;
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

/** The mark of this state of the profile, as this caller sees it. */
async function tagOf(
  id: OperationId,
  setup: ServiceSetup,
  { scope, parts }: Common,
  sql: Sql,
): Promise<string | undefined> {
  if (id !== 'listEntitlements' && id !== 'getProduct') return undefined;
  const version = await profileVersion(sql, parts.today(), id === 'getProduct');
  const seen =
    scope.products === null ? 'all' : sha256Hex(JSON.stringify([...scope.products].sort())).slice(0, 16);
  return `"${setup.facts.version}-${version}-${seen}"`;
}
