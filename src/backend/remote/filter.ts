import { addDays } from '../../entitlements/days.ts';
import type { EntitlementFilter } from '../backend.ts';
import { endingSoon, fitsProduct, fitsRow, isNamed } from '../list-filter.ts';
import type { EntitlementRow } from '../rows.ts';

/** A row of the service, with the other names its product goes by. */
export type NamedRow = EntitlementRow & { readonly aliases: readonly string[] };

/** The rows that fit, as a local profile gives them: by name, or the soonest end first. */
export function filteredRows(
  rows: readonly NamedRow[],
  filter: EntitlementFilter,
  today: string,
): EntitlementRow[] {
  const fitting = rows.filter((row) => fits(row, filter));
  const listed =
    filter.expiring === undefined
      ? fitting
      : endingSoon(
          fitting,
          ({ activateBy, lapsesOn }) => [activateBy, lapsesOn],
          ({ name }) => name,
          { today, last: addDays(today, filter.expiring) },
        );
  return listed.map(({ aliases: _, ...row }) => row);
}

function fits(row: NamedRow, filter: EntitlementFilter): boolean {
  return (
    fitsProduct(row, filter) &&
    fitsRow(row, filter) &&
    (filter.text === undefined || isNamed([row.productId, row.name, ...row.aliases], filter.text))
  );
}
