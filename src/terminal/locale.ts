/**
 * Dates and numbers as a reader of some language writes them. The first use of Intl's dates costs a third of the time
 * that Node takes to start, so the default, American English, is written by hand.
 */

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY = 86_400_000;
/** Further away a date says more than a number of days. */
const NEAR_DAYS = 30;

/** The last day that was written: lists repeat few days many times. */
let last = { isoDate: '', locale: '', written: '' };

/** `2026-03-09` as `Mar 9, 2026` or what the locale has for it; anything that is no such date is given back as it is. */
export function localDate(isoDate: string, locale: string): string {
  if (last.isoDate !== isoDate || last.locale !== locale)
    last = { isoDate, locale, written: writeDate(isoDate, locale) };
  return last.written;
}

function writeDate(isoDate: string, locale: string): string {
  const day = dayNumber(isoDate);
  if (day === undefined) return isoDate;
  if (isAmerican(locale)) {
    const [year, month, date] = isoDate.slice(0, 10).split('-');
    return `${MONTHS[Number(month) - 1]} ${Number(date)}, ${year}`;
  }
  return dateFormat(locale).format(day * DAY);
}

/** A number with the separators of the locale. */
export function localNumber(value: number, locale: string): string {
  if (isAmerican(locale) && Number.isInteger(value)) {
    const digits = String(value);
    return digits.length < 4 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, ',');
  }
  return numberFormat(locale).format(value);
}

/**
 * How far a day is from today, in words if it is near: `today`, `tomorrow`, `in 12 days`, `3 days ago`; else the date.
 * @param today `YYYY-MM-DD`, as in View
 */
export function relativeDay(isoDate: string, today: string, locale: string): string {
  const [day, now] = [dayNumber(isoDate), dayNumber(today)];
  if (day === undefined || now === undefined) return localDate(isoDate, locale);
  const distance = day - now;
  if (distance === 0) return 'today';
  if (distance === 1) return 'tomorrow';
  if (distance === -1) return 'yesterday';
  if (Math.abs(distance) > NEAR_DAYS) return localDate(isoDate, locale);
  return distance > 0 ? `in ${distance} days` : `${-distance} days ago`;
}

/** Days since 1970; undefined if the text does not begin with a day of the calendar. */
function dayNumber(isoDate: string): number | undefined {
  const text = /^\d{4}-\d{2}-\d{2}(?=$|T)/.exec(isoDate)?.[0];
  if (text === undefined) return undefined;
  const time = Date.parse(`${text}T00:00:00Z`);
  // Date.parse takes the 30th of February for the 2nd of March.
  if (Number.isNaN(time) || new Date(time).getUTCDate() !== Number(text.slice(8))) return undefined;
  return time / DAY;
}

const AMERICAN = /^en(-US)?$/i;

function isAmerican(locale: string): boolean {
  return locale === 'en-US' || AMERICAN.test(locale);
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function dateFormat(locale: string): Intl.DateTimeFormat {
  return remember(
    dateFormats,
    locale,
    (tag) => new Intl.DateTimeFormat(tag, { dateStyle: 'medium', timeZone: 'UTC' }),
  );
}

function numberFormat(locale: string): Intl.NumberFormat {
  return remember(numberFormats, locale, (tag) => new Intl.NumberFormat(tag));
}

/** A tag that Intl does not take is no reason to fail: English, then. */
function remember<T>(known: Map<string, T>, locale: string, make: (tag: string) => T): T {
  const found = known.get(locale);
  if (found !== undefined) return found;
  let made: T;
  try {
    made = make(locale);
  } catch {
    made = make('en');
  }
  known.set(locale, made);
  return made;
}
