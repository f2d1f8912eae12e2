import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, type ClientSetup, createClient } from '../../src/client/client.ts';
import { Secret } from '../../src/keys/secret.ts';

/** A client of nobody's, over a service for tests. */
export function madeUpClient({
  token = 'a-token-of-nobody',
  ...more
}: Partial<ClientSetup> & { readonly origin: string; readonly token?: string }): Client {
  const secret = new Secret(token);
  return createClient({
    ca: undefined,
    env: {},
    credential: { token: async () => secret, renew: async () => undefined },
    keeps: true,
    version: '0',
    now: () => new Date(),
    ...more,
  });
}

/** What a service answers: enough of the contract to see what a client does with it. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

export interface SmallService {
  readonly origin: string;
  readonly asked: Asked[];
  answer: (asked: Asked) => Answer;
  close(): Promise<void>;
}

/** A service of a few lines. */
export async function smallService(): Promise<SmallService> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming) chunks.push(chunk);
    } catch {
      return;
    }
    const text = Buffer.concat(chunks).toString('utf8');
    const about = {
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    service.asked.push(about);
    const { status, body, headers = {} } = service.answer(about);
    outgoing.writeHead(status, { 'content-type': 'application/json', ...headers });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const service: SmallService = {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer: () => ({ status: 404 }),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return service;
}

/** An error in the form of the contract. */
export function failure(
  status: number,
  code: string,
  data: readonly { key: string; value: unknown }[] = [],
): Answer {
  return { status, body: { code, description: `This is ${code}.`, data, source: 'service' } };
}

export const SESSION = {
  kind: 'service-token',
  name: 'token build',
  role: 'provisioner',
  products: ['office-2019'],
  expires: '2027-01-01T00:00:00.000Z',
  issuer: null,
};

export const SETTLED = {
  activationId: 'a-1',
  seq: 1,
  at: '2026-11-24T10:00:00.000Z',
  settledAt: '2026-11-24T10:05:00.000Z',
  productId: 'office-2019',
  keyId: 'k-1',
  keyLast5: '6789B',
  machine: { id: 'm-1', name: 'pc-17' },
  hardware: null,
  scenario: 'new-machine',
  assumed: null,
  reasons: ['new machine'],
  reserved: 1,
  delta: 1,
  policy: 'documented',
  via: 'manual',
  status: 'succeeded',
  code: null,
  reason: null,
  purpose: 'internal',
  actor: 'token build',
};

export function page(items: readonly unknown[], next?: string) {
  return {
    totalCount: items.length,
    items,
    ...(next === undefined ? {} : { continuationToken: next }),
    links: { self: { uri: '/', method: 'GET', headers: [] } },
    attributes: { objectType: 'Collection' },
  };
}
