import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Runner } from '../process/support.ts';
import { cleanEnvironment, PROGRAM, runProgram } from './cli.ts';

/** A team service in a process of its own. */
export interface TestService {
  readonly origin: string;
  /** Of an administrator. */
  readonly token: string;
  /** What it logged so far, line by line. */
  readonly log: readonly string[];
  readonly child: ChildProcess;
  /** Asks it to end, and waits until it has; its exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServiceOptions {
  /** Its own home; a made-up team is served without. */
  readonly home?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where it listens; any free port unless it is said. */
  readonly listen?: string;
  /** A token that is known already. */
  readonly token?: string;
}

/** Starts a service and waits until it listens: over a new, empty profile of that home, or over made-up data. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const { home, env = {}, listen = '127.0.0.1:0', args = [] } = options;
  let token = options.token;
  if (home !== undefined && token === undefined) {
    const made = await runProgram(home, ['serve', 'init', '-o', 'json'], { env });
    if (made.code !== 0) throw new Error(`serve init: ${made.stderr}`);
    token = (made.json() as { token: string }).token;
  }
  const what = home === undefined ? ['--sandbox', '-o', 'json'] : [];
  const child = spawn(process.execPath, [PROGRAM, 'serve', ...what, '--listen', listen, ...args], {
    env: cleanEnvironment(home ?? '/nonexistent', env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: string[] = [];
  const origin = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line);
      if (line.includes('"message":"listening"')) resolve(JSON.parse(line).url);
    });
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}: ${log.join('\n')}`)));
  });
  const said = home === undefined ? once(createInterface({ input: child.stdout }), 'line') : undefined;
  const url = await origin;
  if (said !== undefined) token = JSON.parse(String((await said)[0])).token;
  if (token === undefined) throw new Error('there is no token');
  return {
    origin: url,
    token,
    log,
    child,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}

/** The environment of a client that knows the service from its environment alone. */
export function clientEnvironment({ origin, token }: Pick<TestService, 'origin' | 'token'>) {
  return { MPN_BENEFITS_SERVICE_URL: origin, MPN_BENEFITS_TOKEN: token, MPN_BENEFITS_VAULT_KEY: undefined };
}

/** Commands for a service that is known from the environment alone; asked for it at each run. */
export function through(run: Runner, where: () => Pick<TestService, 'origin' | 'token'>): Runner {
  return (args, options = {}) =>
    run(args, { ...options, env: { ...clientEnvironment(where()), ...options.env } });
}
