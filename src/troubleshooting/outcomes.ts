import { isInformation } from './codes.ts';
import type { KnowledgeIndex } from './knowledge.ts';
import { type PasteOptions, readPaste } from './paste.ts';
import type { PastedOutcome, PastedProduct } from './types.ts';

/**
 * What a pasted result says about an activation, one entry for each product it speaks of: `activations settle`
 * picks the one whose last five and product fit. Several that fit, or none, are for the caller to refuse. The
 * text itself, and any key in it, is not kept.
 */
export function readOutcomes(
  text: string,
  index: KnowledgeIndex,
  options: PasteOptions = {},
): readonly PastedOutcome[] {
  const { products, codes } = readPaste(text, index, options);
  const failure = codes.find((code) => !isInformation(code)) ?? null;
  const rows = merge(products);
  if (rows.length > 0) {
    // slmgr says the code on a line of its own; with one product it can only be this one's.
    const code = rows.length === 1 ? failure : null;
    return rows.map((row) => pastedOutcome(row, code));
  }
  if (failure === null) return [];
  return [
    { product: null, last5: null, keyField: 'absent', licenseStatus: null, code: failure, outcome: 'failed' },
  ];
}

/** The same product seen twice, as `slmgr /ato` and `/dlv` after it, is one: the later state counts. */
function merge(products: readonly PastedProduct[]): readonly PastedProduct[] {
  const rows: PastedProduct[] = [];
  for (const next of products) {
    const at = rows.findIndex((row) => same(row, next));
    const row = rows[at];
    if (row === undefined) rows.push(next);
    else rows[at] = combine(row, next);
  }
  return rows;
}

function same(a: PastedProduct, b: PastedProduct): boolean {
  if (a.keyField !== 'absent' && b.keyField !== 'absent') return a.last5 === b.last5;
  if (a.product !== null && b.product !== null) return a.product === b.product;
  return true;
}

function combine(earlier: PastedProduct, later: PastedProduct): PastedProduct {
  const key = later.keyField === 'absent' ? earlier : later;
  const activated = later.status === 'licensed' || later.succeeded === true;
  return {
    product: later.product ?? earlier.product,
    channel: later.channel ?? earlier.channel,
    last5: key.last5,
    keyField: key.keyField,
    status: later.status ?? earlier.status,
    code: later.code ?? (activated ? null : earlier.code),
    succeeded: later.succeeded ?? (later.status === null ? earlier.succeeded : null),
  };
}

function pastedOutcome(row: PastedProduct, lone: string | null): PastedOutcome {
  const outcome = verdict(row, lone);
  const code = row.code !== null && !isInformation(row.code) ? row.code : outcome === 'failed' ? lone : null;
  return {
    product: row.product,
    last5: row.last5,
    keyField: row.keyField,
    licenseStatus: row.status,
    code: outcome === 'succeeded' ? null : code,
    outcome,
  };
}

/** Only "licensed" is success: a grace state after an attempt is none, whatever else was printed. */
function verdict(row: PastedProduct, lone: string | null): PastedOutcome['outcome'] {
  if (row.status !== null) return row.status === 'licensed' ? 'succeeded' : 'failed';
  if (row.succeeded !== null) return row.succeeded ? 'succeeded' : 'failed';
  const code = row.code ?? lone;
  return code !== null && !isInformation(code) ? 'failed' : 'unknown';
}
