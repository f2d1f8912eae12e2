import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomId } from '../backend/local/crypto.ts';
import type { Context } from '../context.ts';
import { fileKey } from '../credentials/file-key.ts';
import { AppError, systemCode } from '../errors.ts';
import { unusableCertificate } from '../service/certificate.ts';
import { type Data, fillWithSamples, openData } from '../service/data.ts';
import { checkListening, readListening, STANDARD_LISTEN } from '../service/listening.ts';
import { type PeopleSetup, readRoleMapping } from '../service/people.ts';
import { runService } from '../service/run.ts';
import { addToken } from '../service/tokens.ts';
import { isIssuer } from '../service/trust-rules.ts';
import type { Result } from '../terminal/result.ts';
import { VERSION } from '../version.ts';
import { policySetting } from './shared/policy-setting.ts';
import { type DatabaseOptions, dataPlace } from './shared/team-data.ts';
import { unreadableFile } from './shared/unreadable-file.ts';

export interface ServeOptions extends DatabaseOptions {
  readonly listen?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly behindProxy?: true | undefined;
  readonly sandbox?: true | undefined;
  readonly rate?: number | undefined;
  readonly oidcIssuer?: string | undefined;
  readonly oidcClientId?: string | undefined;
  readonly oidcAudience?: string | undefined;
  readonly oidcScope?: readonly string[] | undefined;
  readonly oidcRoleClaim?: string | undefined;
  readonly oidcRole?: readonly string[] | undefined;
}

/** Requests of one credential each second, unless it is said otherwise. */
const STANDARD_RATE = 1_000;

/** Serves a team's profile until it is told to stop, and finishes what it accepted. */
export async function run(options: ServeOptions, context: Context): Promise<Result> {
  const { terminal, surroundings } = context;
  ignoreOthers(context);
  refuseIgnored(options);
  const listen = readListening(options.listen ?? STANDARD_LISTEN);
  const tls = readTls(options);
  const behindProxy = options.behindProxy === true;
  checkListening(listen, { tls: tls !== undefined, behindProxy });
  const people = readPeople(options);
  const told = untilTold(context);
  const opening = options.sandbox ? sandboxData(context) : teamData(options, context);
  const data = await Promise.race([opening, told]);
  // A database that does not answer keeps nobody waiting: what is still being opened ends with the process.
  if (data === undefined) return { kind: 'nothing' };
  const { now } = surroundings;
  try {
    const running = await runService({
      data,
      listen,
      tls,
      behindProxy,
      people,
      sandbox: options.sandbox === true,
      version: VERSION,
      now,
      env: surroundings.env,
      requestsPerSecond: options.rate ?? STANDARD_RATE,
      log: (entry) => terminal.say(JSON.stringify({ time: now().toISOString(), ...entry })),
    }).catch((error: unknown) => {
      throw cannotListen(error, options.listen ?? STANDARD_LISTEN);
    });
    if (data.token !== undefined) await invite(running.url, data.token, context);
    await told;
    await running.stop();
  } finally {
    data.remove();
  }
  return { kind: 'nothing' };
}

/** What would do nothing was meant to do something. */
function refuseIgnored({ sandbox, database }: ServeOptions): void {
  if (sandbox !== true || database === undefined) return;
  throw new AppError(
    'USAGE',
    'A sandbox is made-up data of its own, so --database does not go with --sandbox.',
    {
      hint: 'Leave one of the two away.',
    },
  );
}

/** Begins to listen for signals at once: whoever stops a service that is still starting must not wait. */
function untilTold({ surroundings }: Context): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      surroundings.signals.on(signal, () => resolve(undefined));
  });
}

/**
 * By itself Node opens its debugger to every program of the machine at SIGUSR1, and every key passes through here; it
 * ends at SIGUSR2, as if nothing were under way.
 */
function ignoreOthers({ surroundings }: Context): void {
  for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) surroundings.signals.on(signal, () => {});
}

function readTls({ tlsCert, tlsKey }: ServeOptions) {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new AppError('USAGE', 'TLS needs both --tls-cert and --tls-key.', {
      hint: 'As in: --tls-cert fullchain.pem --tls-key key.pem',
    });
  }
  return () => ({ cert: readText(tlsCert), key: readText(tlsKey) });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadableFile(error, file, 'It has to be a PEM file that the service may read.');
  }
}

function readPeople(options: ServeOptions): PeopleSetup | undefined {
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcAudience: audience } = options;
  const { oidcScope, oidcRoleClaim, oidcRole } = options;
  const given = [issuer, clientId, audience, oidcScope, oidcRoleClaim, oidcRole];
  if (given.every((value) => value === undefined)) return undefined;
  if (issuer === undefined || clientId === undefined || audience === undefined) {
    throw new AppError('USAGE', 'Signing in needs --oidc-issuer, --oidc-client-id and --oidc-audience.', {
      hint: 'See docs/team-service.md, or leave every --oidc-… away: service tokens need none of them.',
    });
  }
  if (!isIssuer(issuer)) {
    throw new AppError('USAGE', 'The issuer must be an https address, exactly as its tokens name it.', {
      hint: 'As in: --oidc-issuer https://login.example.com',
    });
  }
  return {
    issuer,
    clientId,
    audience,
    scopes: oidcScope ?? ['openid', 'offline_access'],
    roleClaim: oidcRoleClaim ?? 'roles',
    roles: readRoleMapping(oidcRole ?? []),
  };
}

function cannotListen(error: unknown, listen: string): unknown {
  const code = systemCode(error);
  if (/^ERR_(SSL|OSSL|TLS)/.test(code)) return unusableCertificate(code);
  const reasons = new Map([
    ['EADDRINUSE', 'something listens there already'],
    ['EACCES', 'this user may not'],
    ['EADDRNOTAVAIL', 'this machine does not have that address'],
    ['ENOTFOUND', 'there is no host of that name'],
  ]);
  const reason = reasons.get(code);
  if (reason === undefined) return error;
  return new AppError('UNAVAILABLE', `Cannot listen on ${listen}: ${reason}.`, {
    hint: 'Choose another address with --listen.',
    cause: error,
  });
}

/** What is served, with a token to it if it was made for this service alone. */
type Served = Data & { readonly token: string | undefined; readonly remove: () => void };

async function teamData(options: ServeOptions, context: Context): Promise<Served> {
  const data = await openData(await dataPlace(options, context), false);
  return { ...data, token: undefined, remove: () => {} };
}

/** A throw-away copy of made-up data. */
async function sandboxData(context: Context): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-sandbox-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  context.surroundings.signals.on('exit', remove);
  try {
    const source = fileKey(join(folder, 'vault-key'));
    const { now } = context.surroundings;
    const data = await openData(
      {
        url: undefined,
        file: join(folder, 'benefits.db'),
        vaultKey: async () => source,
        vaultKeyPlace: async () => 'file',
        keychain: async () => source,
        policy: policySetting(context),
        now,
      },
      true,
    );
    await fillWithSamples(data);
    const wish = { name: 'sandbox', role: 'admin', products: null, expiresInDays: 1 } as const;
    const { token } = await data.database.write((sql) =>
      addToken(sql, wish, { actor: 'sandbox', now: now(), id: `t-${randomId()}` }),
    );
    return { ...data, token: token.reveal(), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** What to do with a sandbox that is served; for machines as one line of JSON. */
async function invite(url: string, token: string, { terminal, format }: Context): Promise<void> {
  if (format.name === 'json' || format.name === 'jsonl') {
    await terminal.writeOut(`${JSON.stringify({ url, token })}\n`);
    return;
  }
  await terminal.writeText(
    [
      'Made-up data is served until you stop this. Try it in another terminal:',
      '',
      `  export MPN_BENEFITS_SERVICE_URL=${url} MPN_BENEFITS_TOKEN=${token}`,
      '  mpn-benefits list',
      '',
    ].join('\n'),
  );
}
