import { ROLES, type Role, type SignIn } from '../contract/access.ts';
import { AppError } from '../errors.ts';
import { TokenRefused } from './signed-token.ts';

/** How people sign in: one provider, and what its role claim means here. */
export interface PeopleSetup {
  readonly issuer: string;
  readonly clientId: string;
  readonly audience: string;
  readonly scopes: readonly string[];
  readonly roleClaim: string;
  /** Value of the role claim to what it gives. */
  readonly roles: ReadonlyMap<string, { readonly role: Role; readonly products: readonly string[] | null }>;
}

/** Nobody signs in: service tokens and workloads only. */
export const NO_PEOPLE: SignIn = { issuer: null, clientId: null, scopes: [] };

export function signInOf(setup: PeopleSetup | undefined): SignIn {
  if (setup === undefined) return NO_PEOPLE;
  return { issuer: setup.issuer, clientId: setup.clientId, scopes: [...setup.scopes] };
}

/** The meaning of role values by default: the names of the roles themselves. */
export function standardRoles(): Map<string, { role: Role; products: null }> {
  return new Map(ROLES.map((role) => [role, { role, products: null }]));
}

/** `<value>=<role>[:product,product]` as typed. Throws USAGE. */
export function readRoleMapping(texts: readonly string[]): PeopleSetup['roles'] {
  if (texts.length === 0) return standardRoles();
  const roles = new Map<string, { role: Role; products: readonly string[] | null }>();
  for (const typed of texts) {
    const [, value = '', name = '', listed] = /^(.+)=([a-z]+)(?::(.+))?$/.exec(typed) ?? [];
    const role = ROLES.find((known) => known === name);
    if (value === '' || role === undefined || (listed !== undefined && role !== 'provisioner')) {
      throw new AppError('USAGE', `"${typed.slice(0, 80)}" is not <value>=<role>.`, {
        hint: `Roles are ${ROLES.join(', ')}; a provisioner may be limited: team-web=provisioner:office-proplus-2019`,
      });
    }
    roles.set(value, { role, products: listed?.split(',') ?? null });
  }
  return roles;
}

const RANK: Readonly<Record<Role, number>> = { reader: 0, provisioner: 1, admin: 2 };

/** What a person's token gives: the highest of the roles it names. Throws TokenRefused. */
export function roleOfPerson(
  setup: PeopleSetup,
  claims: Readonly<Record<string, unknown>>,
  type: string | undefined,
): { readonly role: Role; readonly products: readonly string[] | null; readonly name: string } {
  // An ID token tells the client who signed in; it is no key to anything, though it is signed by the same issuer.
  const isAccess = /^(application\/)?at\+jwt$/i.test(type ?? '') || 'scp' in claims || 'scope' in claims;
  if (!isAccess) throw new TokenRefused('it is no access token', claims);
  const found = listOf(claims[setup.roleClaim]).flatMap((value) => setup.roles.get(value) ?? []);
  const [best] = found.sort((a, b) => RANK[b.role] - RANK[a.role]);
  if (best === undefined) throw new TokenRefused('it names no role here', claims);
  if (best.role !== 'provisioner') return { ...best, name: nameOf(claims) };
  // Several limited roles add up; one without a limit has none.
  const same = found.filter(({ role }) => role === 'provisioner');
  const products = same.some((each) => each.products === null)
    ? null
    : [...new Set(same.flatMap((each) => each.products ?? []))];
  return { role: 'provisioner', products, name: nameOf(claims) };
}

function listOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split(' ');
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];
}

/** For people to read; who it was is proven by issuer and subject, which stand beside it in the service's log. */
function nameOf(claims: Readonly<Record<string, unknown>>): string {
  for (const claim of ['preferred_username', 'upn', 'email', 'sub']) {
    const value = claims[claim];
    if (typeof value === 'string' && value !== '') return value.slice(0, 200);
  }
  return 'unknown';
}
