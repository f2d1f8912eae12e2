import { withoutColour } from './palette.ts';
import type { TableColumn, View } from './result.ts';
import { isPlain, sanitiseLine } from './sanitise.ts';
import { cut, displayWidth, prepareWidth } from './width.ts';

/** Rows that are looked at before the first is printed. Later ones have to live with these widths. */
const MEASURED_ROWS = 1_000;
const GAP = '  ';
/** A column that can be cut keeps at least this many columns before another one disappears. */
const ENOUGH = 12;
/** Below this not even a beginning can be recognised. */
const LEAST = 4;

/**
 * A table without borders, column by column as wide as its cells, fitted to the width of the view. Gives text chunk by
 * chunk, nothing at all without rows, and holds no more than the measured rows.
 */
export async function* formatTable<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  columns: readonly TableColumn<Row>[],
  view: View,
): AsyncGenerator<string> {
  const measured: Measured<Row>[] = [];
  let layout: Layout<Row> | undefined;

  for await (const row of rows) {
    const cells = cellsOf(row, columns, view);
    const preparing = cells.plain ? undefined : prepareWidth(cells.texts);
    if (preparing !== undefined) await preparing;
    if (layout !== undefined) {
      yield formatRow(row, cells, layout, view);
      continue;
    }
    measured.push({ row, cells });
    if (measured.length < MEASURED_ROWS) continue;
    layout = layOut(columns, measured, view);
    yield formatMeasured(measured.splice(0), layout, view);
  }
  if (measured.length > 0) yield formatMeasured(measured, layOut(columns, measured, view), view);
}

/** In one piece: handing on row by row would cost as much as laying them out. */
function formatMeasured<Row>(measured: readonly Measured<Row>[], layout: Layout<Row>, view: View): string {
  let text = formatHeader(layout, view);
  for (const { row, cells } of measured) text += formatRow(row, cells, layout, view);
  return text;
}

/** The texts of a row, ready for a screen. */
interface Cells {
  readonly texts: readonly string[];
  /** All of them are printable ASCII, as most are: then a text is as wide as it is long. */
  readonly plain: boolean;
}

interface Measured<Row> {
  readonly row: Row;
  readonly cells: Cells;
}

/** One look at a whole row is enough for most, and a list of thousands is the sum of such looks. */
function cellsOf<Row>(row: Row, columns: readonly TableColumn<Row>[], view: View): Cells {
  const texts = columns.map((column) => column.text(row, view));
  if (isPlain(texts.join(''))) return { texts, plain: true };
  return { texts: texts.map((text) => withoutColour(sanitiseLine(text))), plain: false };
}

interface Place<Row> {
  readonly column: TableColumn<Row>;
  /** Where the column's cell is among the cells of a row. */
  readonly index: number;
  width: number;
}

type Layout<Row> = readonly Place<Row>[];

function layOut<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Measured<Row>[],
  view: View,
): Layout<Row> {
  let places = columns.map((column, index) => ({ column, index, width: displayWidth(column.heading) }));
  for (const { cells } of rows) {
    for (const place of places) {
      const text = cells.texts[place.index] ?? '';
      const width = cells.plain ? text.length : displayWidth(text);
      if (width > place.width) place.width = width;
    }
  }
  const available = view.width;
  if (available === undefined) return places;
  while (total(places, (place) => leastWidth(place, ENOUGH)) > available) {
    const first = firstToYield(places);
    if (first === undefined) break;
    places = places.filter((place) => place !== first);
  }
  shrink(places, available, ENOUGH);
  shrink(places, available, LEAST);
  return places;
}

function total<Row>(places: Layout<Row>, width: (place: Place<Row>) => number): number {
  return places.reduce((sum, place) => sum + width(place), GAP.length * (places.length - 1));
}

/** Numbers are never cut: part of a number is another number. Headings are cut when nothing else is left. */
function leastWidth<Row>({ column, width }: Place<Row>, least: number): number {
  if (column.align === 'right') return width;
  if (least < ENOUGH) return Math.min(width, least);
  return Math.min(width, Math.max(column.keeps ?? least, displayWidth(column.heading)));
}

/** The highest number yields first; of equals the last one. */
function firstToYield<Row>(places: Layout<Row>): Place<Row> | undefined {
  let first: Place<Row> | undefined;
  for (const place of places) {
    const yields = place.column.yields ?? 0;
    if (yields > 0 && yields >= (first?.column.yields ?? 0)) first = place;
  }
  return first;
}

/** Takes from the column that would yield first, of equals from the widest, until all fit or none can give more. */
function shrink<Row>(places: Layout<Row>, available: number, least: number): void {
  let excess = total(places, (place) => place.width) - available;
  while (excess > 0) {
    let first: Place<Row> | undefined;
    for (const place of places) {
      if (place.width > leastWidth(place, least) && givesBefore(place, first)) first = place;
    }
    if (first === undefined) return;
    first.width -= 1;
    excess -= 1;
  }
}

function givesBefore<Row>(place: Place<Row>, other: Place<Row> | undefined): boolean {
  if (other === undefined) return true;
  const difference = (place.column.yields ?? 0) - (other.column.yields ?? 0);
  return difference === 0 ? place.width > other.width : difference > 0;
}

function formatHeader<Row>(layout: Layout<Row>, view: View): string {
  const heading = ({ column }: Place<Row>): string => column.heading;
  return joinCells(layout, view, false, heading, view.palette.faint);
}

function formatRow<Row>(row: Row, { texts, plain }: Cells, layout: Layout<Row>, view: View): string {
  return joinCells(
    layout,
    view,
    plain,
    ({ index }) => texts[index] ?? '',
    (text, { column }) => column.style?.(text, row, view) ?? text,
  );
}

function joinCells<Row>(
  layout: Layout<Row>,
  view: View,
  plain: boolean,
  textOf: (place: Place<Row>) => string,
  style: (text: string, place: Place<Row>) => string,
): string {
  const last = layout.at(-1);
  let line = '';
  let gap = '';
  for (const place of layout) {
    const { column, width } = place;
    const text = textOf(place);
    // As long as wide, so that nothing has to be measured.
    const fits = plain && text.length <= width;
    const fitted =
      fits || view.width === undefined || column.align === 'right'
        ? text
        : cut(text, width, view.unicode, column.cut);
    const styled = style(fitted, place);
    line += gap;
    gap = GAP;
    if (place === last && column.align !== 'right') {
      line += styled;
      continue;
    }
    const space = ' '.repeat(Math.max(0, width - (fits ? text.length : displayWidth(fitted))));
    line += column.align === 'right' ? space + styled : styled + space;
  }
  return `${line.trimEnd()}\n`;
}
