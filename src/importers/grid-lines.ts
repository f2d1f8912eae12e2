import { PORTAL_FIELDS } from '../data/import-headers.ts';
import { type DateOrder, readDate } from './dates.ts';
import type { TextSource } from './decode.ts';
import { portalHeading } from './headings.ts';
import { readLines } from './lines.ts';
import { isQuantity } from './quantity.ts';
import type { ImportItem, MapField } from './record.ts';
import { RowReader } from './row.ts';
import { tidyText } from './text.ts';

const PORTAL_ORDER: readonly MapField[] = PORTAL_FIELDS;

interface Line {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the portal's grid as some browsers paste it: each cell on a line of its own, four lines to a row. The
 * quantity is what rows are recognised by, so a row that lost a line is rejected and the next one is read again.
 */
export async function* readGridLines(
  source: TextSource,
  order: DateOrder | undefined,
): AsyncGenerator<ImportItem> {
  const rows = new RowReader(source.name, order);
  let cells: Line[] = [];
  let broken = false;
  for await (const { text, line } of readLines(source.name, source.pieces)) {
    const next = { text: tidyText(text), line };
    if (next.text === '' || isHeading(next.text, cells.length)) continue;
    // The date of a row that was already rejected says nothing new.
    if (broken && readDate(next.text).kind !== 'unreadable') continue;
    const step = nextStep(cells, next.text);
    broken = step === 'broken';
    if (step === 'broken') {
      yield rejected([...cells, next]);
      cells = [];
    } else if (step === 'next-row') {
      yield* row(rows, cells);
      cells = [next];
    } else {
      cells.push(next);
      if (cells.length < PORTAL_FIELDS.length) continue;
      yield* row(rows, cells);
      cells = [];
    }
  }
  if (cells.length === 3) yield* row(rows, cells);
  else if (cells.length > 0) yield rejected(cells);
}

/** True if these lines begin with a row of the grid, one cell to a line. */
export function beginsWithGridLines(lines: readonly string[]): boolean {
  const cells = lines
    .map(tidyText)
    .filter((text) => text !== '' && portalHeading(text) === null && !isBracketed(text));
  return (
    cells.length >= 3 &&
    isQuantity(cells[2] ?? '') &&
    !isQuantity(cells[0] ?? '') &&
    !isQuantity(cells[1] ?? '')
  );
}

/** Headings may stand before any row (several pages pasted together); "Source" can also be a cell's text. */
function isHeading(text: string, filled: number): boolean {
  return filled === 0 && (portalHeading(text) !== null || isBracketed(text));
}

/** The second half of a heading that breaks into two lines. */
function isBracketed(text: string): boolean {
  return /^\(.*\)$/.test(text);
}

function nextStep(cells: readonly Line[], text: string): 'cell' | 'next-row' | 'broken' {
  const quantity = isQuantity(text);
  if (cells.length === 2) return quantity ? 'cell' : 'broken';
  if (quantity) return 'broken';
  const isDate = readDate(text).kind !== 'unreadable';
  if (cells.length === 3) return isDate ? 'cell' : 'next-row';
  return isDate ? 'broken' : 'cell';
}

function row(rows: RowReader, cells: readonly Line[]): readonly ImportItem[] {
  return rows.read(`line ${cells[0]?.line ?? 0}`, (field) => {
    const index = PORTAL_ORDER.indexOf(field);
    return cells[index]?.text ?? '';
  });
}

function rejected(cells: readonly Line[]): ImportItem {
  return {
    kind: 'rejected',
    place: `line ${cells[0]?.line ?? 0}`,
    reason: 'not the four lines of a row: name, source, quantity, activate by',
  };
}
