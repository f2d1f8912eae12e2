import * as z from 'zod/mini';

/**
 * The same object, read by a function that is written for its fields at its first use, as zod does by itself in its
 * larger form: for what comes ten thousand times in a list, or with every request. Checks are never added to it.
 */
export function compiled<Schema extends z.core.$ZodObject>(schema: Schema): Schema {
  const { _zod: inner } = schema;
  z.core.$ZodObjectJIT.init(schema, inner.def);
  inner.run = inner.parse;
  return schema;
}
