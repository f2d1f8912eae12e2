import type { Backend } from '../backend/backend.ts';
import type { LapsingRow, UsageRow } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import type { Result, TableColumn, View } from '../terminal/result.ts';
import {
  activationsCell,
  dayCell,
  PRODUCT_CELL,
  QUANTITY_KEEPS,
  quantityCell,
  timeCell,
} from './shared/cells.ts';
import { chosenProduct } from './shared/product.ts';

export interface UsageOptions {
  readonly product?: string | undefined;
  readonly lapsing?: number | undefined;
  readonly html?: string | undefined;
}

const FIELDS = [
  'productId',
  'name',
  'sources',
  'granted',
  'unit',
  'allowed',
  'used',
  'pending',
  'remaining',
  'unlimited',
  'overUse',
  'keys',
  'sharedWith',
  'machines',
  'lastActivation',
  'lapsesOn',
] as const satisfies readonly (keyof UsageRow)[];

const COLUMNS: readonly TableColumn<UsageRow>[] = [
  { heading: 'Product', text: ({ name }) => name, ...PRODUCT_CELL },
  {
    heading: 'Granted',
    text: ({ granted, unit }, view) => quantityCell(granted, unit, view),
    yields: 3,
    keeps: QUANTITY_KEEPS,
  },
  { heading: 'Activations', text: (row, view) => activationsCell(row, view), style: usedStyle },
  { heading: 'Pending', align: 'right', text: ({ pending }) => String(pending), yields: 4 },
  { heading: 'Remaining', align: 'right', text: remainingText, style: usedStyle },
  { heading: 'Machines', align: 'right', text: ({ machines }) => String(machines), yields: 2 },
  {
    heading: 'Last activation',
    text: ({ lastActivation }, view) => (lastActivation === null ? '-' : timeCell(lastActivation, view)),
    yields: 5,
  },
  { heading: 'Lapses', text: ({ lapsesOn }, view) => dayCell(lapsesOn, view), yields: 1 },
];

function remainingText({ unlimited, remaining, overUse }: UsageRow): string {
  if (unlimited) return '-';
  // What one key was used too often is not made up for by what is left of another: both are told.
  if (overUse > 0) return (remaining ?? 0) > 0 ? `${remaining} (${overUse} too many)` : `${overUse} too many`;
  return remaining === null ? 'unknown' : String(remaining);
}

function usedStyle(text: string, { overUse, remaining }: UsageRow, { palette }: View): string {
  if (overUse > 0) return palette.bad(text);
  return remaining === 0 ? palette.warn(text) : text;
}

/** What is used of what was granted, product by product. */
export async function run(options: UsageOptions, context: Context): Promise<Result> {
  if (options.lapsing !== undefined && options.html !== undefined) {
    throw new AppError('USAGE', '--lapsing and --html exclude each other.', {
      hint: 'See: mpn-benefits help usage',
    });
  }
  const backend = await context.backend();
  const product =
    options.product === undefined ? undefined : await chosenProduct(options.product, backend, context);
  if (options.lapsing !== undefined) return lapsing(backend, options.lapsing, product);
  if (options.html !== undefined) {
    const { writePage } = await import('./usage/page.ts');
    return writePage(options.html, product, backend, context);
  }
  return {
    kind: 'rows',
    rows: backend.usage.list(product),
    fields: FIELDS,
    columns: COLUMNS,
    empty: 'There is nothing to report yet. Import first: mpn-benefits import <file>',
  };
}

const LAPSING_FIELDS = [
  'machine',
  'productId',
  'name',
  'keyLast5',
  'lapsesOn',
  'lastActivation',
] as const satisfies readonly (keyof LapsingRow)[];

function lapsing(backend: Backend, days: number, product: ProductFacts | undefined): Result {
  const columns: readonly TableColumn<LapsingRow>[] = [
    { heading: 'Machine', text: ({ machine }) => machine },
    { heading: 'Product', text: ({ name }) => name, ...PRODUCT_CELL },
    { heading: 'Key', text: ({ keyLast5 }) => `…${keyLast5}`, yields: 2 },
    { heading: 'Lapses', text: ({ lapsesOn }, view) => dayCell(lapsesOn, view) },
    {
      heading: 'Activated',
      text: ({ lastActivation }, view) => timeCell(lastActivation, view),
      yields: 1,
    },
  ];
  return {
    kind: 'rows',
    rows: ofProduct(backend.usage.lapsing(days), product),
    fields: LAPSING_FIELDS,
    columns,
    empty: 'Nothing that is activated lapses by then.',
  };
}

async function* ofProduct(
  rows: AsyncIterable<LapsingRow>,
  product: ProductFacts | undefined,
): AsyncIterable<LapsingRow> {
  for await (const row of rows) if (product === undefined || row.productId === product.id) yield row;
}
