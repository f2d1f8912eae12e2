import { IMPORT_HEADERS, PORTAL_FIELDS, type PortalField } from '../data/import-headers.ts';
import { AppError } from '../errors.ts';
import { maskKeys } from '../keys/hidden.ts';
import { fileName } from './problem.ts';
import { MAP_FIELDS, type MapField } from './record.ts';
import { plain } from './text.ts';

/** Which column (from 0) holds which field. */
export type Columns = ReadonlyMap<MapField, number>;

/** The heading without what stands in brackets behind it: "Source (Program Name & Specialization)". */
function short(heading: string): string {
  return plain(heading.normalize('NFKC').replace(/\([^()]*\)/g, ''));
}

function portalNames(field: PortalField): readonly string[] {
  return IMPORT_HEADERS.portal.flatMap((language) => language[field]).map(plain);
}

const PORTAL_NAMES: ReadonlyMap<MapField, readonly string[]> = new Map(
  PORTAL_FIELDS.map((field) => [field, portalNames(field)] as const),
);
const NAMES: ReadonlyMap<MapField, readonly string[]> = new Map(
  MAP_FIELDS.map((field) => {
    const columns = (IMPORT_HEADERS.columns[field] ?? []).map(plain);
    return [field, [...columns, ...(PORTAL_NAMES.get(field) ?? [])]] as const;
  }),
);

/**
 * Finds the fields of a heading line by their known names. Columns that the user mapped are taken as mapped; those
 * that do not exist are left out here and refused by `requireMapped`.
 */
export function findColumns(headings: readonly string[], map?: ReadonlyMap<string, MapField>): Columns {
  const columns = new Map<MapField, number>();
  const taken = new Set<number>();
  for (const [heading, field] of map ?? []) {
    const index = indexOfHeading(headings, heading);
    if (index === -1) continue;
    columns.set(field, index);
    taken.add(index);
  }
  for (const [field, names] of NAMES) {
    if (columns.has(field)) continue;
    const index = bestColumn(headings, names, taken);
    if (index === -1) continue;
    columns.set(field, index);
    taken.add(index);
  }
  return columns;
}

/** True if the product's and every other heading that is known are those of the portal's grid. */
export function isPortalGrid(headings: readonly string[], columns: Columns): boolean {
  for (const [field, index] of columns) {
    const heading = headings[index] ?? '';
    const names = PORTAL_NAMES.get(field) ?? [];
    if (!names.includes(plain(heading)) && !names.includes(short(heading))) return false;
  }
  return columns.size >= 2 && columns.has('product');
}

/** The portal's field that a line is the heading of, if it is one. */
export function portalHeading(line: string): PortalField | null {
  for (const field of PORTAL_FIELDS) {
    const names = PORTAL_NAMES.get(field) ?? [];
    if (names.includes(plain(line)) || names.includes(short(line))) return field;
  }
  return null;
}

/** An entry that was taken for the beginning of the next one's heading, since what it names is no field. */
const STRAY_FIELD = /^[^=,]+=([^=,]+),/;

/** The heading that somebody may have meant. Others are not named: a file without headings has values there. */
async function headingsHint(missing: string, headings: readonly string[]): Promise<string> {
  if (headings.length === 0) return 'Its first line holds no headings.';
  const { closest, distance } = await import('fastest-levenshtein');
  const nearest = closest(missing, headings);
  const mayDiffer = 1 + Math.floor(Math.max(missing.length, nearest.length) / 3);
  const isNear = distance(missing.toLowerCase(), nearest.toLowerCase()) <= mayDiffer;
  return isNear ? `The nearest is "${nearest}".` : 'Name a column as the first line of the file does.';
}

/** Throws USAGE with the nearest heading if a mapped column does not exist. */
export async function requireMapped(
  file: string,
  headings: readonly string[],
  map: ReadonlyMap<string, MapField>,
): Promise<void> {
  const missing = [...map.keys()].find((heading) => indexOfHeading(headings, heading) === -1);
  if (missing === undefined) return;
  const shown = headings
    .map((heading) => maskKeys(heading.trim()).shown.slice(0, 60))
    .filter((heading) => heading !== '');
  const field = STRAY_FIELD.exec(missing)?.[1];
  if (field !== undefined) {
    throw new AppError('USAGE', `--map names "${field.slice(0, 60)}", which is no field.`, {
      hint: `Fields are ${MAP_FIELDS.join(', ')}.`,
    });
  }
  throw new AppError('USAGE', `${fileName(file)} has no column "${missing}".`, {
    hint: await headingsHint(missing, shown),
    details: { file, column: missing },
  });
}

function indexOfHeading(headings: readonly string[], wanted: string): number {
  const exact = headings.findIndex((heading) => heading.trim() === wanted.trim());
  return exact === -1 ? headings.findIndex((heading) => plain(heading) === plain(wanted)) : exact;
}

/** Earlier names are the surer ones. */
function bestColumn(
  headings: readonly string[],
  names: readonly string[],
  taken: ReadonlySet<number>,
): number {
  for (const name of names) {
    const index = headings.findIndex(
      (heading, at) => !taken.has(at) && (plain(heading) === name || short(heading) === name),
    );
    if (index !== -1) return index;
  }
  return -1;
}
