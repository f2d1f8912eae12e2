/**
 * Threat model of this file: a signed token is believed only if the configured issuer signed it for us, lately and
 * for a short time. The keys come from the issuer's own address over TLS and from nowhere else: whatever a token
 * says of keys in its header (jwk, jku, x5u, x5c) is not looked at. No token is ever logged.
 */
import type { JWTPayload, JWTVerifyGetKey } from 'jose';

interface Claimed {
  readonly iss?: unknown;
  readonly sub?: unknown;
}

/** A token that did not get anybody in; who it claims to be, for the log. */
abstract class TokenProblem extends Error {
  readonly issuer: string | null;
  readonly subject: string | null;

  constructor(reason: string, claims: Claimed = {}) {
    super(reason);
    this.issuer = shortText(claims.iss);
    this.subject = shortText(claims.sub);
  }
}

/** A token that was looked at and not believed. */
export class TokenRefused extends TokenProblem {}

/** The issuer's keys cannot be had at the moment; that says nothing about the token. */
export class IssuerUnavailable extends TokenProblem {}

/** The issuer describes itself under another name than its tokens: until somebody mends that, none can be proven. */
export class IssuerMisnamed extends TokenProblem {}

function shortText(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, 300) : null;
}

/** Verifies certificates, follows no redirect and limits the size of an answer. */
type Fetch = (url: string, options: RequestInit) => Promise<Response>;

export interface IssuerSetup {
  readonly fetch: Fetch;
}

const ALGORITHMS = ['RS256', 'ES256'];
const SKEW_SECONDS = 60;
const FETCH_MS = 5_000;

/** Keys of issuers, fetched when they are first needed and kept by the library until an unknown one is asked for. */
export class Issuers {
  readonly #fetch: Fetch;
  readonly #keys = new Map<string, Promise<JWTVerifyGetKey>>();

  constructor({ fetch }: IssuerSetup) {
    this.#fetch = fetch;
  }

  /**
   * The claims of a token of this issuer for this audience. Throws TokenRefused, IssuerUnavailable, IssuerMisnamed.
   * @param longest seconds that a token of this kind may last.
   */
  async verify(
    token: string,
    { issuer, audiences, longest }: { issuer: string; audiences: readonly string[]; longest: number },
  ): Promise<JWTPayload & { readonly header: { readonly typ: string | undefined } }> {
    const { jwtVerify, errors } = await import('jose');
    const claimed = await claimsOf(token);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, await this.#keysOf(issuer), {
        algorithms: ALGORITHMS,
        issuer,
        audience: [...audiences],
        clockTolerance: SKEW_SECONDS,
        requiredClaims: ['exp', 'iat', 'sub'],
        maxTokenAge: longest,
      });
      // A token for several audiences could be passed on to us by another one.
      if (typeof payload.aud !== 'string' && payload.aud?.length !== 1) {
        throw new TokenRefused('it is for several audiences', payload);
      }
      if ((payload.exp ?? 0) - (payload.iat ?? 0) > longest)
        throw new TokenRefused('it lasts too long', payload);
      return { ...payload, header: { typ: protectedHeader.typ } };
    } catch (error) {
      if (error instanceof TokenRefused) throw error;
      // Several who ask at once may have waited for the same keys: each is told of its own token.
      if (error instanceof IssuerUnavailable) throw new IssuerUnavailable(error.message, claimed);
      if (error instanceof IssuerMisnamed) throw new IssuerMisnamed(error.message, claimed);
      const isOfKeys =
        !(error instanceof errors.JOSEError) ||
        error instanceof errors.JWKSTimeout ||
        error instanceof errors.JWKSInvalid ||
        error.code === 'ERR_JOSE_GENERIC';
      if (isOfKeys) throw new IssuerUnavailable('its keys cannot be fetched', claimed);
      const ofClaim = error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired;
      throw new TokenRefused(ofClaim ? claimReason(error) : error.code, claimed);
    }
  }

  async #keysOf(issuer: string): Promise<JWTVerifyGetKey> {
    const known = this.#keys.get(issuer);
    if (known !== undefined) return known;
    const found = this.#discover(issuer);
    this.#keys.set(issuer, found);
    try {
      return await found;
    } catch (error) {
      this.#keys.delete(issuer);
      throw error;
    }
  }

  async #discover(issuer: string): Promise<JWTVerifyGetKey> {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const described = await this.#json(address);
    const named = described['issuer'];
    if (named !== issuer) {
      throw new IssuerMisnamed(`its description names another issuer: ${shortText(named) ?? 'none'}`);
    }
    const keys = described['jwks_uri'];
    if (typeof keys !== 'string' || !URL.canParse(keys) || new URL(keys).protocol !== 'https:') {
      throw new IssuerUnavailable('its keys are not to be had over TLS');
    }
    return createRemoteJWKSet(new URL(keys), {
      timeoutDuration: FETCH_MS,
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      [customFetch]: this.#fetch,
    });
  }

  async #json(address: string): Promise<Record<string, unknown>> {
    try {
      const response = await this.#fetch(address, {
        signal: AbortSignal.timeout(FETCH_MS),
        headers: { accept: 'application/json' },
      });
      if (response.status !== 200) throw new IssuerUnavailable(`it answers ${response.status}`);
      const value: unknown = await response.json();
      if (typeof value !== 'object' || value === null) throw new IssuerUnavailable('its description is none');
      return { ...value };
    } catch (error) {
      if (error instanceof IssuerUnavailable) throw error;
      throw new IssuerUnavailable('it cannot be reached');
    }
  }
}

/** Which claim was no good and how, never what it said. */
function claimReason({ claim, reason, code }: { claim: string; reason: string; code: string }): string {
  if (code === 'ERR_JWT_EXPIRED') return `its time is over (${claim})`;
  if (reason === 'missing') return `it has no ${claim}`;
  return `its ${claim} is not as it has to be`;
}

/** What a token says of itself, unproven: only to find out by whom it has to be proven, and for the log. */
export async function claimsOf(token: string): Promise<Claimed & { readonly iss: string }> {
  const { decodeJwt } = await import('jose');
  try {
    const { iss, sub } = decodeJwt(token);
    if (typeof iss === 'string') return { iss, sub };
  } catch {
    // It is refused below.
  }
  throw new TokenRefused('it is no token of ours and not signed');
}
