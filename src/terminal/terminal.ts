/**
 * The one object that knows about streams, colour, width and prompts. Rules of the user interface:
 *
 * - stdout is data: what was asked for and nothing else. Everything else goes to stderr, in whole lines.
 * - Text for people is sanitised as a whole in the moment it is written, so no name from a file can steer a screen.
 *   stderr is redacted as well: a product key that slipped into a message leaves as its last five characters.
 * - Colour, cutting to a width, spinners and prompts belong to terminals. Nothing is said by colour alone.
 * - A question is asked only where somebody can answer it; elsewhere the command fails and names the flag. It never
 *   hangs.
 * - Messages start in lower case behind `error:`, `hint:` or `warning:`, are sentences a person would say, and do not
 *   shout. A note without a label is progress; --quiet silences it, warnings and errors it does not.
 * - With `-o json` the messages of a failing command are one JSON object on stderr, so they wait until the outcome is
 *   known. Whoever asks a question shows them first.
 * - A reader that has had enough (`| head`) is no error. A stderr that cannot be written is nobody's loss.
 */
import { AppError } from '../errors.ts';
import type { Secret } from '../keys/secret.ts';
import { type Environment, isSet, resolveLocale, showsUnicode, wantsColour } from './environment.ts';
import { createPaint, NO_PAINT, type Paint } from './palette.ts';
import { createRedactor } from './redact.ts';
import type { View } from './result.ts';
import { sanitise } from './sanitise.ts';

export interface InputStream extends NodeJS.ReadableStream {
  readonly isTTY?: boolean | undefined;
}

export interface OutputStream extends NodeJS.WritableStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface TerminalOptions {
  /** False: `--no-color`. */
  readonly color?: boolean | undefined;
  readonly noInput?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly debug?: boolean | undefined;
  /** `--locale`, as given; else the environment decides. */
  readonly locale?: string | undefined;
  /** The output format is JSON: messages wait until the outcome is known. */
  readonly json?: boolean | undefined;
}

export interface TerminalSetup {
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  readonly options: TerminalOptions;
  readonly now: () => Date;
}

export interface Terminal {
  /** Somebody is there to answer: stdin and stderr are terminals, and neither --no-input nor CI is set. */
  readonly canPrompt: boolean;
  /** `--yes`: confirmations are answered already. */
  readonly yes: boolean;
  readonly json: boolean;
  /** `--debug`: stack traces are wanted. */
  readonly debugging: boolean;
  readonly quiet: boolean;
  /** For prompts and progress in this room only. */
  readonly streams: { readonly stdin: InputStream; readonly stderr: OutputStream };

  /** What a renderer may know of stdout. */
  view(): View;
  /** The same for text that goes to stderr. */
  messageView(): View;

  /** Something the user should know although the command goes on. Shown in quiet mode too. */
  warn(text: string): void;
  /** Progress and explanations, silenced by --quiet. May have many lines. */
  note(text: string): void;
  /** Like a note, but part of what was asked for (steps to follow): neither silenced nor held back. */
  say(text: string): void;
  /** Shown with --verbose or --debug. */
  verbose(text: string): void;
  /** Shown with --debug. */
  debug(text: string): void;
  /** Never show these characters on stderr. */
  registerSecret(secret: Secret): void;

  /**
   * Data to stdout, as it is. Resolves when the system has taken it, so that a slow reader slows the writer down.
   * @throws OutputClosed when the reader has gone; AppError STORAGE_UNAVAILABLE when it cannot be written.
   */
  writeOut(chunk: string | Uint8Array): Promise<void>;
  /** Text for people to stdout, sanitised, with the colours of `view().palette`. Throws like writeOut. */
  writeText(text: string): Promise<void>;

  /** Shows what was held back. Called before a question and at the end of a command that succeeded. */
  flush(): void;
  /** Takes the warnings that were held back, for the JSON form of an error; held notes are dropped. */
  takeWarnings(): readonly string[];
}

/** The reader of stdout has gone. Listing ends silently, exit code 0. */
export class OutputClosed extends Error {
  constructor() {
    super('The reader of the output has gone.');
    this.name = 'OutputClosed';
  }
}

const GONE = new Set(['EPIPE', 'EOF', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END']);

interface Held {
  readonly warning: boolean;
  readonly text: string;
}

export async function createTerminal(setup: TerminalSetup): Promise<Terminal> {
  const { stdin, stdout, stderr, env, options } = setup;
  const redactor = createRedactor();
  const locale = resolveLocale(options.locale, env);
  const [outPaint, errPaint] = await mixPaints(
    wantsColour({ color: options.color, env, isTTY: stdout.isTTY }),
    wantsColour({ color: options.color, env, isTTY: stderr.isTTY }),
  );
  const json = options.json === true;
  const quiet = options.quiet === true;
  const debugging = options.debug === true;
  const held: Held[] = [];
  let outputFailure: Error | undefined;

  // Without listeners a failed write would end the process as an uncaught exception.
  stdout.on('error', (error: Error) => {
    outputFailure ??= asOutputFailure(error);
  });
  stderr.on('error', () => {});

  const viewOf = (stream: OutputStream, paint: Paint): View => ({
    palette: paint.palette,
    width: stream.isTTY ? Math.max(stream.columns || DEFAULT_WIDTH, MINIMUM_WIDTH) : undefined,
    locale,
    today: calendarDay(setup.now()),
    unicode: stream.isTTY === true && showsUnicode(env),
  });

  const writeMessage = (text: string): void => {
    const safe = errPaint.reveal(redactor.redact(sanitise(text)));
    stderr.write(safe.endsWith('\n') ? safe : `${safe}\n`);
  };
  const hold = (message: Held): void => {
    if (json) held.push(message);
    else writeMessage(message.text);
  };
  const writeOut = (chunk: string | Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      if (outputFailure) return reject(outputFailure);
      stdout.write(chunk, (error) => {
        if (!error) return resolve();
        outputFailure ??= asOutputFailure(error);
        reject(outputFailure);
      });
    });
  const palette = errPaint.palette;

  return {
    canPrompt: stdin.isTTY === true && stderr.isTTY === true && options.noInput !== true && !isSet(env['CI']),
    yes: options.yes === true,
    json,
    debugging,
    quiet,
    streams: { stdin, stderr },
    view: () => viewOf(stdout, outPaint),
    messageView: () => viewOf(stderr, errPaint),
    warn(text) {
      if (json) held.push({ warning: true, text: redactor.redact(text) });
      else writeMessage(`${palette.warn('warning:')} ${text}`);
    },
    note(text) {
      if (!quiet) hold({ warning: false, text });
    },
    say: writeMessage,
    verbose(text) {
      if (options.verbose === true || debugging) writeMessage(palette.faint(text));
    },
    debug(text) {
      if (debugging) writeMessage(palette.faint(`debug: ${text}`));
    },
    registerSecret: redactor.register,
    writeOut,
    writeText: (text) => writeOut(outPaint.reveal(sanitise(text))),
    flush() {
      for (const { warning, text } of held.splice(0)) {
        writeMessage(warning ? `${palette.warn('warning:')} ${text}` : text);
      }
    },
    takeWarnings: () =>
      held
        .splice(0)
        .filter(({ warning }) => warning)
        .map(({ text }) => text),
  };
}

const DEFAULT_WIDTH = 80;
/** Below this nothing can be laid out; the terminal wraps it itself. */
const MINIMUM_WIDTH = 20;

/** chalk is loaded only where a colour will be seen. */
async function mixPaints(out: boolean, err: boolean): Promise<readonly [Paint, Paint]> {
  if (!out && !err) return [NO_PAINT, NO_PAINT];
  const { Chalk } = await import('chalk');
  const lot = Array.from({ length: 2 }, () => Math.random().toString(36).slice(2)).join('');
  const paint = (): Paint => createPaint(new Chalk({ level: 1 }), lot);
  return [out ? paint() : NO_PAINT, err ? paint() : NO_PAINT];
}

function asOutputFailure(error: Error): Error {
  const code = 'code' in error ? String(error.code) : '';
  if (GONE.has(code)) return new OutputClosed();
  return new AppError('STORAGE_UNAVAILABLE', 'The output cannot be written.', {
    hint: code === 'ENOSPC' ? 'The disk is full.' : 'Check where the output is redirected to.',
    details: { systemCode: code },
    cause: error,
  });
}

/** The day where the user is: `today` in tables and due dates is meant so. */
function calendarDay(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
