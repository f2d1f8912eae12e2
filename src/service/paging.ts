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
  readonly operation: OperationId;
  /** Items of a page, as the query says it. */
  readonly size: number | undefined;
}

/** A page of a list that begins where the last one ended. */
export async function pageOf<Item>(
  { operation, size = LIMITS.pageItemsUnlessAsked }: Asked,
  list: AsyncIterable<Placed<Item>>,
) {
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
  const uri = API_PREFIX + OPERATIONS[operation].path;
  const self = { uri, method: 'GET', headers: [] };
  const common = { totalCount: items.length, items, attributes: { objectType: 'Collection' as const } };
  if (!more || last === undefined) return { ...common, links: { self } };
  const continuationToken = writeToken(operation, last);
  const next = {
    uri: `${uri}?seekOperation=Next&size=${size}`,
    method: 'GET',
    headers: [{ key: HEADERS.continuationToken, value: continuationToken }],
  };
  return { ...common, continuationToken, links: { self, next } };
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

/** Only what passes. */
export async function* only<Item>(
  list: AsyncIterable<Item> | Iterable<Item>,
  passes: (item: Item) => boolean,
): AsyncIterable<Item> {
  for await (const item of list) if (passes(item)) yield item;
}
