import { Server as SecureServer } from 'node:https';
import { AppError } from '../errors.ts';
import { createApp } from './app.ts';
import { Authentication } from './authentication.ts';
import { type Certificate, checkCertificate, renewCertificate } from './certificate.ts';
import type { Data } from './data.ts';
import { gathering } from './gathering.ts';
import { issuerFetch } from './issuer-fetch.ts';
import { KnownPages } from './known-pages.ts';
import { RateLimit } from './limits.ts';
import type { Listening } from './listening.ts';
import { Metrics } from './metrics.ts';
import { type PeopleSetup, signInOf } from './people.ts';
import { forgetOldRequests } from './requests.ts';
import type { Log } from './setup.ts';
import { type IssuerSetup, Issuers } from './signed-token.ts';

export interface RunSetup {
  readonly data: Data;
  readonly listen: Listening;
  /** Reads the certificate's files; undefined without TLS. */
  readonly tls: (() => Certificate) | undefined;
  readonly behindProxy: boolean;
  readonly people: PeopleSetup | undefined;
  readonly sandbox: boolean;
  readonly version: string;
  readonly now: () => Date;
  readonly log: Log;
  /** Requests that one credential may make each second. */
  readonly requestsPerSecond: number;
  /** Names the proxy through which issuers are asked. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fetch?: IssuerSetup['fetch'];
}

export interface Running {
  readonly url: string;
  /** Takes no more, finishes what it accepted, and closes the database. */
  readonly stop: () => Promise<void>;
}

/** How long what is under way may take when the service ends. */
const END_MS = 30_000;
const HOUR_MS = 3_600_000;
/** How soon a renewed certificate is served. */
const RENEW_MS = 60_000;

/** Starts the service. Throws USAGE for a certificate that does not work, and whatever listening throws. */
export async function runService(setup: RunSetup): Promise<Running> {
  const { data, listen, behindProxy, people, version, now, log } = setup;
  const { database } = data;
  const clock = () => performance.now();
  let certificate = setup.tls?.();
  if (certificate !== undefined) checkCertificate(certificate);
  const issuers = issuerFetch(setup.env);
  const authentication = new Authentication({
    reading: () => database.reading(),
    writing: (work) => database.write(work),
    issuers: new Issuers({ fetch: setup.fetch ?? issuers.fetch }),
    people,
    now,
  });
  const app = createApp({
    database,
    gather: gathering((work) => database.write(work)),
    parts: data.parts,
    vault: data.vault,
    facts: { version, sandbox: setup.sandbox, signIn: signInOf(people), now },
    authentication,
    metrics: new Metrics(),
    log,
    rate: new RateLimit(setup.requestsPerSecond, setup.requestsPerSecond * 2, clock),
    refusalRate: new RateLimit(0.5, 30, clock),
    pages: new KnownPages(),
    tls: certificate,
    behindProxy,
  });
  const forgetting = setInterval(() => {
    forgetOldRequests(database, now()).catch(() =>
      log({ level: 'warn', message: 'old requests were not removed' }),
    );
  }, HOUR_MS);
  forgetting.unref();
  const renewing = setInterval(() => {
    const { server } = app;
    if (setup.tls === undefined || certificate === undefined || !(server instanceof SecureServer)) return;
    certificate = renewCertificate({ server, serving: certificate }, setup.tls, log);
  }, RENEW_MS);
  renewing.unref();
  await app.listen({ host: listen.host, port: listen.port });
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : listen.port;
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  const url = `${certificate === undefined ? 'http' : 'https'}://${host}:${port}`;
  log({ level: 'info', message: 'listening', url, version });
  await tellOfVault(setup);
  return {
    url,
    stop: async () => {
      clearInterval(forgetting);
      clearInterval(renewing);
      log({ level: 'info', message: 'ending' });
      const late = setTimeout(() => app.server.closeAllConnections(), END_MS);
      await app.close();
      clearTimeout(late);
      await issuers.close();
      await database.close();
      log({ level: 'info', message: 'ended' });
    },
  };
}

/** A service without its vault key can do all but hand out and take in keys, so it starts; but somebody should know. */
async function tellOfVault({ data, log }: RunSetup): Promise<void> {
  try {
    await data.vault(data.database.reading());
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'INTERNAL';
    log({ level: 'warn', message: 'the vault cannot be opened, so no key can be handed out', code });
  }
}
