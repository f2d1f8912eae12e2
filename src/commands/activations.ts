import { activationRow } from '../activation/activations.ts';
import type { LedgerEvent } from '../activation/events.ts';
import { adjustTarget } from '../activation/settle.ts';
import type { Context } from '../context.ts';
import { signed } from '../counted.ts';
import { AppError } from '../errors.ts';
import type { Result, View } from '../terminal/result.ts';
import { bulleted, keyValues } from '../terminal/text.ts';
import { activationCalled } from './shared/activation-called.ts';
import { ACTIVATION_COLUMNS, ACTIVATION_FIELDS } from './shared/activation-columns.ts';
import { timeCell } from './shared/cells.ts';
import { chosenProduct } from './shared/product.ts';
import { firstOf } from './shared/rows.ts';

export interface ListOptions {
  readonly product?: string | undefined;
  readonly machine?: string | undefined;
  readonly limit?: number | undefined;
}

/** Activations, newest first. */
export async function list(options: ListOptions, context: Context): Promise<Result> {
  const backend = await context.backend();
  const product =
    options.product === undefined ? undefined : await chosenProduct(options.product, backend, context);
  const found = backend.activations.list({ product, machine: options.machine });
  const rows = (async function* () {
    for await (const activation of firstOf(found, options.limit)) yield activationRow(activation);
  })();
  return {
    kind: 'rows',
    rows,
    fields: ACTIVATION_FIELDS,
    columns: ACTIVATION_COLUMNS,
    empty:
      product === undefined && options.machine === undefined
        ? 'No activations are recorded yet. Activate with: mpn-benefits activate <product>'
        : 'No activation fits. All there are: mpn-benefits activations list',
  };
}

/** One activation with the events that tell it. */
export async function show(options: { readonly id: string }, context: Context): Promise<Result> {
  const backend = await context.backend();
  const { activation, events } = await activationCalled(options.id, backend);
  const row = activationRow(activation);
  return {
    kind: 'record',
    value: { ...row, events: events.map(eventJson) },
    render: (view) =>
      [
        keyValues(
          [
            ['Activation', row.activationId],
            ['Product', row.productId],
            ['Key', `…${row.keyLast5} (${row.keyId})`],
            ['Machine', row.machine],
            ['Scenario', `${row.scenario}${row.assumed ? ' (assumed)' : ''}`],
            ['Count', `${signed(row.delta)}, policy ${row.policy}`],
            ['Status', row.code === null ? row.status : `${row.status}, ${row.code}`],
            ['Carried out', row.via],
            ['Purpose', row.purpose],
            ['By', row.actor],
            ['Reason', row.reason ?? undefined],
          ],
          view,
        ),
        'Why it was counted so:',
        bulleted(activation.reasons, view, '  '),
        'Events:',
        events.map((event) => eventLine(event, view)).join('\n'),
      ].join('\n'),
  };
}

/** Events hold strings, integers, null, arrays and objects only: they are JSON as they are. */
function eventJson(event: LedgerEvent) {
  return JSON.parse(JSON.stringify(event));
}

function eventLine(event: LedgerEvent, view: View): string {
  return `  ${String(event.seq).padStart(4)}  ${timeCell(event.at, view)}  ${event.type}  ${signed(event.delta)}`;
}

export interface AdjustOptions {
  readonly product: string;
  readonly key?: string | undefined;
  readonly used?: number | undefined;
  readonly remaining?: number | undefined;
  readonly allowed?: number | undefined;
  readonly reason?: string | undefined;
}

/** Sets a count to a number read elsewhere, with the reason. */
export async function adjust(options: AdjustOptions, context: Context): Promise<Result> {
  const { reason } = options;
  const target = adjustTarget(options.used ?? null, options.remaining ?? null);
  if (target === null && options.allowed === undefined) {
    throw new AppError('USAGE', 'Give one of --used <n> and --remaining <n>, or --allowed <n> alone.', {
      hint: 'The portal or VAMT shows how many are left: --remaining <n>.',
    });
  }
  if (reason === undefined) {
    throw new AppError('USAGE', 'An adjustment needs a reason.', {
      hint: 'Add --reason <text>; it is recorded.',
    });
  }
  const backend = await context.backend();
  const product = await chosenProduct(options.product, backend, context);
  const report = await backend.activations.adjust({
    product,
    key: options.key,
    target,
    allowed: options.allowed ?? null,
    reason,
    actor: context.surroundings.userName(),
  });
  return {
    kind: 'record',
    value: report,
    render: () =>
      `Key …${report.keyLast5} of ${product.name}: used ${report.usedBefore} → ${report.usedAfter}, allowed ${report.allowed ?? 'unknown'}, remaining ${report.remaining ?? 'unknown'}.`,
  };
}
