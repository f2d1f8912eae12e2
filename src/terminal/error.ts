import { AppError, type ErrorCode, type ErrorDetails, EXIT_CODES } from '../errors.ts';
import { harmlessJson } from './escape.ts';
import { OutputClosed, type Terminal } from './terminal.ts';

const REPORT =
  'This is a defect of mpn-benefits. Please report it, with what the command prints with --debug.';

/** All that is said where a key was pressed, and no answer given. */
const CANCELLED = 'Cancelled.';

interface Shown {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly details: ErrorDetails;
}

/**
 * Tells the user, or a script that asked for JSON, what went wrong.
 * @returns the exit code of the process
 */
export function presentError(error: unknown, terminal: Terminal): number {
  if (error instanceof OutputClosed) return 0;
  const shown = describe(error);
  terminal.transient(undefined);
  if (terminal.json) terminal.say(errorJson(shown, terminal));
  else sayError(shown, terminal);
  if (terminal.debugging) terminal.debug(stackOf(error));
  return EXIT_CODES[shown.code];
}

/** The text of an unknown error may quote anything, a key too: only its name is shown, the rest with --debug. */
function describe(error: unknown): Shown {
  if (error instanceof AppError) {
    return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  }
  const name = error instanceof Error ? error.name : typeof error;
  return {
    code: 'INTERNAL',
    message: `Something happened that should not be possible (${name}).`,
    hint: REPORT,
    details: {},
  };
}

function sayError({ code, message, hint, details }: Shown, terminal: Terminal): void {
  if (code === 'CANCELLED') {
    // Whoever pressed Ctrl-C knows that; what an answer of No has left undone is told.
    if (message !== CANCELLED) terminal.say(message);
    return;
  }
  const { palette } = terminal.messageView();
  terminal.say(`${palette.bad('error:')} ${message}`);
  terminal.say(`${palette.accent('hint:')} ${hint}`);
  // What those who run a team service find it by in their logs; some hints name it already.
  const { correlationId } = details;
  if (typeof correlationId === 'string' && !hint.includes(correlationId))
    terminal.say(palette.faint(`correlation id: ${correlationId}`));
}

/** One line: a log collector takes it for one event. */
function errorJson({ code, message, hint, details }: Shown, terminal: Terminal): string {
  const warnings = terminal.takeWarnings();
  return harmlessJson({
    error: {
      code,
      message: terminal.redact(message),
      hint: hint === '' ? null : terminal.redact(hint),
      details: redactDetails(details, terminal),
    },
    warnings,
  });
}

function redactDetails(details: ErrorDetails, terminal: Terminal): ErrorDetails {
  const redact = (value: ErrorDetails[string]): ErrorDetails[string] => {
    if (typeof value === 'string') return terminal.redact(value);
    return typeof value === 'object' && value !== null ? value.map(terminal.redact) : value;
  };
  return Object.fromEntries(Object.entries(details).map(([name, value]) => [name, redact(value)]));
}

/** The stack with those of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${typeof error}`;
  const own = error.stack ?? `${error.name}: ${error.message}`;
  return error.cause === undefined ? own : `${own}\ncaused by ${stackOf(error.cause)}`;
}
