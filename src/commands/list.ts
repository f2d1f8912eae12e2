import type { EntitlementFilter } from '../backend/backend.ts';
import { ENTITLEMENT_FIELDS, type EntitlementRow } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { type Json, type JsonObject, nested, type Result, type TableColumn } from '../terminal/result.ts';
import {
  activationsCell,
  dayCell,
  PRODUCT_CELL,
  QUANTITY_KEEPS,
  quantityCell,
  stateStyle,
} from './shared/cells.ts';
import { firstOf } from './shared/rows.ts';

export interface ListOptions extends EntitlementFilter {
  readonly sort?: string | undefined;
  readonly columns?: string | undefined;
  readonly limit?: number | undefined;
}

const NUMBERS = ['used', 'pending', 'allowed', 'remaining', 'unlimited'];

/** The JSON fields with the nested ones flattened: what --sort and --columns may name, and the header of a CSV. */
const FIELDS = ENTITLEMENT_FIELDS.flatMap((field) =>
  field === 'activations' ? nested(field, NUMBERS) : [field],
);

const COLUMNS: readonly TableColumn<EntitlementRow>[] = [
  { heading: 'Product', text: (row) => row.name, ...PRODUCT_CELL },
  {
    heading: 'Source',
    text: (row) => row.source,
    yields: 3,
    style: (text, _, view) => view.palette.faint(text),
  },
  {
    heading: 'Quantity',
    text: (row, view) => quantityCell(row.quantity, row.unit, view),
    yields: 2,
    keeps: QUANTITY_KEEPS,
  },
  { heading: 'Activations', text: (row, view) => activationsCell(row.activations, view), yields: 1 },
  { heading: 'Activate by', text: (row, view) => dayCell(row.activateBy, view), yields: 1 },
  {
    heading: 'State',
    text: (row) => row.state,
    style: (text, row, view) => stateStyle(text, row.state, view),
  },
];

/** What the organisation is entitled to. */
export async function run(options: ListOptions, context: Context): Promise<Result> {
  const sort = options.sort === undefined ? undefined : knownField(options.sort, '--sort');
  const chosen = options.columns?.split(',').map((name) => knownField(name.trim(), '--columns'));
  const program = options.program === undefined ? undefined : await programOf(options.program);
  const backend = await context.backend();
  let rows: AsyncIterable<EntitlementRow> = backend.entitlements.list({ ...options, program });
  if (sort !== undefined) rows = sorted(rows, sort);
  rows = firstOf(rows, options.limit);
  const empty = isFiltered(options)
    ? 'No entitlement fits. All there are: mpn-benefits list'
    : 'No benefits yet. Import the table of the portal or KeysExport.xml: mpn-benefits import <file>\nOr look around with made-up data: mpn-benefits list -p sandbox';
  if (chosen === undefined) return { kind: 'rows', rows, fields: FIELDS, columns: COLUMNS, empty };
  return {
    kind: 'rows',
    rows: picked(rows, chosen),
    fields: chosen,
    columns: chosen.map(plainColumn),
    empty,
  };
}

async function programOf(name: string): Promise<string> {
  const [{ createPrograms, programMeant }, { PROGRAMS_DATA }] = await Promise.all([
    import('../entitlements/programs.ts'),
    import('../data/offers.ts'),
  ]);
  return programMeant(name, createPrograms(PROGRAMS_DATA));
}

function isFiltered(options: ListOptions): boolean {
  const { sort: _, columns: __, limit: ___, ...filter } = options;
  return Object.values(filter).some((value) => value !== undefined);
}

function knownField(name: string, option: string): string {
  if (FIELDS.includes(name)) return name;
  throw new AppError('USAGE', `${option} does not know the field "${name.slice(0, 40)}".`, {
    hint: `Fields: ${FIELDS.join(', ')}`,
  });
}

function fieldOf(row: EntitlementRow, field: string): Json {
  const [outer = '', inner] = field.split('.');
  const value: Json = (row as JsonObject)[outer] ?? null;
  if (inner === undefined || typeof value !== 'object' || value === null || Array.isArray(value))
    return value;
  return (value as JsonObject)[inner] ?? null;
}

/** Unknown values come last. */
async function* sorted(rows: AsyncIterable<EntitlementRow>, field: string): AsyncIterable<EntitlementRow> {
  const all: { readonly row: EntitlementRow; readonly value: Json }[] = [];
  for await (const row of rows) all.push({ row, value: fieldOf(row, field) });
  all.sort((a, b) => {
    if (a.value === null || b.value === null) return Number(a.value === null) - Number(b.value === null);
    return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  });
  for (const { row } of all) yield row;
}

async function* picked(
  rows: AsyncIterable<EntitlementRow>,
  fields: readonly string[],
): AsyncIterable<JsonObject> {
  for await (const row of rows) yield Object.fromEntries(fields.map((field) => [field, fieldOf(row, field)]));
}

function plainColumn(field: string): TableColumn<JsonObject> {
  return {
    heading: field,
    whole: field === 'id' || field === 'productId',
    text: (row) => {
      const value = row[field] ?? null;
      return value === null ? 'unknown' : String(value);
    },
  };
}
