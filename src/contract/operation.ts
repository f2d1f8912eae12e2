import * as z from 'zod/mini';
import { collection, LIMITS } from './conventions.ts';

/** Parameters by their names. */
export type Shape = Readonly<Record<string, z.ZodMiniType>>;

/** One thing that can be asked of the service. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind the prefix; `{name}` is a path parameter, percent-encoded. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly parameters?: Shape;
  readonly query?: Shape;
  readonly body?: z.ZodMiniType;
  readonly answer: z.ZodMiniType | null;
  /** Of the answer that says it was done. */
  readonly status: 200 | 201 | 204;
  /**
   * What may be repeated: `read` changes nothing; `keyed` changes something and carries a request id under which
   * it happens once.
   */
  readonly repeat: 'read' | 'keyed';
  /** Carries an ETag and answers 304. */
  readonly cached?: true;
  /** Takes If-Match and answers 412. */
  readonly conditional?: true;
  /** Needs no credential. */
  readonly open?: true;
  readonly requestBytes?: number;
  readonly answerBytes?: number;
}

/** The operation that reads a collection page by page. */
export function list<Item extends z.ZodMiniType, const Query extends Shape>(of: {
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly query: Query;
  readonly item: Item;
}) {
  const { path, summary, tag, query, item } = of;
  return {
    method: 'GET',
    path,
    summary,
    tag,
    query,
    answer: collection(item),
    status: 200,
    repeat: 'read',
    answerBytes: LIMITS.pageBytes,
  } as const;
}

/** The object that a shape of parameters stands for; unknown names are refused. */
export function fields<S extends Shape>(shape: S) {
  return z.strictObject(shape);
}

/** The same value, down to its leaves only to be read. */
export type ReadOnly<T> = { readonly [Key in keyof T]: ReadOnly<T[Key]> };
