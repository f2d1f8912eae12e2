import { type ActivationRow, activationRow } from '../activation/activations.ts';
import type { StoredEvent } from '../activation/chain.ts';
import { parseEvent } from '../activation/event-reader.ts';
import type { LedgerEvent } from '../activation/events.ts';
import type { Backend, KeyView, LapsingRow, UsageRow } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import type { ProductFacts } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';
import type { CountChange } from '../reports/audit-page.ts';
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
  if (options.html !== undefined) return writePage(options.html, product, backend, context);
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

/** More rows than this make a page that nobody prints; the export of the ledger has them all. */
const MOST_ACTIVATIONS = 1_000;

async function writePage(
  file: string,
  product: ProductFacts | undefined,
  backend: Backend,
  context: Context,
): Promise<Result> {
  const [{ agreeOnFile, fileNamed }, { writeOutFile }, { auditPage }] = await Promise.all([
    import('./shared/out-file.ts'),
    import('../store/own-file-writing.ts'),
    import('../reports/audit-page.ts'),
  ]);
  const agreed = fileNamed(file) === undefined ? undefined : await agreeOnFile(file, context);
  const usage: UsageRow[] = [];
  for await (const row of backend.usage.list(product)) usage.push(row);
  const activations: ActivationRow[] = [];
  const months = new Map<string, number>();
  let activationCount = 0;
  for await (const activation of backend.activations.list({ product })) {
    activationCount += 1;
    if (activations.length < MOST_ACTIVATIONS) activations.push(activationRow(activation));
    const month = activation.at.slice(0, 7);
    months.set(month, (months.get(month) ?? 0) + activation.delta);
  }
  const { ledger, head, chains, events } = await backend.ledger.export();
  const page = auditPage({
    profile: context.profile().name,
    product: product?.name ?? null,
    madeAt: context.surroundings.now().toISOString(),
    usage,
    activations,
    activationCount,
    months: withoutGaps(months),
    changes: await changesIn(events, await backend.keys.list(product)),
    ledger,
    head,
    chains,
  });
  if (agreed === undefined) {
    context.terminal.note(`The head of the ledger is ${head}: keep it where nobody can change it.`);
    return { kind: 'text', text: page };
  }
  writeOutFile(file, page, agreed);
  return {
    kind: 'record',
    value: { file, head },
    render: () => `Wrote ${file}. The head of the ledger is ${head}: keep it where nobody can change it.`,
  };
}

/** Only these are taken apart; a text that holds one of them elsewhere has its quotes escaped there. */
const CHANGE = /"type":"(?:adjusted|allowance-set|correction)"/;

/** What changed the numbers of these keys without an activation. */
async function changesIn(
  events: AsyncIterable<StoredEvent>,
  keys: readonly KeyView[],
): Promise<readonly CountChange[]> {
  const names = new Map(keys.map(({ id, last5 }) => [id, last5]));
  const changes: CountChange[] = [];
  for await (const { chain, text } of events) {
    const keyLast5 = names.get(chain);
    if (keyLast5 === undefined || !CHANGE.test(text)) continue;
    const event = parseEvent(text);
    const what = changeOf(event);
    if (what === null) continue;
    const reason = 'reason' in event ? event.reason : null;
    changes.push({ at: event.at, keyLast5, what, delta: event.delta, reason, actor: event.actor });
  }
  return changes.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
}

function changeOf(event: LedgerEvent): string | null {
  if (event.type === 'adjusted') return `used set from ${event.before} to ${event.after}`;
  if (event.type === 'allowance-set')
    return `allowance set from ${event.before ?? 'unknown'} to ${event.after ?? 'unknown'}`;
  if (event.type === 'correction') return `${event.activationId} corrected to ${event.outcome}`;
  return null;
}

/** Months by their counts, oldest first, those in which nothing happened too. */
function withoutGaps(counts: ReadonlyMap<string, number>): { month: string; count: number }[] {
  const known = [...counts.keys()].sort();
  const [first] = known;
  const last = known.at(-1);
  if (first === undefined || last === undefined) return [];
  const months: { month: string; count: number }[] = [];
  for (let month = first; month <= last; month = nextMonth(month)) {
    months.push({ month, count: counts.get(month) ?? 0 });
  }
  return months;
}

function nextMonth(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}
