import { activationRow } from '../activation/activations.ts';
import type { MachineRow } from '../activation/machines.ts';
import type { Context } from '../context.ts';
import { signed } from '../counted.ts';
import { AppError } from '../errors.ts';
import type { Result, TableColumn, View } from '../terminal/result.ts';
import { bulleted, keyValues } from '../terminal/text.ts';
import { timeCell } from './shared/cells.ts';

const FIELDS = [
  'id',
  'name',
  'formerNames',
  'firstSeen',
  'lastSeen',
  'retiredOn',
  'virtual',
  'activations',
] as const satisfies readonly (keyof MachineRow)[];

const COLUMNS: readonly TableColumn<MachineRow>[] = [
  { heading: 'Machine', text: ({ name }) => name },
  { heading: 'Id', text: ({ id }) => id, whole: true, yields: 3 },
  { heading: 'First seen', text: ({ firstSeen }, view) => timeCell(firstSeen, view), yields: 4 },
  { heading: 'Last seen', text: ({ lastSeen }, view) => timeCell(lastSeen, view), yields: 1 },
  { heading: 'Virtual', text: ({ virtual }) => yesNo(virtual), yields: 2 },
  { heading: 'Activations', align: 'right', text: ({ activations }) => String(activations) },
  {
    heading: 'State',
    text: stateText,
    style: (text, row, view) => (row.retiredOn === null ? text : view.palette.faint(text)),
  },
];

function stateText({ retiredOn }: MachineRow): string {
  return retiredOn === null ? 'in use' : 'retired';
}

function yesNo(value: boolean | null): string {
  if (value === null) return 'unknown';
  return value ? 'yes' : 'no';
}

/** Machines with activations, the last seen first. */
export async function list(context: Context): Promise<Result> {
  const backend = await context.backend();
  return {
    kind: 'rows',
    rows: backend.machines.list(),
    fields: FIELDS,
    columns: COLUMNS,
    empty: 'No machines are recorded yet: they appear with their first activation.',
  };
}

/** One machine and its activations. */
export async function show(options: { readonly name: string }, context: Context): Promise<Result> {
  const backend = await context.backend();
  const { row, activations } = await backend.machines.show(options.name);
  const rows = activations.map(activationRow);
  const line = (each: (typeof rows)[number], view: View): string =>
    `${timeCell(each.at, view)}  ${each.productId}  …${each.keyLast5}  ${each.scenario}  ${signed(each.delta)}  ${each.status}`;
  return {
    kind: 'record',
    value: { ...row, history: rows },
    render: (view) =>
      [
        keyValues(
          [
            ['Machine', row.name],
            ['Id', row.id],
            ['Former names', row.formerNames.length > 0 ? row.formerNames.join(', ') : undefined],
            ['First seen', timeCell(row.firstSeen, view)],
            ['Last seen', timeCell(row.lastSeen, view)],
            ['Virtual', yesNo(row.virtual)],
            ['State', stateText(row)],
          ],
          view,
        ),
        'Activations:',
        bulleted(
          rows.map((each) => line(each, view)),
          view,
          '  ',
        ),
      ].join('\n'),
  };
}

/** Records that a machine is no longer in use. Nothing is given back. */
export async function retire(
  options: { readonly name: string; readonly reason?: string | undefined },
  context: Context,
): Promise<Result> {
  if (options.reason === undefined) {
    throw new AppError('USAGE', 'Retiring a machine needs a reason.', {
      hint: 'Add --reason <text>; it is recorded.',
    });
  }
  const backend = await context.backend();
  const row = await backend.machines.retire(options.name, options.reason, context.surroundings.userName());
  return {
    kind: 'record',
    value: row,
    render: () =>
      `${row.name} is retired. Its history stays, and its activations do not come back: no source says that they do.`,
  };
}
