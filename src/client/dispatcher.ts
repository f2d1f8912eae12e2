import type { Dispatcher } from 'undici';
import { ProxyFailure } from './proxy-failure.ts';

/** How an origin is reached. */
export interface Route {
  readonly origin: string;
  /** Certificates (PEM) to trust in place of the public ones. */
  readonly ca: string | undefined;
  readonly proxy: string | undefined;
  readonly timeouts: Timeouts;
}

/** Milliseconds. */
export interface Timeouts {
  readonly connect: number;
  /** Until the answer begins. */
  readonly headers: number;
  /** Between two parts of the answer. */
  readonly body: number;
  /** For one operation with all its repeats. */
  readonly operation: number;
  /** The same for those that carry a lot. */
  readonly largeOperation: number;
}

export const TIMEOUTS: Timeouts = {
  connect: 10_000,
  headers: 30_000,
  body: 15_000,
  operation: 60_000,
  largeOperation: 300_000,
};

/** What is used of a dispatcher. */
export interface Connection {
  request(options: Dispatcher.RequestOptions): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
}

/** A few connections of one request at a time each. */
const CONNECTIONS = 4;

/**
 * Connections to one origin. The certificate is always verified, whatever NODE_TLS_REJECT_UNAUTHORIZED says, and
 * redirects are never followed.
 */
export async function connectTo({ origin, ca, proxy, timeouts }: Route): Promise<Connection> {
  const tls = { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) };
  const common = {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    headersTimeout: timeouts.headers,
    bodyTimeout: timeouts.body,
  };
  const [{ default: request }, dispatcher] = await Promise.all([
    import('undici/lib/api/api-request.js'),
    proxy === undefined ? direct() : throughProxy(proxy),
  ]);
  return {
    request: (options) => request.call(dispatcher, { origin, ...options }),
    // What is still under way is not waited for.
    close: () => dispatcher.destroy(),
  };

  async function direct(): Promise<Dispatcher> {
    const { default: Pool } = await import('undici/lib/dispatcher/pool.js');
    return new Pool(origin, { ...common, connect: { ...tls, timeout: timeouts.connect } });
  }

  async function throughProxy(uri: string): Promise<Dispatcher> {
    const [{ default: ProxyAgent }, { default: Pool }, { default: Dispatcher }, { default: connect }] =
      await Promise.all([
        import('undici/lib/dispatcher/proxy-agent.js'),
        import('undici/lib/dispatcher/pool.js'),
        import('undici/lib/dispatcher/dispatcher.js'),
        import('undici/lib/api/api-connect.js'),
      ]);
    // What the package as a whole does when it is loaded: the agent asks its own client for a tunnel.
    Dispatcher.prototype.connect = connect;
    const url = new URL(uri);
    const token =
      url.username === ''
        ? {}
        : {
            token: `Basic ${btoa(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`)}`,
          };
    url.username = '';
    url.password = '';
    return new ProxyAgent({
      ...common,
      ...token,
      uri: url.href,
      requestTls: { ...tls, timeout: timeouts.connect },
      proxyTls: { rejectUnauthorized: true, timeout: timeouts.connect },
      clientFactory: (address, options) => {
        const pool = new Pool(address, { ...options, headersTimeout: timeouts.headers });
        // The library gives what goes wrong here the form of what goes wrong with the service.
        pool.connect = async (asked) => {
          const tunnel = await connect
            .call(pool, { origin: url.origin, ...asked })
            .catch((error: unknown) => {
              throw new ProxyFailure(url.host, undefined, error);
            });
          if (tunnel.statusCode === 200) return tunnel;
          tunnel.socket.on('error', () => {}).destroy();
          throw new ProxyFailure(url.host, tunnel.statusCode);
        };
        return pool;
      },
    });
  }
}
