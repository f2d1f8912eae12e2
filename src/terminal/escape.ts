import { STEERING } from './sanitise.ts';

/**
 * Characters that do something to a screen, a log viewer or an editor, and that JSON.stringify leaves as they are.
 * Inside the double quotes of JSON and YAML they can be spelled instead.
 */
const LEFT_BY_JSON = `[${STEERING}\\u2028\\u2029]|\\p{Surrogate}`;
const SPELLED = new RegExp(LEFT_BY_JSON, 'gu');
const UNSAFE = new RegExp(`[\\u0000-\\u0009\\u000B-\\u001F]|${LEFT_BY_JSON}`, 'u');

/** Text in double quotes with the steering characters spelled as `\uXXXX`. */
export function spell(quoted: string): string {
  return quoted.replace(
    SPELLED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text that {@link spell} was given, provided that it spelled none of these characters itself. */
export function unspell(quoted: string): string {
  // One escape after the other, so that a backslash which is escaped itself begins nothing.
  return quoted.replace(/\\(?:u([0-9a-f]{4})|.)/gs, (whole, hex: string | undefined) => {
    const code = Number.parseInt(hex ?? '0', 16);
    return code < 0x7f ? whole : String.fromCharCode(code);
  });
}

/** Whether text holds anything that has to be spelled. A newline is harmless. */
export function isUnsafe(text: string): boolean {
  return UNSAFE.test(text);
}

/**
 * JSON whose characters are harmless wherever they are shown, and that any parser reads back as it was. Outside of
 * strings none of the characters in question can occur.
 */
export function harmlessJson(value: unknown, indent?: number): string {
  return spell(JSON.stringify(value, undefined, indent));
}
