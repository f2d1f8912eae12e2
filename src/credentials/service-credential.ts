/**
 * Threat model of this file: a token opens a service in the name of a person or job, so it goes to the one origin it
 * was given for and to nobody else: not over a redirect, not to a profile whose address was changed, not from the
 * environment to another service than the environment names. It is kept in the keychain, never in a file.
 */
import type { Environment } from '../environment.ts';
import { AppError } from '../errors.ts';
import { Secret } from '../keys/secret.ts';
import { NAMELESS } from '../settings/profiles.ts';
import { serviceOrigin } from '../settings/service-url.ts';
import type { Keychain } from './keychain.ts';
import { readLong, removeLong, storeLong } from './long-item.ts';

/** What the keychain holds for one remote profile. */
export type StoredCredential =
  | { readonly kind: 'token'; readonly token: string }
  | {
      readonly kind: 'sign-in';
      readonly issuer: string;
      readonly clientId: string;
      readonly accessToken: string;
      /** Milliseconds since 1970. */
      readonly expiresAt: number;
      readonly refreshToken: string | null;
    };

export type SignInCredential = Extract<StoredCredential, { readonly kind: 'sign-in' }>;

/** The place of one profile's credential. */
export interface CredentialPlace {
  /** For messages: where it is. */
  describe(): string;
  /** Null if there is none, or none that can be read. */
  read(): Promise<StoredCredential | null>;
  store(credential: StoredCredential): Promise<void>;
  remove(): Promise<boolean>;
}

export function credentialPlace(
  keychain: Keychain,
  profile: string,
  origin: string,
  randomUuid: () => string,
): CredentialPlace {
  // The origin is part of the name: another address finds nothing here.
  const account = `service:${profile}@${origin}`;
  return {
    describe: () => keychain.describe(),
    async read() {
      const text = await readLong(keychain, account);
      return text === null || text === undefined ? null : parseCredential(text);
    },
    store: (credential) => storeLong(keychain, account, new Secret(JSON.stringify(credential)), randomUuid()),
    remove: () => removeLong(keychain, account),
  };
}

function parseCredential(text: Secret): StoredCredential | null {
  let value: unknown;
  try {
    value = JSON.parse(text.reveal());
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('kind' in value)) return null;
  const { kind, token, issuer, clientId, accessToken, expiresAt, refreshToken }: Record<string, unknown> = {
    ...value,
  };
  if (kind === 'token' && typeof token === 'string') return { kind, token };
  if (
    kind !== 'sign-in' ||
    typeof issuer !== 'string' ||
    typeof clientId !== 'string' ||
    typeof accessToken !== 'string' ||
    typeof expiresAt !== 'number'
  ) {
    return null;
  }
  const refresh = typeof refreshToken === 'string' ? refreshToken : null;
  return { kind, issuer, clientId, accessToken, expiresAt, refreshToken: refresh };
}

/** `MPN_BENEFITS_TOKEN`, if MPN_BENEFITS_SERVICE_URL says that it is for this origin. */
export function environmentToken(env: Environment, origin: string): Secret | undefined {
  const token = env['MPN_BENEFITS_TOKEN'];
  const url = env['MPN_BENEFITS_SERVICE_URL'];
  if (!token || !url || serviceOrigin(url) !== origin) return undefined;
  return new Secret(checkToken(token.trim(), 'MPN_BENEFITS_TOKEN'));
}

/** A token is one word of visible characters; anything else would break the header it goes into. Throws USAGE. */
export function checkToken(token: string, what: string): string {
  if (/^[\x21-\x7e]{8,16384}$/.test(token)) return token;
  throw new AppError('USAGE', `${what} holds no token.`, {
    hint: 'A service token is one word, as serve token add printed it.',
  });
}

export interface CredentialSources {
  readonly profile: string;
  readonly origin: string;
  readonly env: Environment;
  /** Null for a profile that keeps nothing. */
  readonly place: () => Promise<CredentialPlace | null>;
  /** Does the work while no other process of this profile refreshes. */
  readonly alone: <T>(work: () => Promise<T>) => Promise<T>;
  /** Throws AUTH_REQUIRED if the sign-in has ended, UNAVAILABLE. */
  readonly refresh: (credential: SignInCredential) => Promise<SignInCredential>;
  readonly now: () => Date;
}

/** A token that ends within so many milliseconds is not used any more. */
const MARGIN = 60_000;

/** The token for a profile's service, from the first place that has one. */
export class ServiceCredential {
  readonly #sources: CredentialSources;
  #known: StoredCredential | undefined;

  constructor(sources: CredentialSources) {
    this.#sources = sources;
  }

  async token(): Promise<Secret> {
    const { env, origin, now } = this.#sources;
    const given = environmentToken(env, origin);
    if (given !== undefined) return given;
    const stored = this.#known ?? (await (await this.#sources.place())?.read());
    if (stored === null || stored === undefined) throw this.#noCredential();
    this.#known = stored;
    if (stored.kind === 'token') return new Secret(stored.token);
    if (stored.expiresAt - MARGIN > now().getTime()) return new Secret(stored.accessToken);
    return (await this.#refreshed(new Secret(stored.accessToken))) ?? new Secret(stored.accessToken);
  }

  async renew(refused: Secret): Promise<Secret | undefined> {
    if (environmentToken(this.#sources.env, this.#sources.origin) !== undefined) return undefined;
    return this.#refreshed(refused);
  }

  /** Another token than this one: what another process has fetched meanwhile, or a new one. */
  async #refreshed(old: Secret): Promise<Secret | undefined> {
    const place = await this.#sources.place();
    if (place === null) return undefined;
    return this.#sources.alone(async () => {
      const stored = await place.read();
      if (stored?.kind !== 'sign-in') return undefined;
      if (stored.accessToken !== old.reveal()) {
        this.#known = stored;
        return new Secret(stored.accessToken);
      }
      if (stored.refreshToken === null) return undefined;
      const next = await this.#sources.refresh(stored);
      this.#known = next;
      await place.store(next);
      return new Secret(next.accessToken);
    });
  }

  #noCredential(): AppError {
    const { profile, origin, env } = this.#sources;
    const given = Boolean(env['MPN_BENEFITS_TOKEN']);
    const elsewhere = given ? ' MPN_BENEFITS_TOKEN goes to MPN_BENEFITS_SERVICE_URL only.' : '';
    const signIn = `Sign in with: mpn-benefits auth login -p ${profile}`;
    return new AppError('AUTH_REQUIRED', `There is no credential for ${origin}.${elsewhere}`, {
      hint:
        profile === NAMELESS
          ? 'Set MPN_BENEFITS_TOKEN beside MPN_BENEFITS_SERVICE_URL.'
          : given
            ? `${signIn}. Or, if that token is for this service, set MPN_BENEFITS_SERVICE_URL=${origin} too.`
            : signIn,
      details: { service: origin, profile },
    });
  }
}
