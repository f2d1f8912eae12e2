import { type ActivationRow, activationRow } from '../activation/activations.ts';
import type { Backend, LapsingRow, UsageRow } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import type { Result, TableColumn, View } from '../terminal/result.ts';
import { activationsCell, dayCell, quantityCell } from './shared/cells.ts';
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
  { heading: 'Product', text: ({ name }) => name },
  { heading: 'Granted', text: ({ granted, unit }, view) => quantityCell(granted, unit, view), yields: 3 },
  { heading: 'Activations', text: (row, view) => activationsCell(row, view), style: usedStyle },
  { heading: 'Pending', align: 'right', text: ({ pending }) => String(pending), yields: 4 },
  { heading: 'Remaining', align: 'right', text: remainingText, style: usedStyle },
  { heading: 'Machines', align: 'right', text: ({ machines }) => String(machines), yields: 2 },
  {
    heading: 'Last activation',
    text: ({ lastActivation }, view) =>
      lastActivation === null ? '-' : dayCell(lastActivation.slice(0, 10), view),
    yields: 5,
  },
  { heading: 'Lapses', text: ({ lapsesOn }, view) => dayCell(lapsesOn, view), yields: 1 },
];

function remainingText({ unlimited, remaining, overUse }: UsageRow): string {
  if (unlimited) return '-';
  if (overUse > 0) return `${overUse} too many`;
  return remaining === null ? 'unknown' : String(remaining);
}

function usedStyle(text: string, { overUse, remaining }: UsageRow, { palette }: View): string {
  if (overUse > 0) return palette.bad(text);
  return remaining === 0 ? palette.warn(text) : text;
}

/** What is used of what was granted, product by product. */
export async function run(options: UsageOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  if (options.lapsing !== undefined) return lapsing(backend, options.lapsing);
  const product =
    options.product === undefined ? undefined : await chosenProduct(options.product, backend, context);
  if (options.html !== undefined) return writePage(options.html, backend, context);
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

function lapsing(backend: Backend, days: number): Result {
  const columns: readonly TableColumn<LapsingRow>[] = [
    { heading: 'Machine', text: ({ machine }) => machine },
    { heading: 'Product', text: ({ name }) => name },
    { heading: 'Key', text: ({ keyLast5 }) => `…${keyLast5}`, yields: 2 },
    { heading: 'Lapses', text: ({ lapsesOn }, view) => dayCell(lapsesOn, view) },
    {
      heading: 'Activated',
      text: ({ lastActivation }, view) => dayCell(lastActivation.slice(0, 10), view),
      yields: 1,
    },
  ];
  return {
    kind: 'rows',
    rows: backend.usage.lapsing(days),
    fields: LAPSING_FIELDS,
    columns,
    empty: 'Nothing that is activated lapses by then.',
  };
}

/** More rows than this make a page that nobody prints; the export of the ledger has them all. */
const MOST_ACTIVATIONS = 1_000;

async function writePage(file: string, backend: Backend, context: Context): Promise<Result> {
  const usage: UsageRow[] = [];
  for await (const row of backend.usage.list(undefined)) usage.push(row);
  const activations: ActivationRow[] = [];
  const months = new Map<string, number>();
  let activationCount = 0;
  for await (const activation of backend.activations.list({})) {
    activationCount += 1;
    if (activations.length < MOST_ACTIVATIONS) activations.push(activationRow(activation));
    const month = activation.at.slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + activation.delta);
  }
  const { ledger, head, chains } = await backend.ledger.export();
  const { auditPage } = await import('../reports/audit-page.ts');
  const page = auditPage({
    profile: context.profile().name,
    madeAt: context.surroundings.now().toISOString(),
    usage,
    activations,
    activationCount,
    months: [...months]
      .map(([month, count]) => ({ month, count }))
      .sort((a, b) => (a.month < b.month ? -1 : 1)),
    ledger,
    head,
    chains,
  });
  const { writeOwnFile } = await import('./shared/out-file.ts');
  await writeOwnFile(file, page, context);
  return {
    kind: 'record',
    value: { file, head },
    render: () => `Wrote ${file}. The head of the ledger is ${head}: keep it where nobody can change it.`,
  };
}
