import type { ActivationRow } from '../../activation/activations.ts';
import { signed } from '../../counted.ts';
import type { TableColumn, View } from '../../terminal/result.ts';
import { timeCell } from './cells.ts';

/** The fields of an activation in lists, in their order. */
export const ACTIVATION_FIELDS = [
  'activationId',
  'at',
  'settledAt',
  'productId',
  'keyId',
  'keyLast5',
  'machine',
  'scenario',
  'assumed',
  'delta',
  'policy',
  'via',
  'status',
  'code',
  'reason',
  'purpose',
  'actor',
] as const satisfies readonly (keyof ActivationRow)[];

export const ACTIVATION_COLUMNS: readonly TableColumn<ActivationRow>[] = [
  { heading: 'Id', text: ({ activationId }) => activationId, whole: true },
  { heading: 'When', text: ({ at }, view) => timeCell(at, view), yields: 2 },
  { heading: 'Product', text: ({ productId }) => productId, yields: 3 },
  { heading: 'Key', text: ({ keyLast5 }) => `…${keyLast5}`, yields: 4 },
  { heading: 'Machine', text: ({ machine }) => machine },
  {
    heading: 'Scenario',
    text: ({ scenario, assumed }) => (assumed ? `${scenario} (assumed)` : scenario),
    yields: 5,
  },
  { heading: 'Count', align: 'right', text: ({ delta }) => signed(delta) },
  { heading: 'Status', text: statusText, style: statusStyle },
];

function statusText({ status, code }: ActivationRow): string {
  return code === null ? status : `${status} ${code}`;
}

function statusStyle(text: string, { status }: ActivationRow, { palette }: View): string {
  return { pending: palette.warn, succeeded: palette.good, failed: palette.bad }[status](text);
}
