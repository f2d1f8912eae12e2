import type { OfferView } from '../backend/rows.ts';
import type { Context } from '../context.ts';
import type { Result, TableColumn, View } from '../terminal/result.ts';
import { dayCell } from './shared/cells.ts';

const FIELDS = [
  'program',
  'part',
  'purchased',
  'anniversary',
  'benefitsEnd',
  'refundUntil',
  'status',
  'policy',
] as const satisfies readonly (keyof OfferView)[];

const COLUMNS: readonly TableColumn<OfferView>[] = [
  { heading: 'Offer', text: ({ program, part }) => `${program}:${part}`, whole: true },
  { heading: 'Purchased', text: (offer, view) => dayCell(offer.purchased, view), yields: 2 },
  { heading: 'Anniversary', text: (offer, view) => dayCell(offer.anniversary, view), yields: 4 },
  { heading: 'Benefits end', text: (offer, view) => dayCell(offer.benefitsEnd, view), yields: 1 },
  { heading: 'Refund until', text: (offer, view) => dayCell(offer.refundUntil, view), yields: 5 },
  { heading: 'Status', text: (offer) => offer.status, style: statusStyle },
  { heading: 'Policy', text: (offer) => offer.policy, yields: 3 },
];

function statusStyle(text: string, { status }: OfferView, view: View): string {
  if (status === 'active') return view.palette.good(text);
  return status === 'expired' ? view.palette.bad(text) : view.palette.warn(text);
}

/** The memberships that grant benefits. */
export async function run(context: Context): Promise<Result> {
  const backend = await context.backend();
  return {
    kind: 'rows',
    rows: await backend.offers.list(),
    fields: FIELDS,
    columns: COLUMNS,
    empty: 'No offers yet. They appear with the first import, or with: mpn-benefits offer set <program>',
  };
}
