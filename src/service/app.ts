import { randomUUID } from 'node:crypto';
import { type Server as HttpServer, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { API_PREFIX, HEADERS, LIMITS } from '../contract/conventions.ts';
import type { Operation } from '../contract/operation.ts';
import { OPERATIONS, type OperationId } from '../contract/operations.ts';
import type { Caller } from './call.ts';
import type { Certificate } from './certificate.ts';
import { failureOf, ProtocolError } from './failure.ts';
import { uuidOf } from './reading-input.ts';
import { type Admitted, admit, callerOf } from './refusals.ts';
import { perform } from './service.ts';
import type { Asking, Incoming, ServiceSetup } from './setup.ts';

export interface AppSetup extends ServiceSetup {
  readonly tls: Certificate | undefined;
  /** True behind a proxy that ends TLS and says who asks. */
  readonly behindProxy: boolean;
}

/** Time for a request to arrive in full. */
const REQUEST_MS = 120_000;
/** Time for whoever is refused while still sending to hear of it. */
const LINGER_MS = 5_000;

/** The service as an HTTP server that is not listening yet. */
export function createApp(setup: AppSetup): FastifyInstance {
  const { tls, behindProxy } = setup;
  const app: FastifyInstance = fastify({
    logger: false,
    bodyLimit: LIMITS.requestBytes,
    requestTimeout: REQUEST_MS,
    // Only the proxy next to us is believed about who asks.
    trustProxy: behindProxy ? (_address, hop) => hop === 0 : false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    // What the library says by itself is not in the form of the contract, and in no log.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => {
      begin(setup, request, reply);
      fail(error, request, reply, setup);
    },
    clientErrorHandler: (error, socket) => failUnread(error, socket, setup),
    routerOptions: { maxParamLength: 8_192 },
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
  }) as unknown as FastifyInstance<HttpServer>;

  let ending = false;
  app.addHook('preClose', async () => {
    ending = true;
  });
  app.addHook('onRequest', async (request, reply) => {
    begin(setup, request, reply);
    // Before the body is read: what nobody waits for is not taken in.
    if (request.is404) throw new ProtocolError(404, 'NO_SUCH_RESOURCE', 'There is no such resource.');
    if (ending && request.routeOptions.config.operation !== undefined) {
      throw new ProtocolError(503, 'UNAVAILABLE', 'This process of the service is ending.', 1);
    }
    if (behindProxy && request.headers['x-forwarded-proto'] === 'http') {
      throw new ProtocolError(400, 'USAGE', 'This service is to be asked over TLS.');
    }
  });
  app.setErrorHandler((error, request, reply) => fail(error, request, reply, setup));
  for (const [id, operation] of Object.entries(OPERATIONS))
    addOperation(app, id as OperationId, operation, setup);
  addHealth(app, setup, () => ending);
  return app;
}

/** What every answer has, whatever becomes of the request. */
function begin(setup: ServiceSetup, request: FastifyRequest, reply: FastifyReply): void {
  watch(setup, request, reply);
  reply.header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
  reply.header(HEADERS.correlationId, correlationIdOf(request));
}

const correlationIds = new WeakMap<FastifyRequest, string>();

/** The caller's own id if it has the form of one, so that one search finds it in all logs. */
function correlationIdOf(request: FastifyRequest): string {
  const known = correlationIds.get(request);
  if (known !== undefined) return known;
  const id = uuidOf(request.headers, HEADERS.correlationId) ?? randomUUID();
  correlationIds.set(request, id);
  return id;
}

function askingOf(request: FastifyRequest): Asking {
  return {
    headers: request.headers,
    address: request.ip,
    correlationId: correlationIdOf(request),
    known: (caller) => callers.set(request, caller),
  };
}

function addOperation(app: FastifyInstance, id: OperationId, operation: Operation, setup: AppSetup): void {
  const admitted = new WeakMap<FastifyRequest, Admitted>();
  app.route({
    method: operation.method,
    url: API_PREFIX + operation.path.replace(/\{(\w+)\}/g, ':$1'),
    bodyLimit: operation.requestBytes ?? LIMITS.requestBytes,
    config: { operation: id },
    // A body may be large, so it is read of those only who may send one.
    onRequest: async (request) => {
      admitted.set(request, await admit(setup, id, askingOf(request)));
    },
    handler: async (request, reply) => {
      const who = admitted.get(request);
      if (who === undefined) throw new Error('a request was not admitted');
      const incoming: Incoming = {
        ...askingOf(request),
        parameters: request.params,
        query: request.query,
        body: request.body,
        url: request.url,
      };
      const { status, body, text, headers } = await perform(setup, id, incoming, who);
      const requestId = uuidOf(request.headers, HEADERS.requestId);
      if (requestId !== undefined) reply.header(HEADERS.requestId, requestId);
      reply.code(status).headers(headers);
      if (body === undefined && text === undefined) return reply.send();
      return reply.type('application/json; charset=utf-8').send(text ?? JSON.stringify(body));
    },
  });
}

const callers = new WeakMap<FastifyRequest, Caller>();

declare module 'fastify' {
  interface FastifyContextConfig {
    operation?: string;
  }
}

/** Measures and logs one request: what was asked by whom and how it ended, and nothing of what it said. */
function watch(setup: ServiceSetup, request: FastifyRequest, reply: FastifyReply): void {
  const { operation } = request.routeOptions.config;
  // Whatever watches over the process asks every few seconds, and nothing is done.
  if (operation === undefined && request.routeOptions.url !== undefined) return;
  const started = performance.now();
  setup.metrics.begin();
  reply.raw.once('close', () => {
    const status = reply.raw.statusCode;
    const milliseconds = performance.now() - started;
    setup.metrics.end(operation ?? 'none', status, milliseconds / 1000);
    const caller = callers.get(request);
    setup.log({
      level: status >= 500 ? 'error' : 'info',
      message: 'request',
      operation: operation ?? null,
      status,
      milliseconds: Math.round(milliseconds),
      // Whoever asked was gone before the answer was out.
      ...(reply.raw.writableFinished ? {} : { lost: true }),
      actor: caller?.session.name ?? null,
      issuer: caller?.session.issuer ?? null,
      subject: caller?.subject ?? null,
      address: request.ip,
      correlationId: correlationIdOf(request),
      requestId: uuidOf(request.headers, HEADERS.requestId) ?? null,
    });
  });
}

function fail(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  setup: ServiceSetup,
): FastifyReply {
  const { status, body, retryAfter, ours } = failureOf(error);
  const correlationId = correlationIdOf(request);
  if (ours) {
    setup.log({ level: 'error', message: 'failure', status, error: describe(error), correlationId });
  }
  if (retryAfter !== undefined) reply.header(HEADERS.retryAfter, String(retryAfter));
  if (status === 401) reply.header('WWW-Authenticate', 'Bearer');
  linger(request);
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/**
 * What still comes of a request that is answered already is thrown away unread. To close at once would take the answer
 * away from whoever is sending; whoever goes on all the same loses the connection after a while.
 */
function linger({ raw }: FastifyRequest): void {
  if (raw.complete) return;
  const late = setTimeout(() => {
    if (!raw.complete) raw.socket.destroy();
  }, LINGER_MS);
  late.unref();
  raw.once('close', () => clearTimeout(late));
}

/** Of what could not be read as a request there is neither a route nor a reply, only what it came through. */
function failUnread(error: NodeJS.ErrnoException, socket: Socket, setup: ServiceSetup): void {
  const reason = error.code ?? '';
  // A connection that was lost, or never came about, is no request.
  if (!/^(HPE_|ERR_HTTP_)/.test(reason) || socket.destroyed) return void socket.destroy();
  const refusal = unreadRefusal(reason);
  const { status, body } = failureOf(refusal);
  const correlationId = randomUUID();
  setup.metrics.begin();
  setup.metrics.end('none', status, 0);
  setup.log({
    level: 'info',
    message: 'request',
    operation: null,
    status,
    reason,
    address: socket.remoteAddress ?? null,
    correlationId,
  });
  if (!socket.writable) return void socket.destroy();
  const text = JSON.stringify(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `${HEADERS.correlationId}: ${correlationId}`,
    'Connection: close',
  ];
  socket.write(`${lines.join('\r\n')}\r\n\r\n${text}`);
  socket.destroySoon();
}

function unreadRefusal(reason: string): ProtocolError {
  if (reason === 'HPE_HEADER_OVERFLOW')
    return new ProtocolError(431, 'USAGE', 'The headers of the request are larger than they may be.');
  if (reason === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new ProtocolError(408, 'UNAVAILABLE', 'The request did not arrive in time.');
  return new ProtocolError(400, 'USAGE', 'This is no request of HTTP.');
}

/** A defect for the log: its kind and place. Values stand in messages of libraries at times, so they are cut. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = error.stack?.split('\n').slice(1, 4).join(' ').replace(/\s+/g, ' ') ?? '';
  return `${error.name}: ${error.message.slice(0, 300)} ${place}`.trim();
}

/** For whatever watches over the process. */
function addHealth(app: FastifyInstance, setup: ServiceSetup, isEnding: () => boolean): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (isEnding()) return reply.code(503).send({ status: 'ending' });
    try {
      await withTimeout(setup.database.reading().first('SELECT 1 AS one'), 3_000);
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'no database' });
    }
  });
  app.get('/metrics', async (request, reply) => {
    await callerOf(setup, askingOf(request));
    return reply
      .type('text/plain; version=0.0.4; charset=utf-8')
      .send(setup.metrics.text(process.memoryUsage.rss()));
  });
}

function withTimeout<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
