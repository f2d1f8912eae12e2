import { profileVersion } from '../backend/local/changes.ts';
import { sha256Hex } from '../backend/local/crypto.ts';
import { backendOver } from '../backend/local/local.ts';
import { HEADERS } from '../contract/conventions.ts';
import type { Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId } from '../contract/operations.ts';
import type { Sql } from '../store/sql.ts';
import type { Common } from './call.ts';
import { ProtocolError } from './failure.ts';
import { handle } from './handlers/handle.ts';
import { keyTag } from './handlers/keys.ts';
import { keyed } from './keyed.ts';
import { readToken } from './paging.ts';
import { header, readBody, readTexts } from './reading-input.ts';
import type { Admitted } from './refusals.ts';
import type { Incoming, Outgoing, ServiceSetup } from './setup.ts';

/** Answers one operation. Throws whatever `failureOf` turns into an answer. */
export async function perform(
  setup: ServiceSetup,
  id: OperationId,
  incoming: Incoming,
  admitted: Admitted,
): Promise<Outgoing> {
  const operation: Operation = OPERATIONS[id];
  const call = callOf(setup, id, incoming, admitted);
  if (operation.repeat === 'keyed') return keyed(setup, id, incoming, call);
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

function callOf(
  setup: ServiceSetup,
  id: OperationId,
  incoming: Incoming,
  { caller, scope }: Admitted,
): Common {
  const operation: Operation = OPERATIONS[id];
  const ifMatch = header(incoming.headers, HEADERS.ifMatch);
  if (ifMatch !== undefined && operation.conditional !== true) {
    // Whoever says it relies on it.
    throw new ProtocolError(400, 'USAGE', `${HEADERS.ifMatch} is not heeded here, so nothing was done.`);
  }
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
    ifMatch,
    caller,
    scope,
    parts: setup.parts,
    vault: setup.vault,
    facts: setup.facts,
  } as Common;
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
