import type { IncomingHttpHeaders } from 'node:http';
import type { Parts } from '../backend/local/local.ts';
import type { Sql } from '../store/sql.ts';
import type { Vault } from '../vault/vault.ts';
import type { Authentication } from './authentication.ts';
import type { Caller, ServiceFacts } from './call.ts';
import type { ServiceDatabase } from './database.ts';
import type { Gather } from './gathering.ts';
import type { KnownPages } from './known-pages.ts';
import type { RateLimit } from './limits.ts';
import type { Metrics } from './metrics.ts';

/** A line of the log; never a key or token. */
export type Log = (entry: Readonly<Record<string, string | number | boolean | null>>) => void;

export interface ServiceSetup {
  readonly database: ServiceDatabase;
  /** Writes together what comes at the same time. */
  readonly gather: Gather;
  readonly parts: Parts;
  readonly vault: (sql: Sql) => Promise<Vault>;
  readonly facts: ServiceFacts;
  readonly authentication: Authentication;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Requests of one credential. */
  readonly rate: RateLimit;
  /** Refused credentials of one address. */
  readonly refusalRate: RateLimit;
  readonly pages: KnownPages;
}

/** What is known of a request before its body is read. */
export interface Asking {
  readonly headers: IncomingHttpHeaders;
  readonly address: string;
  readonly correlationId: string;
  /** Tells the log who asked, as soon as that is known. */
  readonly known: (caller: Caller) => void;
}

/** A request as the HTTP layer read it. */
export interface Incoming extends Asking {
  readonly parameters: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly url: string;
}

export interface Outgoing {
  readonly status: number;
  /** A value to be sent as JSON; undefined for none. */
  readonly body: unknown;
  /** The same as JSON already. */
  readonly text?: string;
  readonly headers: Readonly<Record<string, string>>;
}
