/**
 * The one object that knows about streams, colour, width and prompts. Rules of the user interface:
 *
 * - stdout is data: what was asked for and nothing else. Everything else goes to stderr, in whole lines.
 * - Text for people is sanitised as a whole in the moment it is written, so no name from a file can steer a screen.
 *   stderr is redacted as well: a product key that slipped into a message leaves as its last five characters.
 * - Colour, cutting to a width, progress and prompts belong to terminals. Nothing is said by colour alone.
 * - A question is asked only where somebody can answer it; elsewhere the command fails and names the flag. It never
 *   hangs.
 * - Messages stand behind `error:`, `hint:` or `warning:`, are sentences a person would say, and do not shout. Notes
 *   have no label; --quiet silences them, warnings and errors it does not.
 * - Messages are not broken into lines: the terminal does that, and a command in one stays whole when it is copied.
 * - With `-o json` the messages of a failing command are one JSON object on stderr, so notes and warnings wait until
 *   the outcome is known. Whoever asks a question shows them first.
 * - A reader that has had enough (`| head`) is no error. A stderr that cannot be written is nobody's loss.
 */

import { type Environment, isSet } from '../environment.ts';
import type { Secret } from '../keys/secret.ts';
import { resolveLocale, showsUnicode, wantsColour } from './environment.ts';
import { createMessages, type Messages } from './messages.ts';
import { createOutput, type WriteOut } from './output.ts';
import { createPaint, NO_PAINT, type Paint } from './palette.ts';
import { createRedactor } from './redact.ts';
import type { View } from './result.ts';
import { sanitise } from './sanitise.ts';
import type { InputStream, Output, OutputStream } from './streams.ts';

export { OutputClosed } from './output.ts';
export type { InputStream, Output, OutputStream } from './streams.ts';

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
  /** The output format is JSON: notes and warnings wait until the outcome is known. */
  readonly json?: boolean | undefined;
}

export interface TerminalSetup {
  /** Looked at only where somebody might be asked: opening it costs something. */
  readonly stdin: InputStream;
  readonly stdout: Output;
  readonly stderr: Output;
  /** For prompts, which want streams of Node; looked at only where somebody is asked. */
  readonly streams: { readonly stderr: OutputStream };
  readonly env: Environment;
  readonly options: TerminalOptions;
  readonly now: () => Date;
}

export interface Terminal extends Messages {
  /** Somebody is there to answer: stdin and stderr are terminals, and neither --no-input nor CI is set. */
  readonly canPrompt: boolean;
  /** `--yes`: confirmations are answered already. */
  readonly yes: boolean;
  /** Errors are written as JSON. */
  readonly json: boolean;
  /** `--debug`: stack traces are wanted. */
  readonly debugging: boolean;
  /** For the prompts of this room. */
  readonly prompting: { readonly stdin: InputStream; readonly stderr: OutputStream; readonly paint: Paint };

  /** What a renderer may know of stdout. */
  view(): View;
  /** The same for text that goes to stderr. */
  messageView(): View;

  /** Never show these characters on stderr. */
  registerSecret(secret: Secret): void;
  /** Text as stderr would show it. */
  redact(text: string): string;

  /**
   * Data to stdout, as it is. Resolves when the system has taken it, so that a slow reader slows the writer down.
   * @throws OutputClosed when the reader has gone; AppError STORAGE_UNAVAILABLE when it cannot be written.
   */
  readonly writeOut: WriteOut;
  /** Text for people to stdout, sanitised, with the colours of `view().palette`. Throws like writeOut. */
  writeText(text: string): Promise<void>;
}

export async function createTerminal(setup: TerminalSetup): Promise<Terminal> {
  const { stdout, stderr, env, options } = setup;
  const colourOn = (stream: Output): boolean =>
    wantsColour({ color: options.color, env, isTTY: stream.isTTY });
  const [outPaint, errPaint] = await mixPaints(colourOn(stdout), colourOn(stderr));
  const redactor = createRedactor();
  const locale = resolveLocale(options.locale, env);
  const writeOut = createOutput(stdout);
  const messages = createMessages(stderr, errPaint, redactor, {
    quiet: options.quiet === true,
    verbose: options.verbose === true,
    debug: options.debug === true,
    hold: options.json === true,
    transient: stderr.isTTY === true && env['TERM'] !== 'dumb' && !isSet(env['CI']),
  });

  const viewOf = (stream: Output, paint: Paint): View => ({
    palette: paint.palette,
    width: stream.isTTY ? Math.max(stream.columns || DEFAULT_WIDTH, MINIMUM_WIDTH) : undefined,
    locale,
    today: calendarDay(setup.now()),
    unicode: stream.isTTY === true && showsUnicode(env),
  });
  const write: WriteOut = (chunk) => {
    // Both streams may be the same screen.
    messages.transient(undefined);
    return writeOut(chunk);
  };

  return {
    ...messages,
    get canPrompt() {
      if (stderr.isTTY !== true || options.noInput === true || isSet(env['CI'])) return false;
      return setup.stdin.isTTY === true;
    },
    yes: options.yes === true,
    json: options.json === true,
    debugging: options.debug === true,
    get prompting() {
      return { stdin: setup.stdin, stderr: setup.streams.stderr, paint: errPaint };
    },
    view: () => viewOf(stdout, outPaint),
    messageView: () => viewOf(stderr, errPaint),
    registerSecret: redactor.register,
    redact: redactor.redact,
    writeOut: write,
    writeText: (text) => write(outPaint.reveal(sanitise(text))),
  };
}

const DEFAULT_WIDTH = 80;
/** Below this nothing can be laid out; the terminal may break the lines itself. */
const MINIMUM_WIDTH = 20;

/** chalk is loaded only where a colour will be seen. */
async function mixPaints(out: boolean, err: boolean): Promise<readonly [Paint, Paint]> {
  if (!out && !err) return [NO_PAINT, NO_PAINT];
  const { Chalk } = await import('chalk');
  const lot = Math.random().toString(2).slice(2);
  const paint = (): Paint => createPaint(new Chalk({ level: 1 }), lot);
  return [out ? paint() : NO_PAINT, err ? paint() : NO_PAINT];
}

/** The day where the user is: dates in tables are meant so. */
export function calendarDay(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
