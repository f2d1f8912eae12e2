import type { Paint } from './palette.ts';
import type { Redactor } from './redact.ts';
import { sanitise, sanitiseLine } from './sanitise.ts';
import type { Output } from './streams.ts';
import { beginning } from './width.ts';

/** Everything that is not data: one writer for stderr, so that sanitising and redacting cannot be forgotten. */
export interface Messages {
  /** Something the user should know although the command goes on. Shown in quiet mode too. */
  warn(text: string): void;
  /** Progress and explanations, silenced by --quiet. May have many lines. */
  note(text: string): void;
  /** Part of what was asked for (steps to follow, an error): neither silenced nor held back. */
  say(text: string): void;
  /** Shown with --verbose or --debug. */
  verbose(text: string): void;
  /** Shown with --debug. */
  debug(text: string): void;
  /** Shows what was held back. Called before a question and at the end of a command that succeeded. */
  flush(): void;
  /** Takes the warnings that were held back, for the JSON form of an error; held notes are dropped. */
  takeWarnings(): readonly string[];
  /** One line that the next message replaces; undefined removes it. Nothing where there is no terminal. */
  transient(text: string | undefined): void;
}

export interface MessageLevels {
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly debug: boolean;
  /** Notes and warnings wait until the outcome is known. */
  readonly hold: boolean;
  /** The stream can take a line back. */
  readonly transient: boolean;
}

/** Carriage return and "erase the line". */
const ERASE = '\r\u001B[2K';

export function createMessages(
  stderr: Output,
  paint: Paint,
  redactor: Redactor,
  levels: MessageLevels,
): Messages {
  const held: { readonly warning: boolean; readonly text: string }[] = [];
  let lineShown = false;

  // Nobody reads stderr any more: no reason to fail.
  stderr.on('error', () => {});

  const safe = (text: string): string => paint.reveal(redactor.redact(sanitise(text)));
  const erase = (): void => {
    if (lineShown) stderr.write(ERASE);
    lineShown = false;
  };
  const say = (text: string): void => {
    erase();
    const out = safe(text);
    stderr.write(out.endsWith('\n') ? out : `${out}\n`);
  };
  const show = (warning: boolean, text: string): void =>
    say(warning ? `${paint.palette.warn('warning:')} ${text}` : text);
  const showOrHold = (warning: boolean, text: string): void => {
    if (levels.hold) held.push({ warning, text });
    else show(warning, text);
  };

  return {
    warn: (text) => showOrHold(true, text),
    note(text) {
      if (!levels.quiet) showOrHold(false, text);
    },
    say,
    verbose(text) {
      if (levels.verbose || levels.debug) say(paint.palette.faint(text));
    },
    debug(text) {
      if (levels.debug) say(paint.palette.faint(`debug: ${text}`));
    },
    flush() {
      for (const { warning, text } of held.splice(0)) show(warning, text);
    },
    takeWarnings() {
      const warnings = held.splice(0).filter(({ warning }) => warning);
      return warnings.map(({ text }) => redactor.redact(text));
    },
    transient(text) {
      if (!levels.transient || levels.quiet || levels.hold) return;
      erase();
      if (text === undefined) return;
      // A line that wraps could not be taken back.
      stderr.write(safe(beginning(sanitiseLine(text), (stderr.columns || 80) - 1)));
      lineShown = true;
    },
  };
}
