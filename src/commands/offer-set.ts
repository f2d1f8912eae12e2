import type { OfferChanges } from '../backend/backend.ts';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import type { Result } from '../terminal/result.ts';
import { keyValues } from '../terminal/text.ts';
import { dayCell } from './shared/cells.ts';

/** Records when an offer was purchased, or how its activations are counted. */
export async function run(
  options: OfferChanges & { readonly offer: string },
  context: Context,
): Promise<Result> {
  if (options.purchased === undefined && options.policy === undefined) {
    throw new AppError('USAGE', 'There is nothing to set.', {
      hint: 'Give --purchased <date> or --policy <policy>.',
    });
  }
  const backend = await context.backend();
  const offer = await backend.offers.set(options.offer, options, context.surroundings.userName());
  return {
    kind: 'record',
    value: offer,
    render: (view) =>
      keyValues(
        [
          ['Offer', `${offer.program}:${offer.part}`],
          ['Purchased', dayCell(offer.purchased, view)],
          ['Anniversary', dayCell(offer.anniversary, view)],
          ['Benefits end', dayCell(offer.benefitsEnd, view)],
          ['Refund until', dayCell(offer.refundUntil, view)],
          ['Status', offer.status],
          ['Policy', offer.policy],
        ],
        view,
      ),
  };
}
