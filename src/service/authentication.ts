import type { Sql } from '../store/sql.ts';
import type { Caller } from './call.ts';
import { type PeopleSetup, roleOfPerson } from './people.ts';
import { claimsOf, type Issuers, TokenRefused } from './signed-token.ts';
import { checkToken, hashOf, noteUse, TOKEN_PREFIX } from './tokens.ts';
import { fits, type TrustRule } from './trust-rules.ts';
import { rulesOf } from './trust-store.ts';

const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;
/** How often the use of a token is noted. */
const NOTE_EVERY_MS = 300_000;
/** Credentials that are known at a time. */
const MOST_KNOWN = 1_000;

export interface AuthenticationSetup {
  readonly reading: () => Sql;
  readonly writing: (work: (sql: Sql) => Promise<void>) => Promise<void>;
  readonly issuers: Issuers;
  readonly people: PeopleSetup | undefined;
  readonly now: () => Date;
}

/** Finds out who asks, by the one credential that came along. */
export class Authentication {
  readonly #setup: AuthenticationSetup;
  readonly #noted = new Map<string, number>();
  /** Callers by the hash of their token, the one that was seen last at the end. */
  readonly #known = new Map<string, Caller>();

  constructor(setup: AuthenticationSetup) {
    this.#setup = setup;
  }

  /**
   * @param confirming true if the caller's `confirm`, where there is one, is called before anything comes of it.
   * Throws TokenRefused, IssuerUnavailable, IssuerMisnamed.
   */
  async callerOf(authorization: string | undefined, confirming: boolean): Promise<Caller> {
    const token = tokenOf(authorization);
    if (token === undefined) throw new TokenRefused('there is none');
    const hash = hashOf(token);
    const known = this.#known.get(hash);
    if (confirming && known?.confirm !== undefined) {
      this.#remember(hash, known);
      return known;
    }
    try {
      const caller = await (token.startsWith(TOKEN_PREFIX)
        ? this.#byServiceToken(hash)
        : this.#bySignedToken(token));
      this.#remember(hash, caller);
      return caller;
    } catch (error) {
      if (error instanceof TokenRefused) this.#known.delete(hash);
      throw error;
    }
  }

  /** True if this credential was good when this process looked at it last; it may be good no more. */
  knows(authorization: string | undefined): boolean {
    const token = tokenOf(authorization);
    return token !== undefined && this.#known.has(hashOf(token));
  }

  /** Whoever was not seen for the longest time makes room. */
  #remember(hash: string, caller: Caller): void {
    this.#known.delete(hash);
    this.#known.set(hash, caller);
    if (this.#known.size <= MOST_KNOWN) return;
    for (const oldest of this.#known.keys()) return void this.#known.delete(oldest);
  }

  async #bySignedToken(token: string): Promise<Caller> {
    const claimed = await claimsOf(token);
    const { iss: issuer } = claimed;
    if (issuer === this.#setup.people?.issuer) return this.#byPerson(token, this.#setup.people);
    const rules = await rulesOf(this.#setup.reading(), issuer);
    // An issuer that nobody trusts is not asked for its keys.
    if (rules.length === 0) throw new TokenRefused(await this.#whyNotTrusted(issuer), claimed);
    return this.#byWorkload(token, issuer, rules);
  }

  /** For the log: what is compared exactly is easily wrong by a slash. */
  async #whyNotTrusted(issuer: string): Promise<string> {
    const { people, reading } = this.#setup;
    const other = issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`;
    const isNear = other === people?.issuer || (await rulesOf(reading(), other)).length > 0;
    return `its issuer is not trusted${isNear ? ', only one that differs in a slash at the end' : ''}`;
  }

  async #byServiceToken(hash: string): Promise<Caller> {
    const caller = await this.#readToken(this.#setup.reading(), hash);
    const confirm = async (sql: Sql): Promise<void> => {
      try {
        await this.#readToken(sql, hash);
      } catch (error) {
        this.#known.delete(hash);
        throw error;
      }
    };
    return { ...caller, confirm };
  }

  async #readToken(sql: Sql, hash: string): Promise<Caller> {
    const now = this.#setup.now();
    const found = await checkToken(sql, hash, now);
    if ('refused' in found) throw new TokenRefused(`service token ${found.refused}`, { sub: found.id });
    this.#note(found.id, now);
    return {
      key: `token:${found.id}`,
      subject: found.id,
      session: {
        kind: 'service-token',
        name: found.name === null ? found.id : `${found.name} (${found.id})`,
        role: found.role,
        products: found.products === null ? null : [...found.products],
        expires: found.expires,
        issuer: null,
      },
    };
  }

  /** In the background: who asks does not wait for it, and nothing depends on it. */
  #note(id: string, now: Date): void {
    if (now.getTime() - (this.#noted.get(id) ?? 0) < NOTE_EVERY_MS) return;
    this.#noted.set(id, now.getTime());
    this.#setup.writing((sql) => noteUse(sql, id, now)).catch(() => this.#noted.delete(id));
  }

  async #byPerson(token: string, people: PeopleSetup): Promise<Caller> {
    const { issuer, audience } = people;
    const claims = await this.#setup.issuers.verify(token, {
      issuer,
      audiences: [audience],
      longest: DAY_SECONDS,
    });
    const { role, products, name } = roleOfPerson(people, claims, claims.header.typ);
    return {
      key: `person:${issuer}:${claims.sub ?? ''}`,
      subject: claims.sub ?? null,
      session: { kind: 'person', name, role, products: copied(products), expires: endOf(claims.exp), issuer },
    };
  }

  async #byWorkload(token: string, issuer: string, rules: readonly TrustRule[]): Promise<Caller> {
    const claims = await this.#setup.issuers.verify(token, {
      issuer,
      audiences: [...new Set(rules.map(({ audience }) => audience))],
      longest: HOUR_SECONDS,
    });
    const audience = typeof claims.aud === 'string' ? claims.aud : claims.aud?.[0];
    const rule = rules.find((each) => each.audience === audience && fits(each, claims));
    if (rule === undefined) throw new TokenRefused('no rule fits it', claims);
    return {
      key: `workload:${issuer}:${claims.sub ?? ''}`,
      subject: claims.sub ?? null,
      session: {
        kind: 'workload',
        name: (claims.sub ?? rule.id).slice(0, 300),
        role: rule.role,
        products: copied(rule.products),
        expires: endOf(claims.exp),
        issuer,
      },
    };
  }
}

function tokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer ([A-Za-z0-9._~+/=-]{1,16384})$/i.exec(authorization ?? '')?.[1];
}

function endOf(seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(seconds * 1000).toISOString();
}

function copied(products: readonly string[] | null): string[] | null {
  return products === null ? null : [...products];
}
