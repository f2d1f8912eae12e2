import { IMPORT_HEADERS } from '../data/import-headers.ts';
import { isDay } from '../entitlements/days.ts';
import type { IsoDate } from '../entitlements/types.ts';
import type { ReadOptions } from './record.ts';

export type DateOrder = NonNullable<ReadOptions['dateFormat']>;

/**
 * What a text says about a day. `ambiguous`: several readings are days, and different ones; `impossible`: it has
 * the form of a date but no calendar has that day; `unreadable`: no form that is known.
 */
export type DateReading =
  | { readonly kind: 'date'; readonly date: IsoDate }
  | { readonly kind: 'ambiguous' | 'impossible' | 'unreadable' };

const UNREADABLE: DateReading = { kind: 'unreadable' };
const IMPOSSIBLE: DateReading = { kind: 'impossible' };

/** Time of day and zone behind a date: the day is taken as it is written. */
const TIME = /(?:T|\s+)\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|[+-]\d{2}:?\d{2})?$/i;
const NUMBERS = /^(\d{1,4})(?:\s*[-/.]\s*|\s+)(\d{1,2})(?:\s*[-/.]\s*|\s+)(\d{1,4})\.?$/;
const CHINESE_SIGNS = /^(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日$/;

/**
 * Reads a day: ISO, year first, a name of a month in any of the known languages, or numbers only. Numbers in an
 * order that is not certain are ambiguous unless `order` says which one is meant; year first is always certain.
 */
export function readDate(text: string, order?: DateOrder): DateReading {
  if (text.length > 60) return UNREADABLE;
  const plain = text.normalize('NFKC').trim().replace(TIME, '');
  const signs = CHINESE_SIGNS.exec(plain);
  if (signs !== null) return day(Number(signs[1]), Number(signs[2]), Number(signs[3]));
  const numbers = NUMBERS.exec(plain);
  if (numbers === null) return readNamedMonth(plain);
  return readNumbers([numbers[1] ?? '', numbers[2] ?? '', numbers[3] ?? ''], order);
}

function readNumbers(parts: readonly [string, string, string], order: DateOrder | undefined): DateReading {
  const orders = possibleOrders(parts[0].length, parts[2].length);
  const wanted =
    order === undefined || (orders[0] === 'ymd' && orders.length === 1)
      ? orders
      : orders.filter((o) => o === order);
  if (wanted.length === 0) return orders.length === 0 ? UNREADABLE : IMPOSSIBLE;
  const days = new Set<IsoDate>();
  for (const candidate of wanted) {
    const reading = inOrder(parts, candidate);
    if (reading.kind === 'date') days.add(reading.date);
  }
  const [date] = days;
  if (date === undefined) return IMPOSSIBLE;
  return days.size > 1 ? { kind: 'ambiguous' } : { kind: 'date', date };
}

function possibleOrders(first: number, last: number): readonly DateOrder[] {
  if (first === 4) return last <= 2 ? ['ymd'] : [];
  if (first > 2) return [];
  if (last === 4) return ['mdy', 'dmy'];
  return last <= 2 ? ['mdy', 'dmy', 'ymd'] : [];
}

function inOrder([a, b, c]: readonly [string, string, string], order: DateOrder): DateReading {
  if (order === 'ymd') return day(year(a), Number(b), Number(c));
  return order === 'mdy' ? day(year(c), Number(a), Number(b)) : day(year(c), Number(b), Number(a));
}

function year(digits: string): number {
  return digits.length === 4 ? Number(digits) : 2000 + Number(digits);
}

const MONTHS: ReadonlyMap<string, number> = new Map(
  IMPORT_HEADERS.months.flatMap((names, index) => names.map((name) => [plainWord(name), index + 1] as const)),
);
const WORDS: ReadonlySet<string> = new Set(IMPORT_HEADERS.dateWords);

function readNamedMonth(text: string): DateReading {
  const parts = plainWord(text).match(/\d+|\p{L}+/gu) ?? [];
  if (/[^\p{L}\p{N}\s.,/-]/u.test(plainWord(text))) return UNREADABLE;
  const numbers = parts.filter((part) => /^\d/.test(part));
  const words = parts.filter((part) => !/^\d/.test(part) && !WORDS.has(part));
  const month = MONTHS.get(words[0] ?? '');
  if (words.length !== 1 || month === undefined || numbers.length !== 2) return UNREADABLE;
  const years = numbers.filter((number) => number.length === 4);
  const days = numbers.filter((number) => number.length <= 2);
  if (years.length !== 1 || days.length !== 1) return UNREADABLE;
  return day(Number(years[0]), month, Number(days[0]));
}

function plainWord(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function day(y: number, m: number, d: number): DateReading {
  const two = (number: number) => String(number).padStart(2, '0');
  const date = `${y}-${two(m)}-${two(d)}`;
  return y >= 1900 && isDay(date) ? { kind: 'date', date } : IMPOSSIBLE;
}
