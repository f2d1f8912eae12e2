import pty from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { COMPILED } from './cli.ts';

export interface PtyOptions {
  readonly cols?: number;
  readonly rows?: number;
  /** On top of a small environment of its own; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** A program on a real terminal, with a screen that can be read. */
export interface Pty {
  /** What the terminal shows, scrolled-away lines first. */
  screen(): string;
  /** Everything the program has written, escape sequences included. */
  raw(): string;
  /** Resolves with the screen once it matches; fails with the screen after `milliseconds`. */
  waitFor(pattern: RegExp, milliseconds?: number): Promise<string>;
  type(text: string): void;
  resize(cols: number, rows: number): void;
  kill(signal?: string): void;
  /** Resolves when the program has ended and its last output is on the screen. */
  readonly exit: Promise<{ readonly exitCode: number; readonly signal?: number | undefined }>;
}

export const KEYS = {
  enter: '\r',
  escape: '\u001B',
  up: '\u001B[A',
  down: '\u001B[B',
  ctrlC: '\u0003',
  ctrlD: '\u0004',
  ctrlU: '\u0015',
} as const;

/**
 * Opens a program on a terminal. Colour and CI variables of the test run itself do not get in. Steady on a busy machine
 * if each key waits for the screen that asks for it.
 */
export function open(command: string, args: readonly string[], options: PtyOptions = {}): Pty {
  const { cols = 100, rows = 30, cwd } = options;
  const { PATH, HOME, TMPDIR } = process.env;
  const env: Record<string, string> = {};
  const wanted = { PATH, HOME, TMPDIR, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...COMPILED, ...options.env };
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) env[name] = value;

  const child = pty.spawn(command, [...args], {
    cols,
    rows,
    name: env['TERM'] ?? 'xterm-256color',
    env,
    ...(cwd === undefined ? {} : { cwd }),
  });
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true, scrollback: 10_000 });
  let written = '';
  let ended = false;
  child.onData((data) => {
    written += data;
    terminal.write(data);
  });
  terminal.onData((data) => {
    if (!ended) child.write(data);
  });
  const exit = new Promise<{ exitCode: number; signal?: number | undefined }>((resolve) => {
    child.onExit((status) => {
      ended = true;
      // The screen digests what it got in its own time.
      terminal.write('', () => resolve(status));
    });
  });

  const screen = (): string => {
    const buffer = terminal.buffer.active;
    const lines = Array.from(
      { length: buffer.length },
      (_, index) => buffer.getLine(index)?.translateToString(true) ?? '',
    );
    return lines.join('\n').trimEnd();
  };
  const waitFor = async (pattern: RegExp, milliseconds = 30_000): Promise<string> => {
    const end = Date.now() + milliseconds;
    for (;;) {
      const shown = screen();
      if (pattern.test(shown)) return shown;
      if (Date.now() > end) throw new Error(`No ${pattern} on the screen:\n${shown}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  return {
    screen,
    raw: () => written,
    waitFor,
    type: (text) => child.write(text),
    resize(newCols, newRows) {
      child.resize(newCols, newRows);
      terminal.resize(newCols, newRows);
    },
    kill: (signal) => child.kill(signal),
    exit,
  };
}
