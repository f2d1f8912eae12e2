import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(
  new URL('../../node_modules/@stoplight/prism-cli/dist/index.js', import.meta.url),
);
const DOCUMENT = fileURLToPath(new URL('../../docs/openapi.json', import.meta.url));

/** Somebody else's proxy that holds every request and answer against the OpenAPI document. */
export interface ValidatingProxy {
  readonly origin: string;
  /** What it objected to so far. */
  readonly violations: () => readonly string[];
  close(): Promise<void>;
}

export async function startValidatingProxy(target: string): Promise<ValidatingProxy> {
  const port = await freePort();
  const child: ChildProcess = spawn(
    process.execPath,
    [PROGRAM, 'proxy', DOCUMENT, target, '--port', String(port), '--host', '127.0.0.1'],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } },
  );
  let said = '';
  child.stdout?.on('data', (chunk) => (said += chunk));
  child.stderr?.on('data', (chunk) => (said += chunk));
  for (let round = 0; round < 300 && !said.includes('listening'); round += 1) {
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    origin: `http://127.0.0.1:${port}`,
    violations: () => said.split('\n').filter((line) => /Violation|UNPROCESSABLE|NO_PATH/.test(line)),
    async close() {
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
