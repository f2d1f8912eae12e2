import { randomUUID } from 'node:crypto';
import { API_PREFIX, HEADERS, LIMITS } from '../contract/conventions.ts';
import type { Operation, ReadOnly } from '../contract/operation.ts';
import {
  type AnswerOf,
  type BodyOf,
  OPERATIONS,
  type OperationId,
  type ParametersOf,
  type QueryOf,
} from '../contract/operations.ts';
import type { AppError } from '../errors.ts';
import type { Secret } from '../keys/secret.ts';
import { addressOf, withoutQuery } from './address.ts';
import { isDone, jsonOf, parsed, type ReadAnswer } from './answer.ts';
import { type Connection, connectTo, TIMEOUTS, type Timeouts } from './dispatcher.ts';
import { type Answer, exchange, type Request, Trouble, type TroubleKind } from './exchange.ts';
import {
  answerError,
  checkSize,
  isUnopenedVault,
  type Occasion,
  troubleError,
  unreadableError,
} from './failure.ts';
import { type AskForPage, allItems, type Page, pagesOf } from './pages.ts';
import { proxyFor } from './proxy.ts';
import { ProxyFailure } from './proxy-failure.ts';
import { isCertificateReason } from './reason.ts';
import { isWorthRepeating, pauseBefore, RETRIES, retryAfter } from './retry.ts';

/** Where the credential for one origin comes from. */
export interface Credential {
  /** Throws AUTH_REQUIRED if there is none. */
  token(): Promise<Secret>;
  /** After the service refused it: another one, if there can be one. */
  renew(refused: Secret): Promise<Secret | undefined>;
}

export interface ClientSetup {
  /** `https://host[:port]`, or http to this machine. */
  readonly origin: string;
  readonly ca: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly credential: Credential;
  /** True where what was fetched is kept, to be seen with --offline. */
  readonly keeps: boolean;
  readonly version: string;
  readonly now: () => Date;
  readonly timeouts?: Partial<Timeouts>;
  readonly pause?: (milliseconds: number) => Promise<void>;
  readonly debug?: ((text: string) => void) | undefined;
}

/** What goes along with an operation. */
export type Input<Id extends OperationId> = {
  readonly parameters?: ParametersOf<Id>;
  readonly query?: Partial<QueryOf<Id>>;
  readonly body?: ReadOnly<BodyOf<Id>>;
  readonly ifMatch?: string | undefined;
};

/** What came back, with the mark of this state of it. */
export interface Tagged<Value> {
  readonly value: Value;
  readonly etag: string | null;
}

/** The service, typed by its contract. One client speaks to one origin with one credential. */
export interface Client {
  call<Id extends OperationId>(id: Id, input?: Input<Id>): Promise<AnswerOf<Id>>;
  /** Undefined if it still is what `etag` says. */
  tagged<Id extends OperationId>(
    id: Id,
    input: Input<Id>,
    etag: string | undefined,
  ): Promise<Tagged<AnswerOf<Id>> | undefined>;
  /** All items of a collection, page by page. */
  items<Id extends ListId>(id: Id, query?: Partial<QueryOf<Id>>): AsyncIterable<ItemOf<Id>>;
  /** All items at once, or undefined if they still are what `etag` says. */
  all<Id extends ListId>(id: Id, etag: string | undefined): Promise<Tagged<ItemOf<Id>[]> | undefined>;
  close(): Promise<void>;
}

type ListId = {
  [Id in OperationId]: AnswerOf<Id> extends { readonly items: readonly unknown[] } ? Id : never;
}[OperationId];
type ItemOf<Id extends OperationId> =
  AnswerOf<Id> extends { readonly items: readonly (infer Item)[] } ? Item : never;

export function createClient(setup: ClientSetup): Client {
  return new ServiceClient(setup);
}

class ServiceClient implements Client {
  readonly #setup: ClientSetup;
  readonly #timeouts: Timeouts;
  #connection: Promise<Connection> | undefined;

  constructor(setup: ClientSetup) {
    this.#setup = setup;
    this.#timeouts = { ...TIMEOUTS, ...setup.timeouts };
  }

  async call<Id extends OperationId>(id: Id, input: Input<Id> = {}): Promise<AnswerOf<Id>> {
    return (await this.#perform(id, input, {})).value;
  }

  async tagged<Id extends OperationId>(
    id: Id,
    input: Input<Id>,
    etag: string | undefined,
  ): Promise<Tagged<AnswerOf<Id>> | undefined> {
    const headers = etag === undefined ? {} : { [HEADERS.ifNoneMatch]: etag };
    const done = await this.#perform(id, input, headers);
    return done.status === 304 ? undefined : done;
  }

  async *items<Id extends ListId>(id: Id, query: Partial<QueryOf<Id>> = {}): AsyncIterable<ItemOf<Id>> {
    for await (const { page } of pagesOf(this.#pageOf(id), query, undefined)) yield* page?.items ?? [];
  }

  async all<Id extends ListId>(id: Id, etag: string | undefined): Promise<Tagged<ItemOf<Id>[]> | undefined> {
    return allItems(this.#pageOf(id), etag);
  }

  async close(): Promise<void> {
    // One that never came about was told of already, by what was asked over it.
    await (await this.#connection?.catch(() => undefined))?.close();
  }

  #pageOf<Id extends ListId>(id: Id): AskForPage<ItemOf<Id>> {
    return async (query, headers) => {
      // The contract's form of a collection, which TypeScript does not see through the id.
      const done = await this.#perform(id, { query } as Input<Id>, headers);
      return {
        page: done.status === 304 ? null : (done.value as Page<ItemOf<Id>>),
        etag: done.status === 304 ? null : done.etag,
        circle: () =>
          unreadableError('its pages go round in a circle', this.#occasion(id, done.correlationId, false)),
      };
    };
  }

  async #perform<Id extends OperationId>(
    id: Id,
    input: Input<Id>,
    headers: Readonly<Record<string, string>>,
  ): Promise<Tagged<AnswerOf<Id>> & { readonly status: number; readonly correlationId: string }> {
    const operation: Operation = OPERATIONS[id];
    const correlationId = randomUUID();
    const request = this.#request(id, input, correlationId, headers);
    const { answer, json } = await this.#repeat(id, request, correlationId);
    const etag = answer.header('etag') ?? null;
    // Validated on this line's way: `parsed` throws for whatever is not in the form of the contract.
    const value = (
      answer.status === 304
        ? undefined
        : parsed(operation, json, this.#occasion(id, correlationId, operation.repeat === 'keyed'))
    ) as AnswerOf<Id>;
    return { value, etag, status: answer.status, correlationId };
  }

  #occasion(operation: OperationId, correlationId: string, unsure: boolean): Occasion {
    const { origin, keeps } = this.#setup;
    return { origin, operation, correlationId, unsure, keeps };
  }

  #request<Id extends OperationId>(
    id: Id,
    { parameters, query, body, ifMatch }: Input<Id>,
    correlationId: string,
    headers: Readonly<Record<string, string>>,
  ): Request {
    const operation: Operation = OPERATIONS[id];
    const text = body === undefined ? undefined : JSON.stringify(body);
    if (text !== undefined) checkSize(id, Buffer.byteLength(text));
    return {
      method: operation.method,
      path: API_PREFIX + addressOf(operation.path, parameters ?? {}, query ?? {}),
      headers: {
        accept: 'application/json',
        'user-agent': `mpn-benefits/${this.#setup.version}`,
        [HEADERS.correlationId]: correlationId,
        ...(operation.repeat === 'keyed' ? { [HEADERS.requestId]: randomUUID() } : {}),
        ...(text === undefined ? {} : { 'content-type': 'application/json' }),
        ...(ifMatch === undefined ? {} : { [HEADERS.ifMatch]: ifMatch }),
        ...headers,
      },
      body: text,
      limit: operation.answerBytes ?? LIMITS.answerBytes,
    };
  }

  /** The answer that says it is done (or unchanged); everything else is thrown as an AppError. */
  async #repeat(id: OperationId, request: Request, correlationId: string): Promise<ReadAnswer> {
    const operation: Operation = OPERATIONS[id];
    const { pause = sleep, now } = this.#setup;
    const time =
      operation.requestBytes === undefined ? this.#timeouts.operation : this.#timeouts.largeOperation;
    const end = performance.now() + time;
    const tries = RETRIES[operation.repeat];
    const changes = operation.repeat === 'keyed';
    // Whatever a later round ends with, an earlier one may have done it.
    let unsure = false;
    let renewed = false;
    let token = operation.open === true ? undefined : await this.#setup.credential.token();
    for (let round = 1; ; round += 1) {
      let failure: AppError;
      let wait = pauseBefore(round, Math.random());
      try {
        const answer = await this.#once(request, token, end - performance.now());
        this.#setup.debug?.(
          `${request.method} ${withoutQuery(request.path)} → ${answer.status} (${correlationId})`,
        );
        const json = jsonOf(answer);
        if (isDone(operation, answer, json)) return { answer, json };
        const foreign = answer.status < 300;
        const unopened = isUnopenedVault(answer, json);
        unsure ||= changes && (foreign || (answer.status >= 500 && !unopened));
        const occasion = this.#occasion(id, correlationId, unsure);
        failure = foreign
          ? unreadableError('it is not in the form of the team service', occasion)
          : answerError(answer, json, occasion);
        if (answer.status === 401 && token !== undefined && !renewed) {
          renewed = true;
          token = await this.#setup.credential.renew(token);
          if (token === undefined) throw failure;
          round -= 1;
          continue;
        }
        if (unopened) throw failure;
        if (!isWorthRepeating(answer.status) && !foreign) throw failure;
        wait = Math.max(wait, retryAfter(answer.header('retry-after'), now()) ?? 0);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        unsure ||= changes && WAS_SENT.has(error.kind);
        failure = troubleError(error, this.#occasion(id, correlationId, unsure));
        this.#setup.debug?.(
          `${request.method} ${withoutQuery(request.path)}: ${error.message} (${correlationId})`,
        );
        if (!mayPass(error)) throw failure;
      }
      if (round >= tries || performance.now() + wait >= end) throw failure;
      await pause(wait);
    }
  }

  async #once(request: Request, token: Secret | undefined, left: number): Promise<Answer> {
    if (left <= 0) throw new Trouble('late', 'no time left');
    this.#connection ??= connectTo({
      origin: this.#setup.origin,
      ca: this.#setup.ca,
      proxy: proxyFor(new URL(this.#setup.origin), this.#setup.env),
      timeouts: this.#timeouts,
    });
    const headers =
      token === undefined
        ? request.headers
        : { ...request.headers, authorization: `Bearer ${token.reveal()}` };
    return exchange(await this.#connection, { ...request, headers }, AbortSignal.timeout(Math.ceil(left)));
  }
}

/** Whether another try may fare better. */
function mayPass({ kind, reason, cause }: Trouble): boolean {
  if (kind !== 'proxy') return kind === 'not-connected' || kind === 'lost';
  const status = cause instanceof ProxyFailure ? cause.status : undefined;
  return status === undefined ? !isCertificateReason(reason) : isWorthRepeating(status);
}

/** Trouble after which it may have been done all the same. */
const WAS_SENT: ReadonlySet<TroubleKind> = new Set<TroubleKind>(['lost', 'late', 'too-large']);

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
