import { addDays } from '../../entitlements/days.ts';
import type { EntitlementFilter, EntitlementRow } from '../backend.ts';
import { compare, isOfProgram } from '../local/entitlement-rows.ts';

/** A row of the service, with the other names its product goes by. */
export type NamedRow = EntitlementRow & { readonly aliases: readonly string[] };

/** The rows that fit, as a local profile gives them: by name, or the soonest end first. */
export function filteredRows(
  rows: readonly NamedRow[],
  filter: EntitlementFilter,
  today: string,
): EntitlementRow[] {
  const fitting = rows.filter((row) => fits(row, filter));
  if (filter.expiring === undefined) return fitting.map(withoutAliases);
  const last = addDays(today, filter.expiring);
  return fitting
    .map((row) => ({ row, end: soonestEnd(row, today) }))
    .filter(({ end }) => end !== undefined && end <= last)
    .sort((a, b) => compare(a.end ?? '', b.end ?? '') || compare(a.row.name, b.row.name))
    .map(({ row }) => withoutAliases(row));
}

function withoutAliases({ aliases: _, ...row }: NamedRow): EntitlementRow {
  return row;
}

function fits(row: NamedRow, filter: EntitlementFilter): boolean {
  return (
    (filter.kind === undefined || row.kind === filter.kind) &&
    (filter.needsActivation !== true || row.requiresActivation === true) &&
    (filter.withKey !== true || row.keyCount > 0) &&
    (filter.state === undefined || row.state === filter.state) &&
    (filter.program === undefined || isOfProgram(row, filter.program)) &&
    (filter.text === undefined || isNamed(row, filter.text))
  );
}

function isNamed(row: NamedRow, wanted: string): boolean {
  const plain = wanted.toLowerCase();
  return [row.productId, row.name, ...row.aliases].some((name) => name.toLowerCase().includes(plain));
}

function soonestEnd(row: NamedRow, today: string): string | undefined {
  return [row.activateBy, row.lapsesOn].filter((day) => day !== null && day >= today).sort()[0] ?? undefined;
}
