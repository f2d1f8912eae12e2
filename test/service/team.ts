import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '../../src/contract/access.ts';
import { API_PREFIX, HEADERS } from '../../src/contract/conventions.ts';
import { OPERATIONS, type OperationId } from '../../src/contract/operations.ts';
import { environmentKey } from '../../src/credentials/environment-key.ts';
import { type Data, fillWithSamples, makeVault, openData } from '../../src/service/data.ts';
import { type Running, type RunSetup, runService } from '../../src/service/run.ts';
import { addToken } from '../../src/service/tokens.ts';
import { wireActivation } from '../helpers/activation-request.ts';
import { VAULT_KEY } from '../helpers/cli.ts';

/** A team's service in this process, on a port of its own, over made-up data. */
export interface Team {
  readonly url: string;
  readonly data: Data;
  readonly log: Readonly<Record<string, unknown>>[];
  /** A new token; never kept in the clear anywhere else. */
  readonly token: (role: Role, products?: readonly string[] | null, days?: number) => Promise<string>;
  readonly ask: (id: OperationId, options?: Ask) => Promise<Answer>;
  /** Any request at all. */
  readonly raw: (path: string, init?: RequestInit) => Promise<Response>;
  readonly stop: () => Promise<void>;
}

export interface Ask {
  readonly token?: string | null;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests say themselves what they expect of it.
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any operation
  readonly body: any;
}

export type TeamOptions = Partial<
  Pick<RunSetup, 'people' | 'fetch' | 'env' | 'now' | 'requestsPerSecond' | 'behindProxy'>
> & {
  /** A PostgreSQL database; undefined: a file. */
  readonly url?: string | undefined;
  readonly empty?: true;
  /** What opening the vault ends with, once the service runs. */
  readonly vault?: Data['vault'];
};

export async function startTeam(options: TeamOptions = {}): Promise<Team> {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-service-'));
  const now = options.now ?? (() => new Date());
  const source = environmentKey(VAULT_KEY);
  const data = await openData(
    {
      url: options.url,
      file: join(folder, 'benefits.db'),
      vaultKey: async () => source,
      vaultKeyPlace: async () => 'environment',
      keychain: async () => source,
      policy: 'documented',
      now,
    },
    true,
  );
  await makeVault(data);
  if (options.empty !== true) await fillWithSamples(data);
  const log: Readonly<Record<string, unknown>>[] = [];
  let tokens = 0;
  const token: Team['token'] = async (role, products = null, days = 1) => {
    tokens += 1;
    const wish = { name: `${role} ${tokens}`, role, products, expiresInDays: days };
    const by = { actor: 'test', now: now(), id: `t-${randomUUID().slice(0, 8)}` };
    return (await data.database.write((sql) => addToken(sql, wish, by))).token.reveal();
  };
  const admin = await token('admin');
  const running: Running = await runService({
    data: { ...data, ...(options.vault === undefined ? {} : { vault: options.vault }) },
    listen: { host: '127.0.0.1', port: 0 },
    tls: undefined,
    behindProxy: options.behindProxy ?? false,
    people: options.people,
    sandbox: true,
    version: '0.0.0-test',
    now,
    log: (entry) => log.push(entry),
    requestsPerSecond: options.requestsPerSecond ?? 10_000,
    env: options.env ?? {},
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  });
  return {
    url: running.url,
    data,
    log,
    token,
    ask: (id, ask = {}) => asked(running.url, id, { token: admin, ...ask }),
    raw: (path, init) => fetch(running.url + path, init),
    stop: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** One operation by its id, as the contract has it. */
export async function asked(url: string, id: OperationId, ask: Ask): Promise<Answer> {
  const { method, path, repeat } = OPERATIONS[id];
  const { token, parameters = {}, query = {}, body, headers = {} } = ask;
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parameters[name] ?? ''));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) search.append(name, String(value));
  const response = await fetch(`${url}${API_PREFIX}${place}${search.size === 0 ? '' : `?${search}`}`, {
    method,
    headers: {
      ...(token === null || token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(repeat === 'keyed' ? { [HEADERS.requestId]: randomUUID() } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

export const OFFICE = 'office-proplus-2019';
export const SERVER = 'ws-standard-2019';

/** What an activation is asked for. */
export const activation = (machine: string, productId = OFFICE) => wireActivation(machine, productId);

/** Plans and reserves; the answer of the reservation. */
export async function reserve(
  team: Team,
  machine: string,
  ask: Ask = {},
  productId = OFFICE,
): Promise<Answer> {
  const { token } = ask;
  const credential = token === undefined ? {} : { token };
  const request = activation(machine, productId);
  const { body: confirmed } = await team.ask('planActivation', { body: request, ...credential });
  return team.ask('reserveActivation', { body: { request, confirmed }, ...ask });
}
