import { type Connection, type FieldDef, type Submittable, types } from 'pg';
import { isSpoiled } from './outdone.ts';
import { numbered } from './postgres-dialect.ts';
import { Messages, type Parameter } from './postgres-wire.ts';
import type { Row, SqlValue } from './sql.ts';

/** What a statement answered. */
export interface Answer {
  readonly rows: Row[];
  /** Rows changed or read. */
  readonly count: number;
  /** The first word of it, as the server says it. */
  readonly command: string;
}

/** A statement that waits for its answer. */
export interface Asked {
  readonly statement: string;
  readonly values: readonly SqlValue[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

interface Column {
  readonly name: string;
  readonly read: (text: string) => SqlValue;
}

/** A statement as one connection keeps it. */
interface Prepared {
  readonly name: string;
  columns: readonly Column[] | undefined;
}

const INT8 = 20;
const NUMERIC = 1700;

/** Counts and sums are numbers here; they are far from where numbers end. */
function toNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError('a number of the database is too large');
}

function toColumn({ name, dataTypeID }: FieldDef): Column {
  const read = dataTypeID === INT8 || dataTypeID === NUMERIC ? toNumber : types.getTypeParser(dataTypeID);
  return { name, read };
}

/** What connections have prepared, and how many names they gave. */
const kept = new WeakMap<Connection, { readonly known: Map<string, Prepared>; names: number }>();

/** Statements without a name are prepared each time; those are few and differ by a number. */
const IS_KEPT = /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|BEGIN|COMMIT)\b/;

/** How a batch ends: all answers are there, or one is an error. */
export interface BatchEnd {
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

interface Step extends Asked {
  readonly prepared: Prepared;
  rows: Row[];
  count: number;
  command: string;
}

/**
 * Several statements as one query of the driver: they go out in one packet and are answered in one. The first that
 * fails ends the batch, and those behind it do not happen.
 */
export class Batch implements Submittable {
  readonly #asked: readonly Asked[];
  readonly #end: BatchEnd;
  #steps: Step[] = [];
  #at = 0;
  #fault: { readonly error: unknown } | undefined;
  #connection: Connection | undefined;

  constructor(asked: readonly Asked[], end: BatchEnd) {
    this.#asked = asked;
    this.#end = end;
  }

  /** What is thrown here would be nobody's to catch: an error is the answer, and the driver hands it back. */
  submit(connection: Connection): Error | undefined {
    this.#connection = connection;
    try {
      const messages = new Messages();
      const fresh = new Map<string, Prepared>();
      this.#steps = this.#asked.map((asked) => addStatement(messages, connection, asked, fresh));
      messages.sync();
      if (connection.stream.writable) connection.stream.write(messages.bytes());
      return undefined;
    } catch (error) {
      // Nothing was sent, so the connection is as good as before.
      return error instanceof Error ? error : new Error('a statement could not be sent');
    }
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    const step = this.#steps[this.#at];
    if (step !== undefined) step.prepared.columns = fields.map(toColumn);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const step = this.#steps[this.#at];
    if (step === undefined || this.#fault !== undefined) return;
    try {
      step.rows.push(toRow(step.prepared.columns ?? [], fields));
    } catch (error) {
      this.#fault = { error };
    }
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const step = this.#steps[this.#at];
    this.#at += 1;
    if (step === undefined) return;
    const words = text.split(' ');
    step.command = words[0] ?? '';
    step.count = words.length === 1 ? 0 : Number(words.at(-1));
    // Without rows there was nothing to describe.
    step.prepared.columns ??= [];
    if (step.prepared.name !== '' && this.#connection !== undefined)
      kept.get(this.#connection)?.known.set(step.statement, step.prepared);
  }

  handleEmptyQuery(): void {
    this.#at += 1;
  }

  handleError(error: unknown): void {
    // Names go on: what the server still has under an old one is never asked for again.
    if (this.#connection !== undefined && isSpoiled(error)) kept.get(this.#connection)?.known.clear();
    for (const [at, step] of this.#asked.entries()) {
      const done = this.#steps[at];
      if (done !== undefined && at < this.#at) step.resolve(done);
      else step.reject(error);
    }
    this.#end.failed(error);
  }

  handleReadyForQuery(): void {
    for (const step of this.#steps) {
      if (this.#fault === undefined) step.resolve(step);
      else step.reject(this.#fault.error);
    }
    this.#end.done();
  }
}

function addStatement(
  messages: Messages,
  connection: Connection,
  asked: Asked,
  fresh: Map<string, Prepared>,
): Step {
  const { statement, values } = asked;
  const keeping = kept.get(connection) ?? { known: new Map<string, Prepared>(), names: 0 };
  kept.set(connection, keeping);
  let prepared = keeping.known.get(statement) ?? fresh.get(statement);
  if (prepared === undefined) {
    const isKept = IS_KEPT.test(statement);
    // A name is never given twice: of one that failed nobody knows whether the server has it.
    if (isKept) keeping.names += 1;
    prepared = { name: isKept ? `s${keeping.names}` : '', columns: undefined };
    if (isKept) fresh.set(statement, prepared);
    messages.parse(prepared.name, numbered(statement));
  }
  messages.bind(prepared.name, values.map(toParameter));
  if (prepared.columns === undefined) messages.describe();
  messages.execute();
  return { ...asked, prepared, rows: [], count: 0, command: '' };
}

function toParameter(value: SqlValue): Parameter {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function toRow(columns: readonly Column[], fields: readonly (string | null)[]): Row {
  const row: Record<string, SqlValue> = {};
  for (const [at, { name, read }] of columns.entries()) {
    const text = fields[at] ?? null;
    row[name] = text === null ? null : read(text);
  }
  return row;
}
