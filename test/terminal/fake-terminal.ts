import { PassThrough, Writable } from 'node:stream';
import { createTerminal, type Terminal, type TerminalOptions } from '../../src/terminal/terminal.ts';

export interface FakeTerminal {
  readonly terminal: Terminal;
  /** What has been written to stdout. */
  out(): string;
  /** What has been written to stderr. */
  err(): string;
}

export interface FakeTerminalSetup {
  /** Columns of the terminal that all three streams are; undefined: none of them is one. */
  readonly columns?: number | undefined;
  readonly options?: TerminalOptions;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdout?: Writable;
  readonly now?: () => Date;
}

/** A stream that remembers, and says it is a terminal if it has columns. */
export class Recorder extends Writable {
  text = '';
  readonly isTTY: boolean;
  readonly columns: number | undefined;

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  override _write(chunk: string | Uint8Array, _: string, done: () => void): void {
    this.text += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    done();
  }
}

/** A terminal over streams that remember; the clock stands at noon on 2026-03-09. */
export async function fakeTerminal(setup: FakeTerminalSetup = {}): Promise<FakeTerminal> {
  const stdout = new Recorder(setup.columns);
  const stderr = new Recorder(setup.columns);
  const stdin = Object.assign(new PassThrough(), { isTTY: setup.columns !== undefined });
  const terminal = await createTerminal({
    stdin,
    stdout: setup.stdout ?? stdout,
    stderr,
    streams: { stderr },
    env: setup.env ?? {},
    options: setup.options ?? {},
    now: setup.now ?? (() => new Date(2026, 2, 9, 12)),
  });
  return { terminal, out: () => stdout.text, err: () => stderr.text };
}
