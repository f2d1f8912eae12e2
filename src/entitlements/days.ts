import { compare } from '../keys/order.ts';
import type { IsoDate } from './types.ts';

/** The first and last day this module knows; sums beyond them stop there. */
const FIRST_DAY = '0001-01-01';
const LAST_DAY = '9999-12-31';

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function monthLength(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : (MONTH_LENGTHS[month - 1] ?? 0);
}

/** True for a day that exists, written `YYYY-MM-DD`, from year 1 to year 9999. */
export function isDay(text: string): text is IsoDate {
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text)) return false;
  const [year, month, day] = parts(text);
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
}

function parts(day: IsoDate): [year: number, month: number, day: number] {
  return [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
}

/**
 * Days since 1 March of year 0. Years begin in March here, so that the leap day is the last of its year and
 * month lengths follow one formula.
 */
function dayNumber(text: IsoDate): number {
  const [year, month, day] = parts(text);
  const marchYear = month > 2 ? year : year - 1;
  const marchMonth = month > 2 ? month - 3 : month + 9;
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  return marchYear * 365 + leapDays + Math.floor((marchMonth * 153 + 2) / 5) + day - 1;
}

const FIRST_NUMBER = dayNumber(FIRST_DAY);
const LAST_NUMBER = dayNumber(LAST_DAY);
const DAYS_IN_400_YEARS = 146_097;

function fromDayNumber(number: number): IsoDate {
  const era = Math.floor(number / DAYS_IN_400_YEARS);
  const dayOfEra = number - era * DAYS_IN_400_YEARS;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return [pad(year, 4), pad(month, 2), pad(day, 2)].join('-');
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** The day that many days later (earlier if negative). Stops at the ends of the calendar, years 1 and 9999. */
export function addDays(day: IsoDate, days: number): IsoDate {
  const number = dayNumber(day) + Math.trunc(days);
  if (number <= FIRST_NUMBER) return FIRST_DAY;
  if (number >= LAST_NUMBER) return LAST_DAY;
  return fromDayNumber(number);
}

/** Days from the first to the second; negative if the second is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return dayNumber(to) - dayNumber(from);
}

/** A day is past once today is later; on the day itself it is not. An unknown day is never past. */
export function isPast(day: IsoDate | null, today: IsoDate): boolean {
  return day !== null && today > day;
}

/** The order of days, an unknown one last. */
export function byDay(a: IsoDate | null, b: IsoDate | null): number {
  if (a === b) return 0;
  if (a === null) return 1;
  return b === null ? -1 : compare(a, b);
}
