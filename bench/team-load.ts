/** Many clients of a team's service in one process, each with a connection of its own. */
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { wireActivation } from '../test/helpers/activation-request.ts';
import type { Team } from './team.ts';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers of a service of ours, read by those who asked
  readonly body: any;
}

export interface Load {
  readonly ask: (client: number, method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/**
 * Whoever asks works on the same cores as what is measured, so it does no more than it must: a connection for each
 * client, answers collected as they come, and a body that was written before is sent as it is.
 * @param clients shared out evenly over the services.
 */
export function createLoad({ services, token }: Team, clients: number): Load {
  const connections = Array.from({ length: clients }, (_, number) => {
    const { origin } = services[number % services.length] ?? {};
    if (origin === undefined) throw new Error('there is no service');
    return new Client(origin, { pipelining: 1 });
  });
  const authorization = `Bearer ${token}`;
  return {
    ask(client, method, path, body) {
      const connection = connections[client % clients];
      if (connection === undefined) throw new Error('there is no client');
      const headers =
        body === undefined
          ? { authorization }
          : { authorization, 'content-type': 'application/json', 'ms-requestid': randomUUID() };
      const text = body === undefined || typeof body === 'string' ? (body ?? null) : JSON.stringify(body);
      return new Promise<Answer>((resolve, reject) => {
        const chunks: Buffer[] = [];
        let status = 0;
        connection.dispatch(
          { path: `/v1${path}`, method, headers, body: text },
          {
            onRequestStart: () => {},
            onResponseStart: (_, code) => {
              status = code;
            },
            onResponseData: (_, chunk) => void chunks.push(chunk),
            onResponseEnd: () => {
              const answer = Buffer.concat(chunks).toString();
              resolve({ status, body: answer === '' ? undefined : JSON.parse(answer) });
            },
            onResponseError: (_, error) => reject(error),
          },
        );
      });
    },
    close: async () => {
      await Promise.all(connections.map((connection) => connection.close()));
    },
  };
}

async function askFor(
  { ask }: Load,
  client: number,
  status: number,
  ...asked: ['GET' | 'POST', string, unknown?]
) {
  const answer = await ask(client, ...asked);
  if (answer.status === status) return answer.body;
  throw new Error(`${asked[0]} ${asked[1]}: ${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Every client works again and again until the time is over; how often all of them together did, each second. */
export async function perSecond(
  clients: number,
  seconds: number,
  work: (client: number, round: number) => Promise<void>,
): Promise<number> {
  let count = 0;
  const start = performance.now();
  const end = start + seconds * 1_000;
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let round = 0; performance.now() < end; round += 1) {
        await work(client, round);
        count += 1;
      }
    }),
  );
  return count / ((performance.now() - start) / 1_000);
}

/** What a client confirmed once, as it is sent; it holds for every other new machine. */
export async function planOf(load: Load, productId: string): Promise<string> {
  const plan = await askFor(load, 0, 200, 'POST', '/activation-plans', wireActivation('planned', productId));
  return JSON.stringify(plan);
}

/** Reserves for a new machine; undefined if the key has none left. */
export async function reserve(
  load: Load,
  client: number,
  productId: string,
  confirmed: string,
  machine: string,
): Promise<string | undefined> {
  const body = `{"request":${JSON.stringify(wireActivation(machine, productId))},"confirmed":${confirmed}}`;
  const answer = await load.ask(client, 'POST', '/activations', body);
  if (answer.status === 201) return answer.body.performed.activationId;
  if (answer.body.code === 'ACTIVATION_LIMIT_REACHED') return undefined;
  throw new Error(`reserving: ${answer.status} ${JSON.stringify(answer.body)}`);
}

export async function settle(load: Load, client: number, activationId: string): Promise<void> {
  const body = { outcome: 'succeeded', code: null, reason: null };
  await askFor(load, client, 200, 'POST', `/activations/${activationId}/settlements`, body);
}

export async function keyOf(load: Load, productId: string) {
  const { items } = await askFor(load, 0, 200, 'GET', `/keys?productId=${encodeURIComponent(productId)}`);
  return items[0] as { readonly id: string; readonly used: number; readonly pending: number };
}

export async function reveal(load: Load, client: number, keyId: string): Promise<void> {
  const body = { productId: null, job: null, purpose: null, way: 'terminal', target: null };
  await askFor(load, client, 201, 'POST', `/keys/${keyId}/reveals`, body);
}

export async function read(load: Load, client: number, path: string): Promise<void> {
  await askFor(load, client, 200, 'GET', path);
}

/**
 * Asks at a steady rate whether or not the answers come, as independent clients do; the time below which 99 of 100
 * answers came, counted from when each was due.
 */
export async function p99AtRate(
  rate: number,
  seconds: number,
  clients: number,
  work: (client: number) => Promise<void>,
): Promise<number> {
  const times: number[] = [];
  const all: Promise<void>[] = [];
  const start = performance.now();
  for (let number = 0; number < rate * seconds; number += 1) {
    const due = start + (number / rate) * 1_000;
    const wait = due - performance.now();
    if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
    all.push(
      work(number % clients).then(() => {
        times.push(performance.now() - due);
      }),
    );
  }
  await Promise.all(all);
  times.sort((a, b) => a - b);
  return times[Math.ceil(times.length * 0.99) - 1] ?? Number.NaN;
}
