import { HEADERS, LIMITS } from '../contract/conventions.ts';
import { AppError } from '../errors.ts';

/** A part of a collection, and where the next one begins. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly continuationToken?: string | undefined;
}

/** What was answered when a page was asked for. */
export interface PageAnswer<Item> {
  /** Null: everything still is what the etag that was sent says. */
  readonly page: Page<Item> | null;
  /** The state of the whole collection that this page is of. */
  readonly etag: string | null;
  /** The failure to throw if its pages never come to an end. */
  readonly circle: () => AppError;
}

/** Asks for one page of a collection, with these fields of the query and these headers. */
export type AskForPage<Item> = (
  query: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>>,
) => Promise<PageAnswer<Item>>;

/** Page by page, each asked for when the one before was used. Throws UNAVAILABLE if the collection changed meanwhile. */
export async function* pagesOf<Item>(
  ask: AskForPage<Item>,
  query: Readonly<Record<string, unknown>>,
  etag: string | undefined,
): AsyncIterable<PageAnswer<Item>> {
  const first = await ask(query, etag === undefined ? {} : { [HEADERS.ifNoneMatch]: etag });
  yield first;
  const seen = new Set<string>();
  let token = first.page?.continuationToken;
  while (token !== undefined) {
    seen.add(token);
    const next: PageAnswer<Item> = await ask(
      { ...query, seekOperation: 'Next' },
      { [HEADERS.continuationToken]: token },
    ).catch(goingOn);
    yield next;
    token = next.page?.continuationToken;
    if (token !== undefined && seen.has(token)) throw next.circle();
  }
}

/** All items of one state of a collection, with its etag; undefined if it still is what `etag` says. */
export async function allItems<Item>(
  ask: AskForPage<Item>,
  etag: string | undefined,
): Promise<{ readonly value: Item[]; readonly etag: string | null } | undefined> {
  // A collection that changes between two pages is read again, a few times.
  for (let round = 1; ; round += 1) {
    try {
      const read = await readThrough(ask, etag);
      if (read === undefined || read.steady) return read && { value: read.items, etag: read.etag };
      // Pages of two states, and no etag that would make them pass for one.
      if (round === MOST_ROUNDS) return { value: read.items, etag: null };
    } catch (error) {
      if (round === MOST_ROUNDS || !(error instanceof ListChanged)) throw error;
    }
  }
}

const MOST_ROUNDS = 3;

async function readThrough<Item>(ask: AskForPage<Item>, etag: string | undefined) {
  const items: Item[] = [];
  let first: string | null | undefined;
  let steady = true;
  for await (const answer of pagesOf(ask, { size: LIMITS.pageItems }, etag)) {
    if (answer.page === null) return undefined;
    first ??= answer.etag;
    steady &&= first === answer.etag;
    for (const item of answer.page.items) items.push(item);
  }
  return { items, etag: first ?? null, steady };
}

/** What was read of a list cannot be gone on from. */
class ListChanged extends AppError {
  constructor(said: AppError) {
    super('UNAVAILABLE', 'The list changed while it was read.', {
      hint: 'Run the command again.',
      details: said.details,
      cause: said,
    });
  }
}

/** For a page that is not the first: the place to go on from is not there any more. */
function goingOn(error: unknown): never {
  throw error instanceof AppError && error.details['httpStatus'] === 409 ? new ListChanged(error) : error;
}
