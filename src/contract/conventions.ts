import * as z from 'zod/mini';

/**
 * The conventions of every resource, those of Microsoft's Partner Center REST API: collections in an envelope,
 * seek paging with a continuation token, an id that makes a write safe to repeat, one form of error.
 */

/** All paths begin with it. What breaks a client gets another number. */
export const API_PREFIX = '/v1';

export const HEADERS = {
  /** Idempotency: the same value on a retry, a new one for a new request. A UUID. */
  requestId: 'MS-RequestId',
  /** Goes through all logs; in every answer and every error. A UUID. */
  correlationId: 'MS-CorrelationId',
  /** The place to go on from, with `seekOperation=Next`. */
  continuationToken: 'MS-ContinuationToken',
  ifMatch: 'If-Match',
  ifNoneMatch: 'If-None-Match',
  etag: 'ETag',
  retryAfter: 'Retry-After',
} as const;

/** Sizes in bytes that both sides keep to. */
export const LIMITS = {
  /** Of a request's body, but for those below. */
  requestBytes: 256 * 1024,
  /** Of a file's records, a profile moving in, an earlier ledger to compare with. */
  largeRequestBytes: 64 * 1024 * 1024,
  /** Of an answer that is one thing. */
  answerBytes: 4 * 1024 * 1024,
  /** Of a page of a collection. */
  pageBytes: 64 * 1024 * 1024,
  /** Items of a page: what a client may ask for, and what it gets unless it asks. */
  pageItems: 10_000,
  pageItemsUnlessAsked: 1_000,
} as const;

const linkHeader = z.object({ key: z.string(), value: z.string() });
export const link = z.object({
  /** Path and query, relative to the service's origin. */
  uri: z.string(),
  method: z.string(),
  headers: z.array(linkHeader),
});

/** A page of things of one kind. */
export function collection<Item extends z.ZodMiniType>(item: Item) {
  return z.object({
    /** Items in this answer. */
    totalCount: z.int().check(z.gte(0)),
    items: z.array(item),
    /** Where the next page begins; absent on the last one. */
    continuationToken: z.optional(z.string()),
    links: z.object({ self: link, next: z.optional(link) }),
    attributes: z.object({ objectType: z.literal('Collection') }),
  });
}

const detail = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())]);

/** The key in `data` under which an error's hint stands; every other key is a detail of it. */
export const HINT = 'hint';

/** Every error but 429. */
export const errorBody = z.object({
  /** The `error.code` of the command line (`NOT_FOUND` and so on), or a word for what never left the service. */
  code: z.string().check(z.maxLength(64)),
  /** One sentence; never a key or token. */
  description: z.string().check(z.maxLength(4096)),
  data: z.array(z.object({ key: z.string(), value: detail })),
  /** Which part said so. */
  source: z.string(),
});
export type ErrorBody = z.output<typeof errorBody>;

/** Too many requests: as Partner Center has it, another form than all other errors. */
export const throttledBody = z.object({ statusCode: z.literal(429), message: z.string() });

/** What every list takes. */
export const paging = {
  size: z.optional(z.int().check(z.gte(1), z.lte(LIMITS.pageItems))),
  seekOperation: z.optional(z.literal('Next')),
};

/** A name or text that a person typed. */
export const typed = z.string().check(z.minLength(1), z.maxLength(500));
/** An id that the service made. */
export const id = z.string().check(z.minLength(1), z.maxLength(200));
/** A sentence given as a reason, purpose or note. */
export const sentence = z.string().check(z.maxLength(4000));
export const isoDate = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/));
export const instant = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?Z$/));
export const count = z.int();
