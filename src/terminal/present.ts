import { AppError } from '../errors.ts';
import { createCsvWriter, csvCells, dottedFields } from './csv.ts';
import { harmlessJson } from './escape.ts';
import type { OutputFormat, QueryFormat } from './formats.ts';
import type { Query } from './query.ts';
import {
  isJsonObject,
  type Json,
  type JsonObject,
  type RecordResult,
  type Result,
  type RowsResult,
  type TextResult,
} from './result.ts';
import { formatTable } from './table.ts';
import { OutputClosed, type Terminal } from './terminal.ts';
import { prepareWidth } from './width.ts';

/** The form in which an answer is written. A query is applied to the whole JSON form of it. */
export type Presentation =
  | { readonly format: OutputFormat; readonly query?: undefined }
  | { readonly format: QueryFormat; readonly query: Query };

/**
 * Writes what a command gives back. Lists are streamed: the first row goes out before the second is asked for, and a
 * slow reader slows the source down.
 * @throws OutputClosed when the reader has gone (the source of the rows is closed first); AppError INVALID_DATA for an answer that the query does not fit.
 */
export async function present(result: Result, how: Presentation, terminal: Terminal): Promise<void> {
  try {
    await write(result, how, terminal);
  } catch (error) {
    const unwritten = 'unwritten' in result ? result.unwritten : undefined;
    if (unwritten === undefined || !(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${error.message} ${unwritten.message}`, {
      hint: `${error.hint} ${unwritten.hint}`,
      details: { ...error.details, ...unwritten.details },
      cause: error,
    });
  }
}

async function write(result: Result, how: Presentation, terminal: Terminal): Promise<void> {
  if (result.kind === 'nothing') return;
  if (result.kind === 'text') return presentText(result, terminal);
  if (result.kind === 'stream') return writeAll(result.chunks, terminal.writeOut);
  if (how.query !== undefined) return presentQuery(result, how.format, how.query, terminal);
  if (how.format !== 'table') {
    const chunks = result.kind === 'rows' ? rowsAs(how.format, result) : recordAs(how.format, result.value);
    return writeAll(chunks, terminal.writeOut);
  }
  if (result.kind === 'record') {
    await prepareWidth([JSON.stringify(result.value)]);
    return terminal.writeText(withNewline(result.render(terminal.view())));
  }
  let empty = true;
  await writeAll(formatTable(result.rows, result.columns, terminal.view()), (chunk) => {
    empty = false;
    return terminal.writeText(chunk);
  });
  if (empty) terminal.note(result.empty);
}

/** A list that nobody reads to its end is no failure; a key that did not arrive is one. */
async function presentText(result: TextResult, terminal: Terminal): Promise<void> {
  try {
    await terminal.writeOut(result.text);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
    throw new AppError('STORAGE_UNAVAILABLE', 'The output was closed before everything was written.', {
      hint: 'Whoever reads it has to read it to its end.',
    });
  }
  result.after?.();
}

async function presentQuery(
  result: RowsResult | RecordResult,
  format: QueryFormat,
  query: Query,
  terminal: Terminal,
): Promise<void> {
  const whole = result.kind === 'rows' ? await collect(result.rows) : result.value;
  const answer = query(whole);
  const chunks = format === 'jsonl' && isArray(answer) ? jsonLines(answer) : recordAs(format, answer);
  return writeAll(chunks, terminal.writeOut);
}

type Rows<T> = AsyncIterable<T> | Iterable<T>;
type MachineFormat = Exclude<OutputFormat, 'table'>;

async function* recordAs(format: MachineFormat, value: Json): AsyncGenerator<string> {
  if (format === 'json') yield `${harmlessJson(value, 2)}\n`;
  if (format === 'jsonl') yield `${harmlessJson(value)}\n`;
  if (format === 'yaml') yield (await yamlWriter())(value);
  if (format === 'csv' && isJsonObject(value)) {
    const fields = dottedFields(value);
    yield (await createCsvWriter())([fields, csvCells(value, fields)]);
  }
}

function rowsAs(format: MachineFormat, result: RowsResult): AsyncGenerator<string> {
  switch (format) {
    case 'json':
      return jsonArray(result.rows);
    case 'jsonl':
      return jsonLines(result.rows);
    case 'csv':
      return csvLines(result.rows, result.fields);
    case 'yaml':
      return yamlItems(result.rows);
  }
}

/** One array, laid out like any other JSON here, although its rows arrive one by one. */
async function* jsonArray(rows: Rows<Json>): AsyncGenerator<string> {
  let before = '[\n  ';
  for await (const row of rows) {
    yield before + harmlessJson(row, 2).replaceAll('\n', '\n  ');
    before = ',\n  ';
  }
  yield before === ',\n  ' ? '\n]\n' : '[]\n';
}

async function* jsonLines(rows: Rows<Json>): AsyncGenerator<string> {
  for await (const row of rows) yield `${harmlessJson(row)}\n`;
}

async function* csvLines(rows: Rows<JsonObject>, fields: readonly string[]): AsyncGenerator<string> {
  const write = await createCsvWriter();
  yield write([fields]);
  for await (const row of rows) yield write([csvCells(row, fields)]);
}

async function* yamlItems(rows: Rows<Json>): AsyncGenerator<string> {
  const write = await yamlWriter();
  let empty = true;
  // A list of one item, again and again, is one list.
  for await (const row of rows) {
    yield write([row]);
    empty = false;
  }
  if (empty) yield write([]);
}

async function yamlWriter(): Promise<(value: Json) => string> {
  const { createYamlWriter } = await import('./yaml.ts');
  return createYamlWriter();
}

/** What is gathered before it is written: a system call for each row would cost more than the row. */
const BATCH_CHARACTERS = 16_384;
/**
 * A row never waits for others longer than this if more rows arrive at all. The plain clock is enough for it, and
 * Node loads eight modules for the exact one.
 */
const BATCH_MILLISECONDS = 50;

async function writeAll(
  chunks: AsyncIterable<string>,
  write: (chunk: string) => Promise<void>,
): Promise<void> {
  let batch = '';
  // The first chunk goes out at once.
  let lastWrite = 0;
  for await (const chunk of chunks) {
    batch += chunk;
    const now = Date.now();
    if (batch.length < BATCH_CHARACTERS && now - lastWrite < BATCH_MILLISECONDS) continue;
    await write(batch);
    batch = '';
    lastWrite = now;
  }
  if (batch !== '') await write(batch);
}

async function collect(rows: Rows<JsonObject>): Promise<Json[]> {
  const all: Json[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
