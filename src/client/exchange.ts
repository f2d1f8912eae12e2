import type { Dispatcher } from 'undici';
import type { Connection } from './dispatcher.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { isCertificateReason, reasonOf } from './reason.ts';

/** A whole answer. */
export interface Answer {
  readonly status: number;
  /** By names in small letters. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

export interface Request {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
  /** Bytes that the answer may have. */
  readonly limit: number;
}

export type TroubleKind =
  /** There was no connection: nothing was sent. */
  | 'not-connected'
  /** The proxy on the way opened no tunnel: nothing was sent. */
  | 'proxy'
  /** The other side is not who it should be: nothing was sent. */
  | 'certificate'
  /** The two sides found no way to speak in secret, as where one does not mean to: nothing was sent. */
  | 'no-tls'
  /** Sent, perhaps done, and no whole answer came. */
  | 'lost'
  /** The time for all of it is over. */
  | 'late'
  /** More than was agreed. */
  | 'too-large';

/** An exchange that gave no answer. */
export class Trouble extends Error {
  readonly kind: TroubleKind;
  /** The system's or library's name for it. */
  readonly reason: string;

  constructor(kind: TroubleKind, reason: string, cause?: unknown) {
    super(`${kind}: ${reason}`, { cause });
    this.kind = kind;
    this.reason = reason;
  }
}

/** One request and its whole answer. Throws Trouble. */
export async function exchange(
  connection: Connection,
  request: Request,
  signal: AbortSignal,
): Promise<Answer> {
  let response: Dispatcher.ResponseData;
  try {
    response = await connection.request({
      method: request.method,
      path: request.path,
      headers: request.headers,
      body: request.body ?? null,
      signal,
    });
  } catch (error) {
    throw troubleOf(error, signal);
  }
  const header = (name: string): string | undefined => {
    const value = response.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  try {
    const body = await readBody(response, request.limit, header('content-length'));
    return { status: response.statusCode, header, body };
  } catch (error) {
    throw error instanceof Trouble
      ? error
      : new Trouble(signal.aborted ? 'late' : 'lost', reasonOf(error), error);
  }
}

async function readBody(
  response: Dispatcher.ResponseData,
  limit: number,
  declared: string | undefined,
): Promise<Uint8Array> {
  const tooLarge = (): Trouble => {
    response.body.on('error', () => {}).destroy();
    return new Trouble('too-large', `more than ${limit} bytes`);
  };
  if (declared !== undefined && Number(declared) > limit) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const BEFORE_SENDING = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function troubleOf(error: unknown, signal: AbortSignal): Trouble {
  if (signal.aborted) return new Trouble('late', 'no time left', error);
  if (error instanceof ProxyFailure) return new Trouble('proxy', error.reason, error);
  const reason = reasonOf(error);
  if (isCertificateReason(reason)) return new Trouble('certificate', reason, error);
  if (/^ERR_SSL_(WRONG_VERSION|TLSV1_ALERT|SSLV3_ALERT|UNSUPPORTED|PACKET|HTTP)/.test(reason))
    return new Trouble('no-tls', reason, error);
  if (BEFORE_SENDING.has(reason)) return new Trouble('not-connected', reason, error);
  return new Trouble('lost', reason, error);
}
