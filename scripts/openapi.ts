import { writeFileSync } from 'node:fs';
import { format } from 'node:path';
import * as z from 'zod/mini';
import * as access from '../src/contract/access.ts';
import * as activations from '../src/contract/activations.ts';
import { API_PREFIX, errorBody, HEADERS, link, throttledBody } from '../src/contract/conventions.ts';
import * as entitlements from '../src/contract/entitlements.ts';
import { hardwareProfile } from '../src/contract/hardware.ts';
import * as imports from '../src/contract/imports.ts';
import * as keys from '../src/contract/keys.ts';
import * as ledger from '../src/contract/ledger.ts';
import * as machines from '../src/contract/machines.ts';
import { numbers } from '../src/contract/numbers.ts';
import * as offers from '../src/contract/offers.ts';
import type { Operation } from '../src/contract/operation.ts';
import { OPERATIONS } from '../src/contract/operations.ts';
import * as usage from '../src/contract/usage.ts';

type Json = Record<string, unknown>;

/** Schemas that many places share, by the names they have in the document. */
const SHARED: Readonly<Record<string, z.ZodMiniType>> = {
  Activation: activations.activation,
  ActivationRequest: activations.activationRequest,
  CountedPlan: activations.countedPlan,
  EntitlementRow: entitlements.entitlementRow,
  Error: errorBody,
  FileReport: imports.fileReport,
  HardwareProfile: hardwareProfile,
  ImportItem: imports.importItem,
  KeyView: keys.keyView,
  LapsingRow: usage.lapsingRow,
  Link: link,
  ListedEntitlement: entitlements.listedEntitlement,
  MachineRow: machines.machineRow,
  Numbers: numbers,
  OfferView: offers.offerView,
  ProductFacts: entitlements.productFacts,
  ProductView: entitlements.productView,
  RevealView: keys.revealView,
  ServiceToken: access.serviceToken,
  StoredEvent: ledger.storedEvent,
  Throttled: throttledBody,
  UsageRow: usage.usageRow,
};

const capital = (name: string): string => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;

/** The OpenAPI 3.1 document of the service, made from the schemas that client and service run on. */
export function openApiDocument(): Json {
  const operations: [string, Operation][] = Object.entries(OPERATIONS);
  const registry = z.registry<{ id: string }>();
  const named = new Map<z.ZodMiniType, string>();
  const name = (schema: z.ZodMiniType, id: string): void => {
    if (named.has(schema)) return;
    named.set(schema, id);
    registry.add(schema, { id });
  };
  for (const [id, schema] of Object.entries(SHARED)) name(schema, id);
  for (const [id, { body, answer }] of operations) {
    if (body !== undefined) name(body, `${capital(id)}Request`);
    if (answer !== null) name(answer, `${capital(id)}Answer`);
  }
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    // Answers may get more fields: a client that refused them could not be older than its service.
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  for (const schema of Object.values(schemas)) {
    delete schema.$schema;
    delete schema.$id;
  }
  const refer = (schema: z.ZodMiniType): Json => ({ $ref: `#/components/schemas/${named.get(schema)}` });
  const paths: Record<string, Json> = {};
  for (const [id, operation] of operations) {
    const path = `${API_PREFIX}${operation.path}`;
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(id, operation, refer) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'mpn-benefits team service',
      version: '1',
      summary: 'One profile of software benefits, keys and activations, shared by a team',
      description:
        'The conventions are those of the Partner Center REST API: collections in an envelope, seek paging with a continuation token, MS-RequestId for what may happen only once, MS-CorrelationId in every answer.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'https://benefits.contoso.com', description: 'Where the team runs it' }],
    security: [{ bearer: [] }],
    tags: [...new Set(operations.map(([, { tag }]) => tag))]
      .sort()
      .map((tag) => ({ name: tag, description: `Operations on ${tag}` })),
    paths,
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A service token, a token of a person’s sign-in, or the token of a pipeline job.',
        },
      },
      parameters: PARAMETERS,
      headers: ANSWER_HEADERS,
      responses: RESPONSES,
      schemas,
    },
  };
}

const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };

const PARAMETERS: Json = {
  requestId: {
    name: HEADERS.requestId,
    in: 'header',
    required: true,
    description: 'Under this id the request happens once: the same on a retry, a new one for a new request.',
    schema: uuid,
  },
  correlationId: {
    name: HEADERS.correlationId,
    in: 'header',
    required: false,
    description: 'Goes through all logs; made up if it is missing.',
    schema: uuid,
  },
  continuationToken: {
    name: HEADERS.continuationToken,
    in: 'header',
    required: false,
    description: 'With seekOperation=Next: where the page before ended.',
    schema: text,
  },
  ifNoneMatch: {
    name: HEADERS.ifNoneMatch,
    in: 'header',
    required: false,
    description: 'The ETag of what the client has already.',
    schema: text,
  },
  ifMatch: {
    name: HEADERS.ifMatch,
    in: 'header',
    required: false,
    description: 'The ETag of what is to be changed.',
    schema: text,
  },
};

const ANSWER_HEADERS: Json = {
  correlationId: { description: 'The one of the request, or a new one.', schema: uuid },
  requestId: { description: 'The one of the request.', schema: uuid },
  etag: { description: 'Changes whenever the answer does.', schema: text },
  retryAfter: {
    description: 'Seconds after which it is worth trying again.',
    schema: { type: 'integer', minimum: 0 },
  },
};

const header = (name: string): Json => ({ $ref: `#/components/headers/${name}` });
const json = (schema: string): Json => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});

function failure(description: string): Json {
  return {
    description,
    headers: { [HEADERS.correlationId]: header('correlationId') },
    content: json('Error'),
  };
}

const RESPONSES: Json = {
  badRequest: failure('The request cannot be understood, or is refused as it stands (code USAGE).'),
  unauthorised: failure('No credential, or one that is no good (code AUTH_REQUIRED).'),
  forbidden: failure('The credential does not reach so far (code FORBIDDEN).'),
  notFound: failure('There is no such thing, or none that this credential may see; (code NOT_FOUND).'),
  conflict: failure(
    'It became something else meanwhile, would exceed what is allowed, or several are meant (code CONFIRMATION_REQUIRED, ACTIVATION_LIMIT_REACHED, AMBIGUOUS).',
  ),
  changed: failure('It is not what If-Match says any more.'),
  unfit: failure('What was sent is readable, and cannot be stored (code INVALID_DATA).'),
  tooLarge: failure('The request is too large.'),
  throttled: {
    description: 'Too many requests.',
    headers: {
      [HEADERS.correlationId]: header('correlationId'),
      [HEADERS.retryAfter]: header('retryAfter'),
    },
    content: json('Throttled'),
  },
  failed: failure(
    'The service failed; nothing was done, or the same request id will tell (code INTERNAL, VAULT_KEY_MISSING …).',
  ),
  unavailable: {
    description: 'The service or its database cannot answer now (code UNAVAILABLE, STORAGE_UNAVAILABLE).',
    headers: {
      [HEADERS.correlationId]: header('correlationId'),
      [HEADERS.retryAfter]: header('retryAfter'),
    },
    content: json('Error'),
  },
};

const response = (name: string): Json => ({ $ref: `#/components/responses/${name}` });
const parameter = (name: string): Json => ({ $ref: `#/components/parameters/${name}` });

function describe(id: string, operation: Operation, refer: (schema: z.ZodMiniType) => Json): Json {
  const { body, answer, repeat, cached, conditional, open, query } = operation;
  const paged = query !== undefined && 'seekOperation' in query;
  return {
    operationId: id,
    summary: operation.summary,
    tags: [operation.tag],
    ...(open === true ? { security: [] } : {}),
    parameters: [
      ...Object.entries(operation.parameters ?? {}).map(([name, schema]) => inPlace('path', name, schema)),
      ...Object.entries(query ?? {}).map(([name, schema]) => inPlace('query', name, schema)),
      parameter('correlationId'),
      ...(repeat === 'keyed' ? [parameter('requestId')] : []),
      ...(paged ? [parameter('continuationToken')] : []),
      ...(cached === true ? [parameter('ifNoneMatch')] : []),
      ...(conditional === true ? [parameter('ifMatch')] : []),
    ],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: refer(body) } } } }),
    responses: {
      [operation.status]: {
        description: answer === null ? 'Done.' : operation.summary,
        headers: {
          [HEADERS.correlationId]: header('correlationId'),
          ...(repeat === 'keyed' ? { [HEADERS.requestId]: header('requestId') } : {}),
          ...(cached === true ? { [HEADERS.etag]: header('etag') } : {}),
        },
        ...(answer === null ? {} : { content: { 'application/json': { schema: refer(answer) } } }),
      },
      ...(cached === true
        ? { 304: { description: 'As the client has it.', headers: { [HEADERS.etag]: header('etag') } } }
        : {}),
      400: response('badRequest'),
      ...(open === true ? {} : { 401: response('unauthorised'), 403: response('forbidden') }),
      404: response('notFound'),
      ...(open === true ? {} : { 409: response('conflict') }),
      ...(conditional === true ? { 412: response('changed') } : {}),
      ...(body === undefined ? {} : { 413: response('tooLarge'), 422: response('unfit') }),
      429: response('throttled'),
      500: response('failed'),
      503: response('unavailable'),
    },
  };
}

function inPlace(where: 'path' | 'query', name: string, schema: z.ZodMiniType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12' });
  if (rest.minimum === Number.MIN_SAFE_INTEGER) delete rest.minimum;
  if (rest.maximum === Number.MAX_SAFE_INTEGER) delete rest.maximum;
  const required = where === 'path' || !(schema instanceof z.ZodMiniOptional);
  return { name, in: where, required, schema: rest };
}

/** The document as it is checked in. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}

export const OPENAPI_FILE = format({ dir: `${import.meta.dirname}/../docs`, base: 'openapi.json' });

if (import.meta.main) writeFileSync(OPENAPI_FILE, openApiText());
