import { cannotHold } from './lines.ts';

/** Said whenever a key is written as dotenv: the file is a report of a GitLab job more often than not. */
export const DOTENV_WARNING =
  'A dotenv report of GitLab can be downloaded and is not masked. Better fetch the key in the job that needs it.';

/** What readers of dotenv files disagree about: quotes, escapes, comments, substitution, blanks at the ends. */
const AMBIGUOUS = /["'`#$\\\p{Cc}]|^\s|\s$/u;

/**
 * One line without quotes, as GitLab wants it: its reader keeps quotes as part of the value and knows no line breaks.
 * @throws AppError USAGE for a key that such a line cannot hold.
 */
export function dotenvLine(name: string, key: string): string {
  if (AMBIGUOUS.test(key)) throw cannotHold('dotenv', 'quotes, line breaks, #, $, \\ or outer blanks');
  return `${name}=${key}\n`;
}
