import { type Environment, isSet } from '../environment.ts';

/** Precedence: --no-color, NO_COLOR, FORCE_COLOR, terminal, TERM=dumb. */
export function wantsColour(of: {
  readonly color?: boolean | undefined;
  readonly env: Environment;
  readonly isTTY?: boolean | undefined;
}): boolean {
  if (of.color === false) return false;
  // https://no-color.org: any value that is not empty.
  if (of.env['NO_COLOR']) return false;
  const forced = of.env['FORCE_COLOR'];
  if (forced !== undefined) return forced === '' || isSet(forced);
  return of.isTTY === true && of.env['TERM'] !== 'dumb';
}

/** Whether blocks and ellipses can be expected to show. */
export function showsUnicode(env: Environment): boolean {
  if (env['TERM'] === 'dumb' || env['TERM'] === 'linux') return false;
  const charset = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  // Unset says nothing: containers rarely set it, and their terminals show everything.
  return charset === undefined || charset === '' || /utf-?8/i.test(charset);
}

/** Messages are English, so their numbers and dates are, unless somebody says otherwise. */
const DEFAULT_LOCALE = 'en';

/**
 * A BCP 47 tag from `--locale` or the POSIX variables (`de_AT.UTF-8@euro` is `de-AT`). Only its form is checked here:
 * loading the tables of Intl costs more than listing does.
 */
export function resolveLocale(option: string | undefined, env: Environment): string {
  const given = option || env['LC_ALL'] || env['LC_TIME'] || env['LANG'] || DEFAULT_LOCALE;
  const tag = given.replace(/[.@].*$/, '').replaceAll('_', '-');
  const wellFormed = /^[a-z]{2,3}(-[a-z0-9]{1,8})*$/i.test(tag);
  return wellFormed ? tag : DEFAULT_LOCALE;
}
