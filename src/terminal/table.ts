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
  const measured: Line<Row>[] = [];
  let layout: Layout<Row> | undefined;

  for await (const row of rows) {
    const line = lineOf(row, columns, view);
    const preparing = line.plain ? undefined : prepareWidth(line.texts);
    if (preparing !== undefined) await preparing;
    if (layout !== undefined) {
      yield formatLine(line, layout, view);
      continue;
    }
    measured.push(line);
    if (measured.length < MEASURED_ROWS) continue;
    layout = layOut(columns, measured, view);
    yield formatMeasured(measured.splice(0), layout, view);
  }
  if (measured.length > 0) yield formatMeasured(measured, layOut(columns, measured, view), view);
}

/** In one piece: handing on row by row would cost as much as laying them out. */
function formatMeasured<Row>(measured: readonly Line<Row>[], layout: Layout<Row>, view: View): string {
  let text = formatHeader(layout, view);
  for (const line of measured) text += formatLine(line, layout, view);
  return text;
}

/** A row and its texts, ready for a screen. */
interface Line<Row> {
  readonly row: Row;
  readonly texts: readonly string[];
  /** All of them are printable ASCII, as most are: then a text is as wide as it is long. */
  readonly plain: boolean;
}

function lineOf<Row>(row: Row, columns: readonly TableColumn<Row>[], view: View): Line<Row> {
  const texts = columns.map((column) => column.text(row, view));
  if (texts.every(isPlain)) return { row, texts, plain: true };
  return { row, texts: texts.map((text) => withoutColour(sanitiseLine(text))), plain: false };
}

interface Place<Row> {
  readonly column: TableColumn<Row>;
  /** Where the column's text is among those of a row. */
  readonly index: number;
  width: number;
}

type Places<Row> = readonly Place<Row>[];

interface Layout<Row> {
  readonly places: Places<Row>;
  /** Where each line is put together: lists and texts of its own for each would be most of what a list leaves behind. */
  readonly parts: string[];
}

function layOut<Row>(
  columns: readonly TableColumn<Row>[],
  lines: readonly Line<Row>[],
  view: View,
): Layout<Row> {
  let places = columns.map((column, index) => ({ column, index, width: displayWidth(column.heading) }));
  for (const { texts, plain } of lines) {
    places.forEach((place) => {
      const text = texts[place.index] ?? '';
      const width = plain ? text.length : displayWidth(text);
      if (width > place.width) place.width = width;
    });
  }
  const available = view.width;
  if (available === undefined) return { places, parts: [] };
  while (total(places, (place) => leastWidth(place, ENOUGH)) > available) {
    const first = firstToYield(places);
    if (first === undefined) break;
    places = places.filter((place) => place !== first);
  }
  shrink(places, available, ENOUGH);
  shrink(places, available, LEAST);
  return { places, parts: [] };
}

function total<Row>(places: Places<Row>, width: (place: Place<Row>) => number): number {
  return places.reduce((sum, place) => sum + width(place), GAP.length * (places.length - 1));
}

/** Part of a number is another number, and part of an id is none. */
function isWhole<Row>({ align, whole }: TableColumn<Row>): boolean {
  return align === 'right' || whole === true;
}

/** What is whole is never cut. Headings are cut when nothing else is left. */
function leastWidth<Row>({ column, width }: Place<Row>, least: number): number {
  if (isWhole(column)) return width;
  if (least < ENOUGH) return Math.min(width, least);
  return Math.min(width, Math.max(column.keeps ?? least, displayWidth(column.heading)));
}

/** The highest number yields first; of equals the last one. */
function firstToYield<Row>(places: Places<Row>): Place<Row> | undefined {
  let first: Place<Row> | undefined;
  for (const place of places) {
    const yields = place.column.yields ?? 0;
    if (yields > 0 && yields >= (first?.column.yields ?? 0)) first = place;
  }
  return first;
}

/** Takes from the column that would yield first, of equals from the widest, until all fit or none can give more. */
function shrink<Row>(places: Places<Row>, available: number, least: number): void {
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

function formatHeader<Row>({ places, parts }: Layout<Row>, view: View): string {
  places.forEach((place, at) => {
    const text = fitted(place.column.heading, false, place, view);
    putCell(parts, at, view.palette.faint(text), displayWidth(text), place);
  });
  return joined(parts);
}

function formatLine<Row>(
  { row, texts, plain }: Line<Row>,
  { places, parts }: Layout<Row>,
  view: View,
): string {
  for (let at = 0; at < places.length; at += 1) {
    const place = places[at];
    if (place === undefined) continue;
    const text = texts[place.index] ?? '';
    const shown = fitted(text, plain, place, view);
    const styled = place.column.style?.(shown, row, view) ?? shown;
    putCell(parts, at, styled, plain && shown === text ? text.length : displayWidth(shown), place);
  }
  return joined(parts);
}

function fitted<Row>(text: string, plain: boolean, { column, width }: Place<Row>, view: View): string {
  if (view.width === undefined || isWhole(column)) return text;
  // As long as wide, so that nothing has to be measured.
  if (plain && text.length <= width) return text;
  return cut(text, width, view.unicode, column.cut);
}

/** A gap, and the text with its blanks before or behind it. */
function putCell<Row>(parts: string[], at: number, styled: string, width: number, place: Place<Row>): void {
  const blank = blanks(place.width - width);
  const isRight = place.column.align === 'right';
  parts[3 * at] = at === 0 ? '' : GAP;
  parts[3 * at + 1] = isRight ? blank : styled;
  parts[3 * at + 2] = isRight ? styled : blank;
}

/** Nothing stands behind the last text. */
function joined(parts: readonly string[]): string {
  return `${parts.join('').trimEnd()}\n`;
}

const someBlanks: string[] = [];

function blanks(count: number): string {
  if (count <= 0) return '';
  someBlanks[count] ??= ' '.repeat(count);
  return someBlanks[count] ?? '';
}
