import type { Role } from '../contract/access.ts';
import type { OperationId } from '../contract/operations.ts';

/** How far a role reaches in an operation. */
export type Reach =
  /** Refused: it is known to exist, and not allowed (exit 4). */
  | 'none'
  /** Only what concerns the products named for it; others do not exist for it (exit 3). */
  | 'own'
  | 'all';

type Row = Readonly<Record<Role, Reach>>;

const everybody: Row = { reader: 'all', provisioner: 'all', admin: 'all' };
/** Seeing what concerns products. */
const seeing: Row = { reader: 'all', provisioner: 'own', admin: 'all' };
/** Seeing what belongs to the profile as a whole. */
const overview: Row = { reader: 'all', provisioner: 'none', admin: 'all' };
/** Taking keys out and counting activations. */
const provisioning: Row = { reader: 'none', provisioner: 'own', admin: 'all' };
const administration: Row = { reader: 'none', provisioner: 'none', admin: 'all' };

/** Who may do what, complete: an operation without a row does not compile. */
export const AUTHORISATION: Readonly<Record<OperationId, Row>> = {
  getSignIn: everybody,
  getSession: everybody,
  getProfile: everybody,
  moveIn: administration,
  listEntitlements: seeing,
  listProducts: seeing,
  matchProduct: seeing,
  getProduct: seeing,
  addAlias: administration,
  addImport: administration,
  listImports: overview,
  undoImport: administration,
  listOffers: overview,
  changeOffer: administration,
  listKeys: seeing,
  getKey: seeing,
  markKey: administration,
  getRefund: seeing,
  revealKey: provisioning,
  listAccess: seeing,
  planActivation: seeing,
  reserveActivation: provisioning,
  listActivations: seeing,
  getActivation: seeing,
  settleActivation: provisioning,
  adjustCount: administration,
  listMachines: overview,
  getMachine: overview,
  retireMachine: administration,
  listUsage: seeing,
  listLapsing: seeing,
  getLedger: overview,
  listEvents: overview,
  verifyLedger: overview,
  countSince: overview,
  listTokens: administration,
  addToken: administration,
  revokeToken: administration,
};

/** What somebody sees of products: all, or those named; `null` of a credential means that none were named. */
export interface Scope {
  /** True if this product exists for them. */
  readonly sees: (productId: string) => boolean;
  /** Null if they see all. */
  readonly products: ReadonlySet<string> | null;
}

export const EVERYTHING: Scope = { sees: () => true, products: null };

/** What may be seen in an operation; undefined if it is refused altogether. */
export function scopeOf(
  who: { readonly role: Role; readonly products: readonly string[] | null },
  operation: OperationId,
): Scope | undefined {
  const reach = AUTHORISATION[operation][who.role];
  if (reach === 'none') return undefined;
  if (reach === 'all' || who.products === null) return EVERYTHING;
  const products = new Set(who.products);
  return { sees: (productId) => products.has(productId), products };
}
