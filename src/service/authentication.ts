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
/** Service tokens that are known at a time. */
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
  /** Callers by the hash of their token. */
  readonly #known = new Map<string, Caller>();

  constructor(setup: AuthenticationSetup) {
    this.#setup = setup;
  }

  /**
   * @param confirming true if the caller's `confirm` is called before anything comes of it.
   * Throws TokenRefused, IssuerUnavailable.
   */
  async callerOf(authorization: string | undefined, confirming: boolean): Promise<Caller> {
    const token = /^Bearer ([A-Za-z0-9._~+/=-]{1,16384})$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) throw new TokenRefused('there is none');
    if (token.startsWith(TOKEN_PREFIX)) {
      const hash = hashOf(token);
      return (confirming ? this.#known.get(hash) : undefined) ?? this.#byServiceToken(hash);
    }
    const claimed = await claimsOf(token);
    const { iss: issuer } = claimed;
    if (issuer === this.#setup.people?.issuer) return this.#byPerson(token, this.#setup.people);
    const rules = await rulesOf(this.#setup.reading(), issuer);
    // An issuer that nobody trusts is not asked for its keys.
    if (rules.length === 0) throw new TokenRefused('its issuer is not trusted', claimed);
    return this.#byWorkload(token, issuer, rules);
  }

  async #byServiceToken(hash: string): Promise<Caller> {
    const caller = await this.#readToken(this.#setup.reading(), hash);
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const confirm = async (sql: Sql): Promise<void> => {
      try {
        await this.#readToken(sql, hash);
      } catch (error) {
        this.#known.delete(hash);
        throw error;
      }
    };
    this.#known.set(hash, { ...caller, confirm });
    return caller;
  }

  async #readToken(sql: Sql, hash: string): Promise<Caller> {
    const now = this.#setup.now();
    const found = await checkToken(sql, hash, now);
    if ('refused' in found) throw new TokenRefused(`service token ${found.refused}`, { sub: found.id });
    this.#note(found.id, now);
    return {
      key: `token:${found.id}`,
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

function endOf(seconds: number | undefined): string | null {
  return seconds === undefined ? null : new Date(seconds * 1000).toISOString();
}

function copied(products: readonly string[] | null): string[] | null {
  return products === null ? null : [...products];
}
