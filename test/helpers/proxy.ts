import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** Where an exchange is cut, in the order of what has happened by then. */
export const CUTS = [
  /** Nothing was read. */
  'request',
  /** Half of the request was passed on. */
  'request-body',
  /** The service has answered; nobody hears of it. */
  'answer',
  'answer-headers',
  'answer-body',
] as const;
export type Cut = (typeof CUTS)[number];

/** What goes wrong with one exchange. Everything with `done` lets the service do its work first. */
export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'cut'; readonly at: Cut }
  | { readonly kind: 'status'; readonly status: number; readonly done: boolean; readonly retryAfter?: string }
  /** Waits, then goes on. */
  | { readonly kind: 'slow'; readonly milliseconds: number }
  /** The service has answered, and the answer never comes. */
  | { readonly kind: 'silent' }
  /** The answer begins and never ends. */
  | { readonly kind: 'stalled' }
  /** Half of the answer, which says that it is whole. */
  | { readonly kind: 'truncated' }
  /** The page of a portal in place of the answer. */
  | { readonly kind: 'page'; readonly done: boolean }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'large'; readonly bytes: number };

export const NONE: Fault = { kind: 'none' };

/** One request that came by. */
export interface Seen {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface FaultyProxy {
  readonly origin: string;
  /** Everything that came by, in order. */
  readonly seen: readonly Seen[];
  /** Decides about each exchange; nothing goes wrong until told. */
  plan(decide: (seen: Omit<Seen, 'body'>) => Fault): void;
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** Where the service is. */
  readonly target: string;
  /** Certificate and key of the proxy's own end; plain http without. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** A proxy in front of a service that spoils exchanges as it is told, in every way that networks do. */
export async function startProxy({ target, tls }: ProxyOptions): Promise<FaultyProxy> {
  const seen: Seen[] = [];
  let decide: (seen: Omit<Seen, 'body'>) => Fault = () => NONE;
  let count = 0;
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    count += 1;
    const about = {
      number: count,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
    };
    const fault = decide(about);
    if (fault.kind === 'cut' && fault.at === 'request') {
      seen.push({ ...about, body: '' });
      incoming.socket.destroy();
      return;
    }
    const body = await bodyOf(incoming);
    seen.push({ ...about, body: body.toString('utf8') });
    await spoil(fault, { target, incoming, outgoing, body });
  };
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    outgoing.on('error', () => {});
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer({ ...tls }, listener);
  server.on('clientError', (_, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    seen,
    plan(next) {
      decide = next;
      count = 0;
      seen.length = 0;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Exchange {
  readonly target: string;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly body: Buffer;
}

interface Upstream {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function spoil(fault: Fault, exchange: Exchange): Promise<void> {
  const { incoming, outgoing } = exchange;
  switch (fault.kind) {
    case 'none':
      return give(outgoing, await passOn(exchange));
    case 'slow':
      await new Promise((resolve) => setTimeout(resolve, fault.milliseconds));
      return give(outgoing, await passOn(exchange));
    case 'silent':
      await passOn(exchange);
      return;
    case 'status':
      if (fault.done) await passOn(exchange);
      outgoing.writeHead(fault.status, {
        'content-type': 'text/html',
        ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
      });
      outgoing.end(`<h1>${fault.status}</h1>`);
      return;
    case 'page':
      if (fault.done) await passOn(exchange);
      outgoing.writeHead(200, { 'content-type': 'text/html' });
      outgoing.end('<html>Welcome to the hotel</html>');
      return;
    case 'redirect':
      outgoing.writeHead(302, { location: fault.to });
      outgoing.end();
      return;
    case 'large':
      outgoing.writeHead(200, { 'content-type': 'application/json' });
      outgoing.write('"');
      for (let sent = 0; sent < fault.bytes && !outgoing.destroyed; sent += 65_536) {
        if (!outgoing.write('x'.repeat(65_536))) await once(outgoing, 'drain').catch(() => {});
      }
      outgoing.end('"');
      return;
    case 'truncated': {
      const answer = await passOn(exchange);
      return give(outgoing, { ...answer, body: answer.body.subarray(0, Math.floor(answer.body.length / 2)) });
    }
    case 'stalled':
    case 'cut':
      return cut(fault.kind === 'cut' ? fault.at : 'stalled', exchange);
  }
  void incoming;
}

async function cut(at: Cut | 'stalled', exchange: Exchange): Promise<void> {
  const { incoming, outgoing, body, target } = exchange;
  if (at === 'request-body') {
    const url = new URL(incoming.url ?? '/', target);
    const half = request(url, { method: incoming.method, headers: own(incoming.headers) });
    half.on('error', () => {});
    half.write(body.subarray(0, Math.floor(body.length / 2)));
    await new Promise((resolve) => setTimeout(resolve, 30));
    half.destroy();
    incoming.socket.destroy();
    return;
  }
  const answer = await passOn(exchange);
  if (at === 'answer') {
    incoming.socket.destroy();
    return;
  }
  outgoing.writeHead(answer.status, answer.headers);
  outgoing.flushHeaders();
  if (at !== 'answer-headers') outgoing.write(answer.body.subarray(0, Math.ceil(answer.body.length / 2)));
  if (at === 'stalled') return;
  await new Promise((resolve) => setTimeout(resolve, 20));
  incoming.socket.destroy();
}

function give(outgoing: ServerResponse, { status, headers, body }: Upstream): void {
  const { 'content-length': _, 'transfer-encoding': __, ...others } = headers;
  outgoing.writeHead(status, { ...others, ...(status === 304 ? {} : { 'content-length': body.length }) });
  outgoing.end(status === 304 ? undefined : body);
}

const own = ({ host: _, connection: __, ...headers }: IncomingMessage['headers']) => headers;

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function passOn({ target, incoming, body }: Exchange): Promise<Upstream> {
  return new Promise((resolve, reject) => {
    const url = new URL(incoming.url ?? '/', target);
    const upstream = request(url, { method: incoming.method, headers: own(incoming.headers) }, (answer) => {
      bodyOf(answer).then(
        (read) => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: read }),
        reject,
      );
    });
    upstream.on('error', reject);
    upstream.end(body);
  });
}
