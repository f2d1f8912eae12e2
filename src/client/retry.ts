/** How often what may be repeated is tried, the first time included. */
export const RETRIES = {
  read: 4,
  /** More patience: its outcome matters, and its request id makes it happen once. */
  keyed: 6,
} as const;

const FIRST_PAUSE = 200;
const LONGEST_PAUSE = 5_000;

/** Milliseconds before the next try; `random` from 0 to 1 spreads those who failed together. */
export function pauseBefore(retry: number, random: number): number {
  const full = Math.min(FIRST_PAUSE * 2 ** (retry - 1), LONGEST_PAUSE);
  return Math.round(full / 2 + (full / 2) * random);
}

const WORTH_REPEATING = new Set([408, 425, 429, 500, 502, 503, 504]);

export function isWorthRepeating(status: number): boolean {
  return WORTH_REPEATING.has(status);
}

/** `Retry-After` in milliseconds: seconds, or a date. Undefined if it says nothing. */
export function retryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,6}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now.getTime());
}
