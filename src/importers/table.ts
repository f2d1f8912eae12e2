import { pipeline, Readable } from 'node:stream';
import { counted } from '../counted.ts';
import { AppError, systemCode } from '../errors.ts';
import type { TextSource } from './decode.ts';
import type { Layout } from './detect.ts';
import { withPlainBreaks } from './lines.ts';
import { invalidData } from './problem.ts';
import type { ImportItem, MapField, ReadOptions } from './record.ts';
import { RowReader } from './row.ts';

/** A row beyond this is a quotation mark that was not closed; also what keeps memory bounded. In characters. */
const LONGEST_ROW = 256 * 1024;

type Table = Extract<Layout, { kind: 'table' }>;

/**
 * Reads a table with a delimiter, row by row. A row that cannot be read is rejected and the reading goes on. Throws
 * INVALID_DATA if the file cannot be cut into rows to its end, USAGE for a date with two meanings.
 */
export async function* readTable(
  source: TextSource,
  table: Table,
  options: ReadOptions,
): AsyncGenerator<ImportItem> {
  const rows = new RowReader(source.name, options.dateFormat);
  const width = table.headings.length === 0 ? table.columns.size : table.headings.length;
  const parsed = { line: 1 };
  let headingSeen = table.headings.length === 0;
  let line = 1;
  try {
    for await (const cells of await records(source, table, parsed)) {
      const first = line;
      const last = first + breaksIn(cells);
      line = last + 1;
      if (cells.every((cell) => cell.trim() === '')) continue;
      if (!headingSeen || isHeading(cells, table.headings)) {
        headingSeen = true;
        continue;
      }
      const place = first === last ? `line ${first}` : `lines ${first} to ${last}`;
      const problem = shapeProblem(cells, width, table.delimiter);
      if (problem !== null) yield { kind: 'rejected', place, reason: problem };
      else for (const item of rows.read(place, cellsByField(cells, table))) yield item;
    }
  } catch (error) {
    throw error instanceof AppError ? error : tableError(source.name, parsed.line, error);
  }
}

/** `parsed.line` is where the parser stands, ahead of the rows that came out: its errors are there. */
async function records(
  source: TextSource,
  table: Table,
  parsed: { line: number },
): Promise<AsyncIterable<readonly string[]>> {
  const { parse } = await import('csv-parse');
  const parser = parse({
    delimiter: table.delimiter,
    record_delimiter: '\n',
    relax_quotes: true,
    relax_column_count: true,
    max_record_size: LONGEST_ROW,
    on_record: (cells) => {
      parsed.line += 1 + breaksIn(cells);
      return cells;
    },
  });
  // Failures of either side reach whoever reads the parser; the callback only keeps them from being thrown twice.
  pipeline(Readable.from(withPlainBreaks(source.pieces)), parser, () => undefined);
  return parser;
}

function cellsByField(cells: readonly string[], table: Table): (field: MapField) => string {
  return (field) => {
    const column = table.columns.get(field);
    return column === undefined ? '' : (cells[column] ?? '');
  };
}

/** Pages of a grid that were pasted one after another repeat the heading. */
function isHeading(cells: readonly string[], headings: readonly string[]): boolean {
  return headings.length > 0 && cells.every((cell, index) => cell.trim() === headings[index]);
}

function shapeProblem(cells: readonly string[], width: number, delimiter: string): string | null {
  if (cells.some((cell) => cell.startsWith('"') && cell.includes('\n')))
    return 'a quotation mark is not closed';
  let count = cells.length;
  while (count > width && cells[count - 1]?.trim() === '') count -= 1;
  // Editors cut the tabs off the end of a line, so missing cells at the end of a tabbed row are empty ones.
  const least = delimiter === '\t' ? Math.min(2, width) : width;
  if (count >= least && count <= width) return null;
  return `${counted(count, 'cell')} where the heading has ${width}`;
}

function breaksIn(cells: readonly string[]): number {
  let breaks = 0;
  for (const cell of cells) {
    for (let at = cell.indexOf('\n'); at !== -1; at = cell.indexOf('\n', at + 1)) breaks += 1;
  }
  return breaks;
}

/** The parser's own messages quote from the file and are not passed on. */
function tableError(file: string, line: number, error: unknown): unknown {
  const code = systemCode(error);
  if (code === 'CSV_QUOTE_NOT_CLOSED') {
    return invalidData(
      file,
      `line ${line}: a quotation mark is not closed to the end of the file`,
      'Double every quotation mark inside a cell.',
    );
  }
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return invalidData(
      file,
      `line ${line}: a row is too long`,
      'Look for a quotation mark that is not closed.',
    );
  }
  return error;
}
