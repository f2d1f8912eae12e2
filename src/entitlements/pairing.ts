import { byDay } from './days.ts';
import type { IsoDate } from './types.ts';

/** What tells apart the grants of one product, source and unit. Null: not said. */
export interface GrantRow {
  readonly quantity: number | null;
  readonly activateBy: IsoDate | null;
}

/** A row of a file, and the stored one that it tells of; null if it is new. */
export interface RowPair<Given, Stored> {
  readonly given: Given;
  readonly stored: Stored | null;
}

/**
 * Finds the stored rows that those of a file tell of, all of one product, source and unit. The same rows belong
 * together; if some are absent from the file, rows of the same day too; the others in the order of their dates. Of more
 * rows than are stored, those are new that would be older than the next stored one.
 */
export function pairRows<Given extends GrantRow, Stored extends GrantRow>(
  given: readonly Given[],
  stored: readonly Stored[],
): RowPair<Given, Stored>[] {
  let rows = inOrder(given);
  if (stored.length === 0) return rows.map((row) => ({ given: row, stored: null }));
  const pairs: RowPair<Given, Stored>[] = [];
  let known = inOrder(stored);
  const pairAlike = (likeness: (row: GrantRow) => string): void => {
    // The first of several that are alike is the last of its list.
    const byLikeness = Map.groupBy(known.toReversed(), likeness);
    const paired = new Set<Stored>();
    rows = rows.filter((row) => {
      const alike = byLikeness.get(likeness(row))?.pop();
      if (alike === undefined) return true;
      paired.add(alike);
      pairs.push({ given: row, stored: alike });
      return false;
    });
    known = known.filter((row) => !paired.has(row));
  };
  pairAlike(({ quantity, activateBy }) => `${quantity} ${activateBy}`);
  if (rows.length < known.length) pairAlike(({ activateBy }) => `${activateBy}`);
  let more = rows.length - known.length;
  let next = 0;
  for (const row of rows) {
    const candidate = known[next];
    if (candidate === undefined || (more > 0 && isOlder(row, candidate))) {
      more -= 1;
      pairs.push({ given: row, stored: null });
    } else {
      next += 1;
      pairs.push({ given: row, stored: candidate });
    }
  }
  return pairs;
}

/** True if a row says an earlier day than the stored one: an old export must not undo a renewal. */
export function isOlder(row: GrantRow, stored: GrantRow): boolean {
  return row.activateBy !== null && stored.activateBy !== null && row.activateBy < stored.activateBy;
}

const inOrder = <Row extends GrantRow>(rows: readonly Row[]): Row[] =>
  rows.toSorted((a, b) => byDay(a.activateBy, b.activateBy));
