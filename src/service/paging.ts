import { API_PREFIX, HEADERS, LIMITS } from '../contract/conventions.ts';
import { OPERATIONS, type OperationId } from '../contract/operations.ts';
import type { Place } from './call.ts';
import { ProtocolError } from './failure.ts';

/** An item and where it stands in its list. */
export interface Placed<Item> {
  readonly place: readonly Place[];
  readonly item: Item;
}

interface Asked {
  readonly query: Readonly<Record<string, string | number | undefined>> & {
    /** Items of a page. */
    readonly size?: number | undefined;
  };
  readonly after: readonly Place[] | undefined;
}

/** A page of a list that begins where the last one ended. */
export async function pageOf<Item>(
  operation: OperationId,
  { query, after }: Asked,
  list: AsyncIterable<Placed<Item>>,
) {
  const { size = LIMITS.pageItemsUnlessAsked } = query;
  const items: Item[] = [];
  let last: readonly Place[] | undefined;
  let more = false;
  for await (const { place, item } of list) {
    if (items.length === size) {
      more = true;
      break;
    }
    items.push(item);
    last = place;
  }
  const self = linkTo(operation, query, after);
  const common = { totalCount: items.length, items, attributes: { objectType: 'Collection' as const } };
  if (!more || last === undefined) return { ...common, links: { self } };
  const next = linkTo(operation, { ...query, seekOperation: 'Next', size }, last);
  return { ...common, continuationToken: writeToken(operation, last), links: { self, next } };
}

/** What else was asked is asked of every page: a link leads on in the same list. */
function linkTo(operation: OperationId, query: Asked['query'], after: Asked['after']) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  const path = API_PREFIX + OPERATIONS[operation].path;
  const token = after === undefined ? [] : [writeToken(operation, after)];
  return {
    uri: asked.size === 0 ? path : `${path}?${asked}`,
    method: 'GET',
    headers: token.map((value) => ({ key: HEADERS.continuationToken, value })),
  };
}

function writeToken(operation: OperationId, place: readonly Place[]): string {
  return Buffer.from(JSON.stringify([operation, ...place])).toString('base64url');
}

/** Where a page begins. A token of another list, or none of ours, is refused. */
export function readToken(operation: OperationId, token: string): readonly Place[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(value) && value[0] === operation && value.length > 1) {
      const place = value.slice(1);
      if (place.every((part) => typeof part === 'string' || Number.isSafeInteger(part))) return place;
    }
  } catch {
    // It is refused below.
  }
  throw new ProtocolError(400, 'USAGE', `${HEADERS.continuationToken} is not one of this list.`);
}

/** A list whose items are found again by a name of their own: goes on behind the one of that name. */
export async function* behind<Item>(
  list: AsyncIterable<Item> | Iterable<Item>,
  nameOf: (item: Item) => string,
  after: readonly Place[] | undefined,
): AsyncIterable<Placed<Item>> {
  let found = after === undefined;
  for await (const item of list) {
    const name = nameOf(item);
    if (found) yield { place: [name], item };
    else found = name === after?.[0];
  }
  if (!found)
    throw new ProtocolError(409, 'USAGE', 'The list changed meanwhile. Read it from its beginning.');
}

/**
 * A list whose items move while it is read: goes on behind the place where the last one stood, whoever stands there now.
 * What has moved to the front since is not met again, so pages come to an end.
 */
export async function* beyond<Item>(
  list: AsyncIterable<Item>,
  placeOf: (item: Item) => readonly Place[],
  isBehind: (place: readonly Place[], other: readonly Place[]) => boolean,
  after: readonly Place[] | undefined,
): AsyncIterable<Placed<Item>> {
  for await (const item of list) {
    const place = placeOf(item);
    if (after === undefined || isBehind(place, after)) yield { place, item };
  }
}

/** Only what passes. */
export async function* only<Item>(
  list: AsyncIterable<Item> | Iterable<Item>,
  passes: (item: Item) => boolean | Promise<boolean>,
): AsyncIterable<Item> {
  for await (const item of list) if (await passes(item)) yield item;
}
