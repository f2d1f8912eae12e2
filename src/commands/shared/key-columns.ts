import type { KeyView, RevealView } from '../../backend/rows.ts';
import type { TableColumn } from '../../terminal/result.ts';
import { minute } from '../../terminal/text.ts';
import { activationsCell, dayCell, noteCell, PRODUCT_CELL } from './cells.ts';

export const KEY_FIELDS = [
  'id',
  'productIds',
  'last5',
  'type',
  'state',
  'unlimited',
  'allowed',
  'allowedBasis',
  'used',
  'pending',
  'remaining',
  'claimedOn',
  'revealedAt',
  'note',
  'markReason',
] as const satisfies readonly (keyof KeyView)[];

export const KEY_COLUMNS: readonly TableColumn<KeyView>[] = [
  { heading: 'Key', text: ({ last5 }) => `…${last5}` },
  { heading: 'Id', text: ({ id }) => id, whole: true, yields: 2 },
  { heading: 'Product', text: ({ productIds }) => productIds.join(', '), ...PRODUCT_CELL },
  { heading: 'Type', text: ({ type }) => type, yields: 1 },
  { heading: 'Activations', text: (key, view) => activationsCell(key, view) },
  { heading: 'Claimed', text: ({ claimedOn }, view) => dayCell(claimedOn, view), yields: 3 },
  { heading: 'State', text: ({ state }) => state },
  { heading: 'Note', text: noteCell, yields: 4 },
];

export const REVEAL_FIELDS = [
  'id',
  'at',
  'keyId',
  'last5',
  'productId',
  'actor',
  'job',
  'purpose',
  'way',
  'target',
] as const satisfies readonly (keyof RevealView)[];

export const REVEAL_COLUMNS: readonly TableColumn<RevealView>[] = [
  { heading: 'When (UTC)', text: ({ at }) => minute(at) },
  { heading: 'Key', text: ({ last5 }) => `…${last5}` },
  { heading: 'Product', text: ({ productId }) => productId ?? '', yields: 1 },
  { heading: 'Way', text: ({ way, target }) => (target === null ? way : `${way}: ${target}`) },
  { heading: 'By', text: ({ actor }) => actor ?? 'unknown' },
  { heading: 'Job', text: ({ job }) => job ?? '', yields: 3 },
  { heading: 'Purpose', text: ({ purpose }) => purpose ?? '', yields: 2 },
];
