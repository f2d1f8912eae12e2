import { randomUUID } from 'node:crypto';
import type { Server as HttpServer } from 'node:http';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import { API_PREFIX, HEADERS, LIMITS } from '../contract/conventions.ts';
import { OPERATIONS, type Operation, type OperationId } from '../contract/operations.ts';
import type { Caller } from './call.ts';
import type { Certificate } from './certificate.ts';
import { failureOf, ProtocolError } from './failure.ts';
import { uuidOf } from './reading-input.ts';
import { callerOf } from './refusals.ts';
import { perform } from './service.ts';
import type { Incoming, ServiceSetup } from './setup.ts';

export interface AppSetup extends ServiceSetup {
  readonly tls: Certificate | undefined;
  /** True behind a proxy that ends TLS and says who asks. */
  readonly behindProxy: boolean;
}

/** Time for a request to arrive in full, and for what is under way when the service ends. */
const REQUEST_MS = 120_000;

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
    routerOptions: { maxParamLength: 8_192 },
    ...(tls === undefined ? {} : { https: { ...tls, minVersion: 'TLSv1.2' } }),
  }) as unknown as FastifyInstance<HttpServer>;

  app.addHook('onRequest', async (request, reply) => {
    watch(setup, request, reply);
    reply.header('Cache-Control', 'no-store').header('X-Content-Type-Options', 'nosniff');
    reply.header(HEADERS.correlationId, correlationIdOf(request));
    if (behindProxy && request.headers['x-forwarded-proto'] === 'http') {
      throw new ProtocolError(400, 'USAGE', 'This service is to be asked over TLS.');
    }
  });
  app.setErrorHandler((error, request, reply) => fail(error, request, reply, setup));
  app.setNotFoundHandler((request, reply) =>
    fail(new ProtocolError(404, 'NO_SUCH_RESOURCE', 'There is no such resource.'), request, reply, setup),
  );
  for (const [id, operation] of Object.entries(OPERATIONS))
    addOperation(app, id as OperationId, operation, setup);
  addHealth(app, setup);
  return app;
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

function addOperation(app: FastifyInstance, id: OperationId, operation: Operation, setup: AppSetup): void {
  app.route({
    method: operation.method,
    url: API_PREFIX + operation.path.replace(/\{(\w+)\}/g, ':$1'),
    bodyLimit: operation.requestBytes ?? LIMITS.requestBytes,
    config: { operation: id },
    handler: async (request, reply) => {
      const correlationId = correlationIdOf(request);
      const incoming: Incoming = {
        headers: request.headers,
        parameters: request.params,
        query: request.query,
        body: request.body,
        url: request.url,
        address: request.ip,
        correlationId,
        known: (caller) => callers.set(request, caller),
      };
      const { status, body, text, headers } = await perform(setup, id, incoming);
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
    setup.log({
      level: status >= 500 ? 'error' : 'info',
      message: 'request',
      operation: operation ?? null,
      status,
      milliseconds: Math.round(milliseconds),
      // Whoever asked was gone before the answer was out.
      ...(reply.raw.writableFinished ? {} : { lost: true }),
      actor: callers.get(request)?.session.name ?? null,
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
  return reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(body));
}

/** A defect for the log: its kind and place. Values stand in messages of libraries at times, so they are cut. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const place = error.stack?.split('\n').slice(1, 4).join(' ').replace(/\s+/g, ' ') ?? '';
  return `${error.name}: ${error.message.slice(0, 300)} ${place}`.trim();
}

/** For whatever watches over the process. */
function addHealth(app: FastifyInstance, setup: ServiceSetup): void {
  let ending = false;
  app.addHook('preClose', async () => {
    ending = true;
  });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    if (ending) return reply.code(503).send({ status: 'ending' });
    try {
      await withTimeout(setup.database.reading().first('SELECT 1 AS one'), 3_000);
      return { status: 'ok' };
    } catch {
      return reply.code(503).send({ status: 'no database' });
    }
  });
  app.get('/metrics', async (request, reply) => {
    await callerOf(setup, {
      headers: request.headers,
      parameters: {},
      query: {},
      body: undefined,
      url: request.url,
      address: request.ip,
      correlationId: correlationIdOf(request),
      known: () => {},
    });
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
