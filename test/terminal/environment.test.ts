import { describe, expect, test } from 'vitest';
import { resolveLocale, showsUnicode, wantsColour } from '../../src/terminal/environment.ts';

describe('colour: --no-color, NO_COLOR, FORCE_COLOR, terminal, TERM=dumb, in that order', () => {
  test.each([
    ['a terminal', true, {}, true],
    ['no terminal', true, {}, false],
    ['TERM=dumb', true, { TERM: 'dumb' }, true],
    ['--no-color beats FORCE_COLOR', false, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR', true, { NO_COLOR: '1' }, true],
    ['an empty NO_COLOR is not set', true, { NO_COLOR: '' }, true],
    ['NO_COLOR beats FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR beats no terminal', true, { FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR beats TERM=dumb', true, { FORCE_COLOR: '1', TERM: 'dumb' }, true],
    ['FORCE_COLOR=0 beats a terminal', true, { FORCE_COLOR: '0' }, true],
    ['FORCE_COLOR=false', true, { FORCE_COLOR: 'false' }, true],
  ])('%s', (name, color, env, isTTY) => {
    const colourless = new Set([
      'no terminal',
      'TERM=dumb',
      '--no-color beats FORCE_COLOR',
      'NO_COLOR',
      'NO_COLOR beats FORCE_COLOR',
      'FORCE_COLOR=0 beats a terminal',
      'FORCE_COLOR=false',
    ]);
    expect(wantsColour({ color, env, isTTY })).toBe(!colourless.has(name));
  });
});

describe('locale', () => {
  test.each([
    ['de-DE', {}, 'de-DE'],
    [undefined, { LANG: 'de_AT.UTF-8@euro' }, 'de-AT'],
    [undefined, { LC_ALL: 'fr_FR.UTF-8', LC_TIME: 'de_DE', LANG: 'es' }, 'fr-FR'],
    [undefined, { LC_TIME: 'de_DE', LANG: 'es' }, 'de-DE'],
    ['nl', { LC_ALL: 'fr_FR' }, 'nl'],
    [undefined, { LANG: 'C' }, 'en'],
    [undefined, { LANG: 'POSIX' }, 'en'],
    [undefined, { LANG: 'C.UTF-8' }, 'en'],
    [undefined, {}, 'en'],
    ['not a tag!', {}, 'en'],
    ['\u001B[31m', {}, 'en'],
  ])('%s with %o is %s', (option, env, expected) => {
    expect(resolveLocale(option, env)).toBe(expected);
  });
});

describe('more than ASCII', () => {
  test.each([
    [{ LANG: 'C.UTF-8' }, true],
    [{ LANG: 'en_US.utf8' }, true],
    [{}, true],
    [{ LANG: 'C' }, false],
    [{ LC_ALL: 'de_DE.ISO-8859-1', LANG: 'C.UTF-8' }, false],
    [{ TERM: 'linux', LANG: 'C.UTF-8' }, false],
    [{ TERM: 'dumb' }, false],
  ])('%o: %s', (env, expected) => {
    expect(showsUnicode(env)).toBe(expected);
  });
});
