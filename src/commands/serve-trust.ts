import { randomId } from '../backend/local/crypto.ts';
import type { Context } from '../context.ts';
import type { Role } from '../contract/access.ts';
import { AppError } from '../errors.ts';
import type { TrustRule } from '../service/trust-rules.ts';
import { addRule, listRules, removeRule } from '../service/trust-store.ts';
import type { Result } from '../terminal/result.ts';
import { type DatabaseOptions, operatorOf, productIds, withData } from './shared/team-data.ts';

export interface AddOptions extends DatabaseOptions {
  readonly issuer: string;
  readonly audience: string;
  readonly claim: readonly string[];
  readonly role: Role;
  readonly products?: readonly string[] | undefined;
}

type RuleRow = { readonly [Field in keyof TrustRule]: TrustRule[Field] };

/** Trusts the tokens of a pipeline's platform that say what the rule says. */
export async function add(options: AddOptions, context: Context): Promise<Result> {
  const claims = readClaims(options.claim);
  return withData(options, context, false, async (data) => {
    const { issuer, audience, role } = options;
    const products = await productIds(options.products, data);
    const by = { actor: operatorOf(context), now: context.surroundings.now(), id: `r-${randomId()}` };
    const value: RuleRow = await data.database.write((sql) =>
      addRule(sql, { issuer, audience, claims, role, products }, by),
    );
    return { kind: 'record', value, render: () => `Rule ${value.id}: ${described(value)}.` };
  });
}

function readClaims(typed: readonly string[]): Record<string, string> {
  const claims: Record<string, string> = {};
  for (const text of typed) {
    const at = text.indexOf('=');
    const name = text.slice(0, at);
    if (at < 1 || Object.hasOwn(claims, name)) {
      throw new AppError('USAGE', `"${text.slice(0, 80)}" is not <name>=<value>, or the name came before.`, {
        hint: 'For example --claim repository_id=1234 --claim ref=refs/heads/main',
      });
    }
    claims[name] = text.slice(at + 1);
  }
  return claims;
}

function described({ issuer, audience, claims, role, products }: TrustRule): string {
  const said = Object.entries(claims).map(([name, value]) => `${name}=${value}`);
  // Nobody should be a provisioner of everything by oversight.
  const all = role === 'provisioner' ? ' for all products' : '';
  const limit = products === null ? all : ` for ${products.join(', ')}`;
  return `${issuer} with audience ${audience} and ${said.join(', ')} is ${role}${limit}`;
}

/** All rules. */
export async function list(options: DatabaseOptions, context: Context): Promise<Result> {
  return withData(options, context, false, async ({ database }) => {
    const rows: RuleRow[] = await listRules(database.reading());
    return {
      kind: 'rows',
      rows,
      fields: ['id', 'issuer', 'audience', 'claims', 'role', 'products', 'createdBy'],
      columns: [
        { heading: 'Id', text: (row: RuleRow) => row.id, whole: true },
        { heading: 'Role', text: (row: RuleRow) => row.role },
        { heading: 'Issuer', text: (row: RuleRow) => row.issuer },
        { heading: 'Audience', text: (row: RuleRow) => row.audience, yields: 1 },
        {
          heading: 'Claims',
          text: (row: RuleRow) =>
            Object.entries(row.claims)
              .map(([name, value]) => `${name}=${value}`)
              .join(' '),
        },
        { heading: 'Products', text: (row: RuleRow) => row.products?.join(', ') ?? 'all', yields: 2 },
        { heading: 'Made by', text: (row: RuleRow) => row.createdBy, yields: 3 },
      ],
      empty: 'No workload is trusted.',
    };
  });
}

/** Trusts a workload no longer, from the next request on. */
export async function remove(
  options: DatabaseOptions & { readonly id: string },
  context: Context,
): Promise<Result> {
  return withData(options, context, false, async ({ database }) => {
    const value: RuleRow = await database.write((sql) => removeRule(sql, options.id));
    return { kind: 'record', value, render: () => `Removed the rule ${value.id}.` };
  });
}
