import { randomId } from '../backend/local/crypto.ts';
import type { Context } from '../context.ts';
import type { Role } from '../contract/access.ts';
import { addToken, listTokens, revokeToken, type TokenEntry } from '../service/tokens.ts';
import type { Result } from '../terminal/result.ts';
import { timeCell } from './shared/cells.ts';
import { type DatabaseOptions, operatorOf, productIds, withData } from './shared/team-data.ts';

export interface AddOptions extends DatabaseOptions {
  readonly role: Role;
  readonly products?: readonly string[] | undefined;
  readonly expires: number;
  readonly name?: string | undefined;
}

/** Makes a service token and shows it once. */
export async function add(options: AddOptions, context: Context): Promise<Result> {
  return withData(options, context, false, async (data) => {
    const products = await productIds(options.products, data);
    const wish = { name: options.name ?? null, role: options.role, products, expiresInDays: options.expires };
    const by = { actor: operatorOf(context), now: context.surroundings.now(), id: `t-${randomId()}` };
    const { token, entry } = await data.database.write((sql) => addToken(sql, wish, by));
    const { id, role, expires } = entry;
    return {
      kind: 'record',
      value: { id, token: token.reveal(), role, expires, products },
      render: () =>
        [
          `A ${role} token, shown once, until ${expires.slice(0, 10)}:`,
          '',
          `  ${token.reveal()}`,
          '',
          ...(role === 'provisioner' ? [`It takes out the keys of ${namedProducts(products)}.`] : []),
          `Revoke it with: mpn-benefits serve token revoke ${id}`,
        ].join('\n'),
    };
  });
}

/** Nobody should be a provisioner of everything by oversight. */
function namedProducts(products: readonly string[] | null): string {
  return products === null
    ? 'all products, since none was named with --products'
    : `these products only: ${products.join(', ')}`;
}

const FIELDS = [
  'id',
  'name',
  'role',
  'products',
  'created',
  'expires',
  'revoked',
  'lastUsed',
  'createdBy',
] as const satisfies readonly (keyof TokenEntry)[];

type TokenRow = { readonly [Field in keyof TokenEntry]: TokenEntry[Field] };

/** All service tokens, without what opens anything. */
export async function list(options: DatabaseOptions, context: Context): Promise<Result> {
  return withData(options, context, false, async ({ database }) => {
    const now = context.surroundings.now().toISOString();
    const rows: TokenRow[] = await listTokens(database.reading());
    return {
      kind: 'rows',
      rows,
      fields: FIELDS,
      columns: [
        { heading: 'Id', text: (row: TokenRow) => row.id, whole: true },
        { heading: 'Name', text: (row: TokenRow) => row.name ?? '' },
        { heading: 'Role', text: (row: TokenRow) => row.role },
        { heading: 'Products', text: (row: TokenRow) => row.products?.join(', ') ?? 'all', yields: 2 },
        {
          heading: 'Last used',
          text: (row: TokenRow, view) => (row.lastUsed === null ? 'never' : timeCell(row.lastUsed, view)),
          yields: 1,
        },
        { heading: 'Made by', text: (row: TokenRow) => row.createdBy, yields: 3 },
        { heading: 'Until', text: (row: TokenRow, view) => timeCell(row.expires, view) },
        {
          heading: 'State',
          text: (row: TokenRow) =>
            row.revoked !== null ? 'revoked' : row.expires <= now ? 'expired' : 'valid',
        },
      ],
      empty: 'There is no service token.',
    };
  });
}

/** Revokes a token at once, in every process of the service. */
export async function revoke(
  options: DatabaseOptions & { readonly id: string },
  context: Context,
): Promise<Result> {
  return withData(options, context, false, async ({ database }) => {
    const value: TokenRow = await database.write((sql) =>
      revokeToken(sql, options.id, context.surroundings.now()),
    );
    return { kind: 'record', value, render: () => `Revoked the token ${value.id}.` };
  });
}
