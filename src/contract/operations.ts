import * as z from 'zod/mini';
import * as access from './access.ts';
import * as activations from './activations.ts';
import { collection, LIMITS, paging } from './conventions.ts';
import * as entitlements from './entitlements.ts';
import * as imports from './imports.ts';
import * as keys from './keys.ts';
import * as ledger from './ledger.ts';
import * as machines from './machines.ts';
import * as offers from './offers.ts';
import * as usage from './usage.ts';

type Shape = Readonly<Record<string, z.ZodMiniType>>;

/** One thing that can be asked of the service. */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Behind the prefix; `{name}` is a path parameter, percent-encoded. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly parameters?: Shape;
  readonly query?: Shape;
  readonly body?: z.ZodMiniType;
  readonly answer: z.ZodMiniType | null;
  /** Of the answer that says it was done. */
  readonly status: 200 | 201 | 204;
  /**
   * What may be repeated: `read` changes nothing; `keyed` changes something and carries a request id under which
   * it happens once.
   */
  readonly repeat: 'read' | 'keyed';
  /** Carries an ETag and answers 304. */
  readonly cached?: true;
  /** Takes If-Match and answers 412. */
  readonly conditional?: true;
  /** Needs no credential. */
  readonly open?: true;
  readonly requestBytes?: number;
  readonly answerBytes?: number;
}

const page = LIMITS.pageBytes;
const large = LIMITS.largeRequestBytes;

/** Every operation by its id. Client, service and OpenAPI document are made from this table. */
export const OPERATIONS = {
  getSignIn: {
    method: 'GET',
    path: '/sign-in',
    summary: 'How people sign in',
    tag: 'access',
    answer: access.signIn,
    status: 200,
    repeat: 'read',
    open: true,
  },
  getSession: {
    method: 'GET',
    path: '/session',
    summary: 'Who asks, and what they may do',
    tag: 'access',
    answer: access.session,
    status: 200,
    repeat: 'read',
  },
  getProfile: {
    method: 'GET',
    path: '/profile',
    summary: "The team's profile",
    tag: 'profile',
    answer: access.profile,
    status: 200,
    repeat: 'read',
  },
  moveIn: {
    method: 'POST',
    path: '/profile/contents',
    summary: 'A whole profile moves into an empty one',
    tag: 'profile',
    body: access.profileContents,
    answer: access.moveReport,
    status: 201,
    repeat: 'keyed',
    requestBytes: large,
  },
  listEntitlements: {
    method: 'GET',
    path: '/entitlements',
    summary: 'All entitlements, by name of product',
    tag: 'entitlements',
    query: paging,
    answer: collection(entitlements.listedEntitlement),
    status: 200,
    repeat: 'read',
    cached: true,
    answerBytes: page,
  },
  listProducts: {
    method: 'GET',
    path: '/products',
    summary: 'Everything known of every product, by name',
    tag: 'products',
    query: paging,
    answer: collection(entitlements.productView),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  matchProduct: {
    method: 'GET',
    path: '/product-match',
    summary: 'The product that a name, alias or abbreviation means',
    tag: 'products',
    query: entitlements.productQuery,
    answer: entitlements.productFacts,
    status: 200,
    repeat: 'read',
  },
  getProduct: {
    method: 'GET',
    path: '/products/{productId}',
    summary: 'Everything known of one product',
    tag: 'products',
    parameters: entitlements.productPath,
    answer: entitlements.productView,
    status: 200,
    repeat: 'read',
    cached: true,
  },
  addAlias: {
    method: 'POST',
    path: '/products/{productId}/aliases',
    summary: 'Joins an imported name to a product',
    tag: 'products',
    parameters: entitlements.productPath,
    body: entitlements.aliasRequest,
    answer: entitlements.aliasReport,
    status: 200,
    repeat: 'keyed',
  },
  addImport: {
    method: 'POST',
    path: '/imports',
    summary: 'Stores what one file held',
    tag: 'imports',
    body: imports.importRequest,
    answer: imports.importAnswer,
    status: 201,
    repeat: 'keyed',
    requestBytes: large,
    answerBytes: page,
  },
  listImports: {
    method: 'GET',
    path: '/imports',
    summary: 'Imports, newest first',
    tag: 'imports',
    query: paging,
    answer: collection(imports.importSummary),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  undoImport: {
    method: 'POST',
    path: '/imports/{importId}/undo',
    summary: 'Takes back what an import added and nothing has used since',
    tag: 'imports',
    parameters: imports.importPath,
    answer: imports.undoReport,
    status: 200,
    repeat: 'keyed',
  },
  listOffers: {
    method: 'GET',
    path: '/offers',
    summary: 'Offers and their dates',
    tag: 'offers',
    query: paging,
    answer: collection(offers.offerView),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  changeOffer: {
    method: 'PATCH',
    path: '/offers/{offer}',
    summary: 'Sets when an offer was bought, or how its activations count',
    tag: 'offers',
    parameters: offers.offerPath,
    body: offers.offerChanges,
    answer: offers.offerView,
    status: 200,
    repeat: 'keyed',
  },
  listKeys: {
    method: 'GET',
    path: '/keys',
    summary: 'What may be shown of the keys of a product, or of all',
    tag: 'keys',
    query: { ...keys.ofProduct, ...paging },
    answer: collection(keys.keyView),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  getKey: {
    method: 'GET',
    path: '/keys/{keyId}',
    summary: 'What may be shown of one key',
    tag: 'keys',
    parameters: keys.keyPath,
    answer: keys.keyView,
    status: 200,
    repeat: 'read',
    cached: true,
  },
  markKey: {
    method: 'PATCH',
    path: '/keys/{keyId}',
    summary: 'Marks a key as blocked, retired or active',
    tag: 'keys',
    parameters: keys.keyPath,
    body: keys.markRequest,
    answer: keys.keyView,
    status: 200,
    repeat: 'keyed',
    conditional: true,
  },
  getRefund: {
    method: 'GET',
    path: '/keys/{keyId}/refund',
    summary: 'A refund that the first look at this key would give away',
    tag: 'keys',
    parameters: keys.keyPath,
    answer: keys.refundAtStake,
    status: 200,
    repeat: 'read',
  },
  revealKey: {
    method: 'POST',
    path: '/keys/{keyId}/reveals',
    summary: 'Records an access, durably, and then gives the key',
    tag: 'keys',
    parameters: keys.keyPath,
    body: keys.revealRequest,
    answer: keys.revealedKey,
    status: 201,
    repeat: 'keyed',
  },
  listAccess: {
    method: 'GET',
    path: '/access-log',
    summary: 'Who took which key out, newest first',
    tag: 'keys',
    query: { ...keys.ofProduct, ...paging },
    answer: collection(keys.revealView),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  planActivation: {
    method: 'POST',
    path: '/activation-plans',
    summary: 'Computes an activation and changes nothing',
    tag: 'activations',
    body: activations.activationRequest,
    answer: activations.activationPlan,
    status: 200,
    repeat: 'read',
  },
  reserveActivation: {
    method: 'POST',
    path: '/activations',
    summary: 'Reserves an activation: it counts from now on, until it is settled as failed',
    tag: 'activations',
    body: activations.reserveRequest,
    answer: activations.reservation,
    status: 201,
    repeat: 'keyed',
  },
  listActivations: {
    method: 'GET',
    path: '/activations',
    summary: 'Activations, newest first',
    tag: 'activations',
    query: activations.activationsQuery,
    answer: collection(activations.activation),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  getActivation: {
    method: 'GET',
    path: '/activations/{activationId}',
    summary: 'One activation and its events',
    tag: 'activations',
    parameters: activations.activationPath,
    answer: activations.activationHistory,
    status: 200,
    repeat: 'read',
  },
  settleActivation: {
    method: 'POST',
    path: '/activations/{activationId}/settlements',
    summary: 'Records what became of an activation',
    tag: 'activations',
    parameters: activations.activationPath,
    body: activations.settleRequest,
    answer: activations.activation,
    status: 200,
    repeat: 'keyed',
  },
  adjustCount: {
    method: 'POST',
    path: '/adjustments',
    summary: 'Sets a count to a number read elsewhere',
    tag: 'activations',
    body: activations.adjustRequest,
    answer: activations.adjustReport,
    status: 201,
    repeat: 'keyed',
  },
  listMachines: {
    method: 'GET',
    path: '/machines',
    summary: 'Machines, the last seen first',
    tag: 'machines',
    query: paging,
    answer: collection(machines.machineRow),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  getMachine: {
    method: 'GET',
    path: '/machines/{machine}',
    summary: 'One machine and its activations',
    tag: 'machines',
    parameters: machines.machinePath,
    answer: machines.machineView,
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  retireMachine: {
    method: 'POST',
    path: '/machines/{machine}/retirement',
    summary: 'Retires a machine; nothing is given back',
    tag: 'machines',
    parameters: machines.machinePath,
    body: machines.retireRequest,
    answer: machines.machineRow,
    status: 200,
    repeat: 'keyed',
  },
  listUsage: {
    method: 'GET',
    path: '/usage',
    summary: 'What is granted and used, by product',
    tag: 'usage',
    query: usage.usageQuery,
    answer: collection(usage.usageRow),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  listLapsing: {
    method: 'GET',
    path: '/usage/lapsing',
    summary: 'What must be uninstalled within so many days, by machine',
    tag: 'usage',
    query: usage.lapsingQuery,
    answer: collection(usage.lapsingRow),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  getLedger: {
    method: 'GET',
    path: '/ledger',
    summary: 'The chains of the ledger and its head',
    tag: 'ledger',
    answer: ledger.ledgerHead,
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  listEvents: {
    method: 'GET',
    path: '/ledger/events',
    summary: 'All events, by chain (in the order of code units) and place in it',
    tag: 'ledger',
    query: paging,
    answer: collection(ledger.storedEvent),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  verifyLedger: {
    method: 'POST',
    path: '/ledger/verifications',
    summary: 'Verifies the ledger, also against an earlier state',
    tag: 'ledger',
    body: ledger.verifyRequest,
    answer: ledger.ledgerReport,
    status: 200,
    repeat: 'read',
    requestBytes: large,
    answerBytes: page,
  },
  countSince: {
    method: 'GET',
    path: '/ledger/since',
    summary: 'How many events came after an earlier head',
    tag: 'ledger',
    query: ledger.sinceQuery,
    answer: ledger.sinceAnswer,
    status: 200,
    repeat: 'read',
  },
  listTokens: {
    method: 'GET',
    path: '/service-tokens',
    summary: 'Service tokens, without what opens anything',
    tag: 'access',
    query: paging,
    answer: collection(access.serviceToken),
    status: 200,
    repeat: 'read',
    answerBytes: page,
  },
  addToken: {
    method: 'POST',
    path: '/service-tokens',
    summary: 'Makes a service token and shows it once',
    tag: 'access',
    body: access.newTokenRequest,
    answer: access.newToken,
    status: 201,
    repeat: 'keyed',
  },
  revokeToken: {
    method: 'DELETE',
    path: '/service-tokens/{tokenId}',
    summary: 'Revokes a service token',
    tag: 'access',
    parameters: access.tokenPath,
    answer: null,
    status: 204,
    repeat: 'keyed',
  },
} as const satisfies Readonly<Record<string, Operation>>;

export type OperationId = keyof typeof OPERATIONS;

type Fields<S> = S extends Shape ? { [Name in keyof S]: z.output<S[Name]> } : Record<never, never>;
type Member<Id extends OperationId, Name extends string> = (typeof OPERATIONS)[Id] extends {
  readonly [Key in Name]: infer Value;
}
  ? Value
  : undefined;

/** What a handler gets: path parameters, the query as it was read, the body. */
export type ParametersOf<Id extends OperationId> = Fields<Member<Id, 'parameters'>>;
export type QueryOf<Id extends OperationId> =
  Member<Id, 'query'> extends infer Q extends Shape ? z.output<z.ZodMiniObject<Q>> : Record<never, never>;
export type BodyOf<Id extends OperationId> =
  Member<Id, 'body'> extends infer B extends z.ZodMiniType ? z.output<B> : undefined;
export type AnswerOf<Id extends OperationId> =
  Member<Id, 'answer'> extends infer A extends z.ZodMiniType ? z.output<A> : undefined;

/** The object that a shape of parameters stands for; unknown names are refused. */
export function fields<S extends Shape>(shape: S) {
  return z.strictObject(shape);
}

/** The same value, down to its leaves only to be read. */
export type ReadOnly<T> = { readonly [Key in keyof T]: ReadOnly<T[Key]> };
