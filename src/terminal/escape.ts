/** Characters that do something to a screen, a log viewer or an editor; inside JSON strings they can be spelled. */
const SPELLED = /[\u007F-\u009F\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/g;

export function spell(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * JSON whose characters are harmless wherever they are shown, and that any parser reads back as it was. C0 and lone
 * surrogates are escaped by JSON.stringify itself; outside of strings none of them can occur.
 */
export function harmlessJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(SPELLED, spell);
}

/** Whether text holds anything that harmless output has to spell. */
export function needsSpelling(text: string): boolean {
  return /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u.test(
    text,
  );
}

/** Spells what JSON.stringify leaves as it is, also halves of surrogate pairs. For text in double quotes only. */
export function spellUnsafe(quoted: string): string {
  return quoted.replace(
    /[\u007F-\u009F\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/gu,
    spell,
  );
}
