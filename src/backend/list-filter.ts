import { compare } from '../keys/order.ts';
import type { EntitlementFilter } from './backend.ts';
import type { EntitlementRow } from './rows.ts';

/** Whether a product is listed, but for the text that is looked for. */
export function fitsProduct(
  { kind, requiresActivation, keyCount }: Pick<EntitlementRow, 'kind' | 'requiresActivation' | 'keyCount'>,
  filter: EntitlementFilter,
): boolean {
  return (
    (filter.kind === undefined || kind === filter.kind) &&
    (filter.needsActivation !== true || requiresActivation === true) &&
    (filter.withKey !== true || keyCount > 0)
  );
}

/** Whether one of a product's rows is listed. */
export function fitsRow(
  row: Pick<EntitlementRow, 'program' | 'source' | 'state'>,
  filter: EntitlementFilter,
): boolean {
  return (
    (filter.program === undefined || isOfProgram(row, filter.program)) &&
    (filter.state === undefined || row.state === filter.state)
  );
}

/** True if a row came by that program: its id, or how its source begins. */
function isOfProgram(row: Pick<EntitlementRow, 'program' | 'source'>, program: string): boolean {
  return row.program === program || row.source.toLowerCase().startsWith(program.toLowerCase());
}

/** Whether a text is part of one of a product's names. */
export function isNamed(names: readonly string[], text: string): boolean {
  const plain = text.toLowerCase();
  return names.some((name) => name.toLowerCase().includes(plain));
}

/** Rows that end from today to a last day, the soonest first, then by name. */
export function endingSoon<Row>(
  rows: readonly Row[],
  endsOf: (row: Row) => readonly (string | null)[],
  nameOf: (row: Row) => string,
  { today, last }: { readonly today: string; readonly last: string },
): Row[] {
  return rows
    .flatMap((row) => {
      const ends = endsOf(row).filter((day) => day !== null);
      const [end] = ends.filter((day) => day >= today && day <= last).sort();
      return end === undefined ? [] : [{ row, end, name: nameOf(row) }];
    })
    .sort((a, b) => compare(a.end, b.end) || compare(a.name, b.name))
    .map(({ row }) => row);
}
