import { readDate } from './dates.ts';
import type { TextSource } from './decode.ts';
import { beginsWithGridLines } from './grid-lines.ts';
import { type Columns, findColumns, isPortalGrid, portalHeading, requireMapped } from './headings.ts';
import { invalidData, KNOWN_FORMATS } from './problem.ts';
import { isQuantity } from './quantity.ts';
import { MAP_FIELDS, type ReadOptions } from './record.ts';

export type Delimiter = '\t' | ';' | ',';

/** How a file is laid out, found from its beginning. */
export type Layout =
  | { readonly kind: 'xml'; readonly format: 'keys-export' }
  | { readonly kind: 'lines'; readonly format: 'portal' }
  | {
      readonly kind: 'table';
      readonly format: 'portal' | 'csv';
      readonly delimiter: Delimiter;
      readonly columns: Columns;
      /** The heading's cells; empty for a grid that was pasted without its heading. */
      readonly headings: readonly string[];
    };

const DELIMITERS: readonly Delimiter[] = ['\t', ';', ','];
/** The portal's columns in their order, for a grid without heading. */
const GRID_COLUMNS: Columns = new Map([
  ['product', 0],
  ['source', 1],
  ['quantity', 2],
  ['activateBy', 3],
]);

/**
 * Tells the layout by content, never by the file's name. Throws INVALID_DATA for anything that is none of ours or
 * not what `options.format` says, USAGE for a mapped column that does not exist.
 */
export async function detectLayout(source: TextSource, options: ReadOptions): Promise<Layout> {
  const { name } = source;
  const head = source.head.replace(/\r\n?/g, '\n');
  const begin = head.trimStart();
  if (begin === '')
    throw invalidData(name, source.whole ? emptyKind(source.head) : 'it begins with nothing but blanks');
  refuseOtherText(name, begin);
  if (isXml(begin)) {
    if (options.format !== undefined && options.format !== 'keys-export')
      throw invalidData(name, `this is XML, not ${options.format}`);
    return { kind: 'xml', format: 'keys-export' };
  }
  if (options.format === 'keys-export') throw invalidData(name, 'this is no XML, so no KeysExport.xml');
  return await detectTable(name, head, options);
}

/** Whether a text that begins so is read as XML. */
export function isXml(head: string): boolean {
  return head.trimStart().startsWith('<');
}

async function detectTable(name: string, head: string, options: ReadOptions): Promise<Layout> {
  const { map, format } = options;
  const readings = await Promise.all(DELIMITERS.map((delimiter) => readHeading(head, delimiter, options)));
  const best = readings.reduce((a, b) => (better(b, a) ? b : a));
  if (map !== undefined && map.size > 0) {
    await requireMapped(name, best.headings, map);
  } else if (format !== 'csv') {
    const grid = gridWithoutHeading(head);
    if (grid !== null) return grid;
  }
  if (best.columns.has('product') && best.headings.length >= 2) {
    const portal =
      format === 'portal' ||
      (format === undefined && (map?.size ?? 0) === 0 && isPortalGrid(best.headings, best.columns));
    return { kind: 'table', format: portal ? 'portal' : 'csv', ...best };
  }
  const line = await headingBelow(head, options);
  if (line !== undefined) {
    throw invalidData(
      name,
      `its heading is on line ${line}, below something else`,
      `Remove what stands above line ${line}.`,
    );
  }
  if (best.columns.has('product')) {
    throw invalidData(
      name,
      'its only column is the product',
      'Give what is known of it in others: its quantity, source, key …',
    );
  }
  if (best.columns.size > 0 || format === 'csv') {
    throw invalidData(
      name,
      'its first line names no column with the product',
      `Name it: --map "<column>=product"; fields are ${MAP_FIELDS.join(', ')}.`,
    );
  }
  throw invalidData(
    name,
    'this is none of the formats that import knows',
    `${KNOWN_FORMATS} Name unknown headings with --map. One product key alone: mpn-benefits import key <product> < file`,
  );
}

/** So far down a heading is looked for. */
const LAST_HEADING = 30;

/** The line (from 1) of the first heading that is known, where the table does not begin with it. */
async function headingBelow(head: string, options: ReadOptions): Promise<number | undefined> {
  const lines = head.split('\n', LAST_HEADING);
  for (const [at, line] of lines.entries()) {
    const readings = await Promise.all(DELIMITERS.map((delimiter) => readHeading(line, delimiter, options)));
    if (readings.some(({ columns }) => columns.has('product') && columns.size >= 2)) return at + 1;
  }
  return undefined;
}

interface Heading {
  readonly delimiter: Delimiter;
  readonly headings: readonly string[];
  readonly columns: Columns;
}

async function readHeading(head: string, delimiter: Delimiter, { map }: ReadOptions): Promise<Heading> {
  const headings = await firstRecord(head, delimiter);
  return { delimiter, headings, columns: findColumns(headings, map) };
}

/** More known headings win; then more cells, so that errors speak of the likelier delimiter. */
function better(a: Heading, b: Heading): boolean {
  if (a.columns.size !== b.columns.size) return a.columns.size > b.columns.size;
  return a.headings.length > b.headings.length;
}

async function firstRecord(head: string, delimiter: Delimiter): Promise<readonly string[]> {
  const { parse } = await import('csv-parse/sync');
  try {
    const [first] = parse(withoutBlankLines(head), {
      delimiter,
      to: 1,
      relax_quotes: true,
      relax_column_count: true,
    });
    return (first ?? []).map((cell) => cell.trim());
  } catch {
    // A quotation mark that is never closed: the table's reader says where, if it gets that far.
    return [];
  }
}

/** Without those at its beginning; a heading whose first cell is blank begins with its tab. */
function withoutBlankLines(head: string): string {
  return head.replace(/^(?:[^\S\n]*\n)+/, '');
}

function gridWithoutHeading(head: string): Layout | null {
  const lines = head.split('\n', 40).filter((line) => line.trim() !== '');
  const cells = (lines[0] ?? '').split('\t').map((cell) => cell.trim());
  const isRow = cells.length >= 3 && cells[0] !== '' && (isQuantity(cells[2] ?? '') || isCountAndDate(cells));
  if (isRow) return { kind: 'table', format: 'portal', delimiter: '\t', columns: GRID_COLUMNS, headings: [] };
  const oneCellPerLine = beginsWithGridLines(lines) || isHeadingPerLine(lines);
  return oneCellPerLine && cells.length === 1 ? { kind: 'lines', format: 'portal' } : null;
}

/** A unit nobody has heard of: then the date has to confirm that this is a row of the grid. */
function isCountAndDate(cells: readonly string[]): boolean {
  return cells.length === 4 && /^\d/.test(cells[2] ?? '') && readDate(cells[3] ?? '').kind !== 'unreadable';
}

/** A grid of which only the headings, a line each, were copied: a known format without rows. */
function isHeadingPerLine(lines: readonly string[]): boolean {
  return (
    portalHeading(lines[0] ?? '') === 'product' &&
    lines.slice(1, 5).some((line) => portalHeading(line) === 'quantity')
  );
}

function emptyKind(head: string): string {
  return head === '' ? 'the file is empty' : 'the file is blank';
}

/** Kinds of text that people take for the right file. */
function refuseOtherText(name: string, begin: string): void {
  if (/^(?:<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>])/i.test(begin)) {
    throw invalidData(
      name,
      'this is an HTML page',
      'Copy the rows of the grid and save them as text, not the page.',
    );
  }
  if (/^[{[]\s*(?:["{[\]}]|$)/.test(begin)) throw invalidData(name, 'this is JSON');
}
