import { InvalidArgumentError } from '@commander-js/extra-typings';

/** A count. */
export function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** A count of what there has to be some of. No rows at all would look like a profile without any. */
export function positiveNumber(text: string): number {
  const count = wholeNumber(text);
  if (count === 0) throw new InvalidArgumentError('Expected at least 1.');
  return count;
}

/** Why something was done. It is recorded for whoever asks later, and a blank one tells them nothing. */
export function reasonText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Expected a few words that say why.');
  return text;
}

/** Days as `30` or `30d`; at most the longest life of a token in the contract, which is not loaded to print a help. */
export function numberOfDays(text: string): number {
  const days = Number(/^([0-9]{1,3})d?$/.exec(text)?.[1]);
  if (!(days >= 1 && days <= 365)) throw new InvalidArgumentError('Expected 1d to 365d.');
  return days;
}

/** A day, `YYYY-MM-DD`. */
export function calendarDay(text: string): string {
  // A day that its month does not have is read as one of the next month.
  const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('Expected a date such as 2026-03-31.');
  return text;
}

/** The values of an option that may be given several times. */
export function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}
