/** The order of `<`: of texts that of their UTF-16 code units, as RFC 8785 wants it, and never a locale's. */
export function compare<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
