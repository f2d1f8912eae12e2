import { toldOf } from '../activation/activations.ts';
import type { Backend } from '../backend/backend.ts';
import type { Parts } from '../backend/local/local.ts';
import { storedFacts } from '../backend/local/products.ts';
import type { Session, SignIn } from '../contract/access.ts';
import type { ReadOnly } from '../contract/operation.ts';
import type { AnswerOf, BodyOf, OperationId, ParametersOf, QueryOf } from '../contract/operations.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import { type Sql, text } from '../store/sql.ts';
import type { Vault } from '../vault/vault.ts';
import type { Scope } from './authorisation.ts';

/** Who asks. */
export interface Caller {
  /** One credential's own name: requests repeated under it are the same ones. */
  readonly key: string;
  readonly session: Session;
  /** Who it is to whoever issued the credential: the id of a service token, else the subject. For the log. */
  readonly subject: string | null;
  /**
   * Looks again whether the credential is good, for one that was known from a moment ago: in the transaction of what
   * it is used for, so that nothing happens with one that was revoked. Throws TokenRefused.
   */
  readonly confirm?: (sql: Sql) => Promise<void>;
}

/** What handlers share, whatever they are asked. */
export interface ServiceFacts {
  readonly version: string;
  readonly sandbox: boolean;
  readonly signIn: SignIn;
  readonly now: () => Date;
}

/** One request, read and allowed. */
export interface Call<Id extends OperationId> {
  readonly parameters: ParametersOf<Id>;
  readonly query: QueryOf<Id>;
  readonly body: BodyOf<Id>;
  /** Where the page begins: the place of the last item of the one before. */
  readonly after: readonly Place[] | undefined;
  readonly ifMatch: string | undefined;
  readonly caller: Caller;
  readonly scope: Scope;
  /** Within the transaction, for a request that changes something. */
  readonly sql: Sql;
  readonly backend: Backend;
  readonly parts: Parts;
  readonly vault: (sql: Sql) => Promise<Vault>;
  readonly facts: ServiceFacts;
}

/** What of a call is known before there is a transaction. */
export type Common = Omit<Call<OperationId>, 'sql' | 'backend'>;

/** Part of what tells where an item stands in its list. */
export type Place = string | number;

export type Handler<Id extends OperationId> = (call: Call<Id>) => Promise<ReadOnly<AnswerOf<Id>>>;
export type Handlers = { readonly [Id in OperationId]: Handler<Id> };

type Any = Pick<Call<OperationId>, 'sql' | 'parts' | 'scope'>;

/** The product of an id, if there is one for this caller. Throws NOT_FOUND. */
export async function productOf({ sql, parts, scope }: Any, id: string): Promise<ProductFacts> {
  const facts = scope.sees(id)
    ? (parts.catalogue.byId(id) ?? (await storedFacts(sql, parts.catalogue, id)))
    : null;
  if (facts === null) throw noProduct(id);
  return facts;
}

/** Whether something exists for this caller that was done with a key for a product. */
export async function seesUse({ sql, scope }: Any, productId: string, keyId: string): Promise<boolean> {
  if (scope.sees(productId)) return true;
  const rows = await sql.all('SELECT product_id FROM key_product WHERE key_id = ?', keyId);
  const products = rows.map((row) => text(row, 'product_id'));
  return toldOf(productId, products).some(scope.sees);
}

/** NOT_FOUND for the id of a product that there is not, or not for this caller. */
export function noProduct(id: string): AppError {
  return new AppError('NOT_FOUND', `There is no product ${id.slice(0, 80)}.`, {
    hint: 'See: mpn-benefits list',
  });
}
