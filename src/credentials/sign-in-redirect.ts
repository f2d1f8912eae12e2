import type { AddressInfo } from 'node:net';

/** Where the provider sends the browser back to. */
export interface Redirect {
  readonly uri: string;
  /** Rejects with a TimeoutError if nobody comes in time. */
  answer(patience: number): Promise<URL>;
  close(): void;
}

/** A port of this machine that takes one answer of the provider, for the sign-in with this state. */
export async function listenForRedirect(state: string): Promise<Redirect> {
  const { createServer } = await import('node:http');
  let deliver: (url: URL) => void = () => {};
  const delivered = new Promise<URL>((resolve) => {
    deliver = resolve;
  });
  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? '/', `http://localhost:${(server.address() as AddressInfo).port}`);
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.setHeader('connection', 'close');
    // Anybody on this machine can knock here; only the provider knows the state.
    if (request.method !== 'GET' || url?.pathname !== '/' || url.searchParams.get('state') !== state) {
      response.statusCode = 404;
      response.end('Nothing here.\n');
      return;
    }
    response.end(
      url.searchParams.has('error')
        ? 'The sign-in was refused. You can close this window.\n'
        : 'Go back to the terminal to see whether the sign-in worked. You can close this window.\n',
    );
    deliver(url);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    uri: `http://localhost:${(server.address() as AddressInfo).port}/`,
    answer(patience) {
      const late = new Promise<never>((_, reject) => {
        const end = AbortSignal.timeout(patience);
        // The signal's own reason has a number for a code.
        const error = Object.assign(new Error('nobody came'), { name: 'TimeoutError' });
        end.addEventListener('abort', () => reject(error));
      });
      return Promise.race([delivered, late]);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
