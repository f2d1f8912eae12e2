import { isPast } from '../entitlements/days.ts';
import type { IsoDate } from '../entitlements/types.ts';
import { AppError } from '../errors.ts';

/** The dates of an entitlement after which its product must not be activated. */
export interface EntitlementDates {
  readonly activateBy: IsoDate | null;
  readonly lapsesOn: IsoDate | null;
}

/** True if there are entitlements and none of them covers an activation today. Without any, nothing is known. */
export function allPast(entitlements: readonly EntitlementDates[], today: IsoDate): boolean {
  return (
    entitlements.length > 0 &&
    entitlements.every(({ activateBy, lapsesOn }) => isPast(activateBy, today) || isPast(lapsesOn, today))
  );
}

/**
 * Lets an activation under ended entitlements through only with a reason, which is recorded.
 * @throws AppError USAGE
 */
export function refuseIfPast(
  entitlements: readonly EntitlementDates[],
  today: IsoDate,
  reason: string | null,
): void {
  if (!allPast(entitlements, today) || (reason !== null && reason.trim() !== '')) return;
  throw new AppError('USAGE', 'Every entitlement to this product has passed its activate-by or lapse date.', {
    hint: 'Software benefits may be used only while the membership runs. If this is right all the same, add --reason <text>.',
  });
}
