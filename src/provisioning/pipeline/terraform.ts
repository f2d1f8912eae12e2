/**
 * The protocol of Terraform's `external` data source (Packer's is the same): a flat JSON object of strings on stdin,
 * another on stdout. Terraform runs it at every plan and keeps the answer in its state.
 */
import { AppError } from '../../errors.ts';
import { KEY_TYPES, type KeyType } from '../../keys/product-key.ts';

/** The largest query that is read, in bytes. */
export const QUERY_LIMIT = 65_536;

export interface TerraformQuery {
  readonly product: string;
  /** As `--key`. */
  readonly key?: string;
  /** As `--type`. */
  readonly type?: KeyType;
  /** As `--purpose`. */
  readonly purpose?: string;
}

const FIELDS = ['product', 'key', 'type', 'purpose'] as const;
const HINT = `The query takes ${FIELDS.join(', ')}, all of them strings.`;

/**
 * Reads the query object. Its values are not quoted in errors: one of them may be a key put into the wrong field.
 * @throws AppError INVALID_DATA if it is no JSON object or too large, USAGE for wrong fields.
 */
export function parseTerraformQuery(input: Uint8Array): TerraformQuery {
  const fields = new Map(Object.entries(readObject(input)));
  for (const name of fields.keys()) {
    if (!FIELDS.some((field) => field === name)) {
      throw new AppError('USAGE', 'The query has a field that is not known.', {
        hint: HINT,
        details: { field: name.slice(0, 40) },
      });
    }
  }
  const product = text(fields, 'product');
  if (product === undefined || product.trim() === '') {
    throw new AppError('USAGE', 'The query names no product.', { hint: HINT });
  }
  const key = text(fields, 'key');
  const purpose = text(fields, 'purpose');
  const type = keyType(text(fields, 'type'));
  return {
    product,
    ...(key === undefined ? {} : { key }),
    ...(type === undefined ? {} : { type }),
    ...(purpose === undefined ? {} : { purpose }),
  };
}

function readObject(input: Uint8Array): object {
  if (input.byteLength > QUERY_LIMIT) {
    throw new AppError('INVALID_DATA', `The query on standard input is larger than ${QUERY_LIMIT} bytes.`, {
      hint: HINT,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(input));
  } catch {
    // The cause would quote the input.
    throw notAnObject();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAnObject();
  return value;
}

function notAnObject(): AppError {
  return new AppError('INVALID_DATA', 'The query on standard input is not a JSON object.', {
    hint: 'The terraform format is meant for the program of an external data source.',
  });
}

/** A field's text; Terraform writes an empty string where it has nothing. */
function text(fields: ReadonlyMap<string, unknown>, name: (typeof FIELDS)[number]): string | undefined {
  const value = fields.get(name);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') {
    throw new AppError('USAGE', `The field ${name} of the query is not a string.`, { hint: HINT });
  }
  return value === '' ? undefined : value;
}

function keyType(name: string | undefined): KeyType | undefined {
  if (name === undefined) return undefined;
  const type = KEY_TYPES.find((known) => known === name);
  if (type === undefined) {
    throw new AppError('USAGE', 'The field type of the query is no type of key.', {
      hint: `Use one of ${KEY_TYPES.join(', ')}.`,
    });
  }
  return type;
}
