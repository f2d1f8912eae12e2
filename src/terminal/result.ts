import type { AppError, ErrorDetails } from '../errors.ts';
import type { Palette } from './palette.ts';

/** What a command gives back: data for the machine formats, and how people see it. */
export type Result = RowsResult | RecordResult | TextResult | StreamResult | NothingResult;

/** A value as the machine formats hold it; the same on every backend. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

/** True for what has names in it. */
export function isJsonObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a renderer may know of the screen it draws on. */
export interface View {
  readonly palette: Palette;
  /** Columns of the terminal; undefined away from one: then nothing is cut or wrapped. */
  readonly width: number | undefined;
  /** How dates and numbers are written. */
  readonly locale: string;
  /** Local calendar day, `YYYY-MM-DD`. */
  readonly today: string;
  /** True on a terminal that shows more than ASCII. */
  readonly unicode: boolean;
}

/** Methods, not function properties: a column of one row type must fit where any row's column is expected. */
export interface TableColumn<Row> {
  readonly heading: string;
  readonly align?: 'left' | 'right';
  /** Plain text of the cell; sanitised, cut and padded by the table. */
  text(row: Row, view: View): string;
  /** Colour for the finished cell. Never the only carrier of meaning. */
  style?(text: string, row: Row, view: View): string;
  /** Which columns give way first on a narrow terminal: the highest number; 0 (default) never disappears, but is cut. */
  readonly yields?: number;
  /** So wide it stays, if its cells are, while other columns can still disappear for it; 12 if not given. */
  readonly keeps?: number;
  /** Never cut, like a number: what is to be typed again, as an id is, is of no use in parts. */
  readonly whole?: boolean;
  /** Where a cell that is too wide loses characters; at its end if not given. */
  readonly cut?: 'middle';
}

/** A list. Rows may be endless: machine formats stream them. */
export interface RowsResult<Row extends JsonObject = JsonObject> {
  readonly kind: 'rows';
  readonly rows: AsyncIterable<Row> | Iterable<Row>;
  /** Names of the JSON fields in their order, nested ones by `nested`: the header of a CSV, with or without rows. */
  readonly fields: readonly string[];
  readonly columns: readonly TableColumn<Row>[];
  /** Said on stderr instead of an empty table. */
  readonly empty: string;
}

/** What is true of a command whose answer nobody got: it has done something that cannot be seen from the outside. */
export interface Unwritten {
  readonly message: string;
  /** What to do now. */
  readonly hint: string;
  readonly details: ErrorDetails;
}

/** One thing. */
export interface RecordResult {
  readonly kind: 'record';
  readonly value: JsonObject;
  readonly render: (view: View) => string;
  /** The command failed and still has this to show: it goes to stdout, and the failure to stderr. */
  readonly failure?: AppError | undefined;
  readonly unwritten?: Unwritten | undefined;
}

/** Bytes for stdout that no format reshapes: a key, a script, an XML file. */
export interface TextResult {
  readonly kind: 'text';
  readonly text: string;
  /** What may only happen once the text is out. */
  readonly after?: () => void;
  readonly unwritten?: Unwritten | undefined;
}

/** Text that is too long to be held at once. */
export interface StreamResult {
  readonly kind: 'stream';
  readonly chunks: AsyncIterable<string>;
}

export interface NothingResult {
  readonly kind: 'nothing';
  /** That of a child process; 0 if not given. */
  readonly exitCode?: number;
}

/** The names that the parts of a nested field have in `fields`: `activations.used` and so on. */
export function nested(field: string, parts: readonly string[]): readonly string[] {
  return parts.map((part) => `${field}.${part}`);
}
