import type { IncomingHttpHeaders } from 'node:http';
import { HEADERS } from '../contract/conventions.ts';
import { fields, type Operation } from '../contract/operation.ts';
import { ProtocolError } from './failure.ts';

type Shape = NonNullable<Operation['query']>;

/** One header, if it came once. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** The id that a request carries to be recognised; undefined for one that has no such form. */
export function uuidOf(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = header(headers, name);
  return value !== undefined && UUID.test(value) ? value.toLowerCase() : undefined;
}

/** The request id of something that may happen only once. Throws 400 without one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const id = uuidOf(headers, HEADERS.requestId);
  if (id !== undefined) return id;
  throw new ProtocolError(
    400,
    'USAGE',
    `${HEADERS.requestId} must be a UUID, the same one when this is repeated.`,
  );
}

/** Path parameters or a query: numbers come as digits. Throws 400 with the name, never the value. */
export function readTexts(shape: Shape | undefined, given: unknown): Record<string, unknown> {
  const texts: Record<string, unknown> = {};
  if (typeof given === 'object' && given !== null) {
    for (const [name, value] of Object.entries(given)) {
      const wanted = shape?.[name];
      const isNumber =
        typeof value === 'string' &&
        /^[0-9]{1,15}$/.test(value) &&
        wanted?.safeParse(Number(value)).success === true;
      texts[name] = isNumber && wanted?.safeParse(value).success !== true ? Number(value) : value;
    }
  }
  return parsed(fields(shape ?? {}), texts, 'The parameter');
}

/** The body as the contract has it. Throws 400 with the place, never with what stands there. */
export function readBody(operation: Operation, given: unknown): unknown {
  if (operation.body === undefined) {
    if (given === undefined || given === null) return undefined;
    throw new ProtocolError(400, 'USAGE', 'This request takes no body.');
  }
  return parsed(operation.body, given, 'The field');
}

interface Readable<T> {
  safeParse(value: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: { readonly issues: readonly { readonly path: readonly PropertyKey[] }[] };
      };
}

function parsed<T>(schema: Readable<T>, value: unknown, what: string): T {
  const zero = placeOfNul(value);
  const read = schema.safeParse(value);
  if (read.success && zero === undefined) return read.data;
  // The names of fields are the client's own words where it made them up, so they are cut.
  const place = (zero ?? (read.success ? [] : read.error.issues[0]?.path) ?? [])
    .map((part) => String(part).replaceAll('\0', ''))
    .join('.')
    .slice(0, 120);
  throw new ProtocolError(
    400,
    'USAGE',
    place === '' ? 'The request has unknown or missing fields.' : `${what} ${place} is not as agreed.`,
  );
}

/**
 * Where a text holds the character NUL; undefined if none does. PostgreSQL cannot store it and SQLite can, so it is
 * refused before either of them is asked.
 */
function placeOfNul(value: unknown): readonly string[] | undefined {
  if (typeof value === 'string') return value.includes('\0') ? [] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, part] of Object.entries(value)) {
    const place = name.includes('\0') ? [] : placeOfNul(part);
    if (place !== undefined) return [name, ...place];
  }
  return undefined;
}
