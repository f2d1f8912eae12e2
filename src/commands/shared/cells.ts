import type { KeyView } from '../../backend/rows.ts';
import type { ActivationNumbers, EntitlementState } from '../../entitlements/types.ts';
import { unitFor } from '../../entitlements/units.ts';
import { localDate, localNumber, relativeDay } from '../../terminal/locale.ts';
import type { View } from '../../terminal/result.ts';
import { calendarDay } from '../../terminal/terminal.ts';
import { bar } from '../../terminal/text.ts';

/** Names of products differ at their end: cut there, or shorter, many would look the same. */
export const PRODUCT_CELL = { keeps: 24, cut: 'middle' } as const;
/** `50 activations` is not cut. */
export const QUANTITY_KEEPS = 14;

/** A day as people read it: how far it is on a terminal, the date elsewhere. */
export function dayCell(day: string | null, view: View): string {
  if (day === null) return 'unknown';
  return view.width === undefined ? localDate(day, view.locale) : relativeDay(day, view.today, view.locale);
}

/** A moment as people read it: the day that it is where they are. */
export function timeCell(at: string, view: View): string {
  return dayCell(calendarDay(new Date(at)), view);
}

/** `50 activations`; unknown if nobody said how many. */
export function quantityCell(quantity: number | null, unit: string | null, view: View): string {
  if (quantity === null) return 'unknown';
  const number = localNumber(quantity, view.locale);
  if (unit === null) return number;
  return `${number} ${unitFor(quantity, unit)}`;
}

/** What came with a key, and why it was marked. */
export function noteCell({ note, markReason }: KeyView): string {
  return [note, markReason].filter((text) => text !== null).join('; ');
}

const BAR_CELLS = 5;

/** A small bar and `used/allowed`; what is not counted is a dash, what is unknown a question mark. */
export function activationsCell(numbers: ActivationNumbers, view: View): string {
  if (numbers.unlimited) return '-';
  const used = localNumber(numbers.used, view.locale);
  if (numbers.allowed === null) return `${used}/?`;
  const text = `${used}/${localNumber(numbers.allowed, view.locale)}`;
  return view.width === undefined ? text : `${bar(numbers.used, numbers.allowed, BAR_CELLS, view)} ${text}`;
}

/** Colour of a state; the word itself says the same. */
export function stateStyle(text: string, state: EntitlementState, view: View): string {
  const { good, warn, bad, faint } = view.palette;
  const styles = {
    available: good,
    'in-use': good,
    'used-up': warn,
    'over-used': bad,
    expired: faint,
    lapsed: faint,
  };
  return styles[state](text);
}
