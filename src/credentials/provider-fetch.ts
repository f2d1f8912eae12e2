import { type Connection, connectTo, TIMEOUTS } from '../client/dispatcher.ts';
import { proxyFor } from '../client/proxy.ts';
import type { Environment } from '../environment.ts';

interface FetchOptions {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Answers of a provider are small. */
const MOST_BYTES = 1024 * 1024;

/** The same connections as to the service: certificates verified, proxies of the environment, no redirects. */
export async function fetchOver(
  connections: Map<string, Promise<Connection>>,
  address: string,
  options: FetchOptions,
  env: Environment,
): Promise<Response> {
  const url = new URL(address);
  let connection = connections.get(url.origin);
  if (connection === undefined) {
    connection = connectTo({
      origin: url.origin,
      ca: undefined,
      proxy: proxyFor(url, env),
      timeouts: TIMEOUTS,
    });
    connections.set(url.origin, connection);
  }
  const body = options.body;
  const response = await (await connection).request({
    method: options.method === 'POST' ? 'POST' : 'GET',
    path: url.pathname + url.search,
    headers: { ...options.headers },
    body: body === undefined || body === null ? null : String(body),
    signal: options.signal ?? AbortSignal.timeout(TIMEOUTS.operation),
  });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error('the answer is too large');
    chunks.push(chunk);
  }
  const headers = new Headers();
  for (const [name, value] of Object.entries(response.headers)) {
    for (const each of [value].flat()) if (each !== undefined) headers.append(name, each);
  }
  const empty = response.statusCode === 204 || response.statusCode === 304;
  return new Response(empty ? null : Buffer.concat(chunks), { status: response.statusCode, headers });
}
