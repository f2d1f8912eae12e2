import { harmlessJson } from './escape.ts';
import { isJsonObject, type Json, type JsonObject } from './result.ts';
import { sanitiseLine } from './sanitise.ts';

/** Turns rows into CSV text. Lines end in CRLF, as RFC 4180 has it and spreadsheets expect. */
export type CsvWriter = (rows: readonly (readonly string[])[]) => string;

export async function createCsvWriter(): Promise<CsvWriter> {
  const { stringify } = await import('csv-stringify/sync');
  return (rows) =>
    stringify(
      rows.map((row) => [...row]),
      { record_delimiter: 'windows' },
    );
}

/** The dotted names of everything in a record, in its order. Arrays are not taken apart. */
export function dottedFields(value: JsonObject, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, part]) => {
    const field = prefix + name;
    return isJsonObject(part) ? dottedFields(part, `${field}.`) : [field];
  });
}

/** The cells of one row. A field with dots reaches into nested objects; a field that is missing is empty. */
export function csvCells(row: JsonObject, fields: readonly string[]): string[] {
  return fields.map((field) => csvCell(reach(row, field)));
}

function reach(row: JsonObject, field: string): Json {
  let value: Json = row;
  for (const part of field in row ? [field] : field.split('.')) {
    if (!isJsonObject(value)) return null;
    value = value[part] ?? null;
  }
  return value;
}

function csvCell(value: Json): string {
  if (value === null) return '';
  if (typeof value === 'string') return csvText(value);
  return harmlessJson(value);
}

/** A spreadsheet takes text that begins like this for a formula. Numbers are written as they are. */
function csvText(value: string): string {
  const text = sanitiseLine(value);
  return /^[=+\-@]/.test(text) ? `'${text}` : text;
}
