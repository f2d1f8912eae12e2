/**
 * What a terminal takes for colours, the cursor and titles (ECMA-48): tools write it into logs, and it is copied with
 * the rest. An unfinished one ends with its line.
 */
const ESCAPES =
  /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B\r\n]*(?:\u0007|\u001B\\)?|[ -/]*[0-~])|\u009B[0-?]*[ -/]*[@-~]/g;

/** The text without them, as it stood on the screen. */
export function withoutEscapes(text: string): string {
  return /[\u001B\u009B]/.test(text) ? text.replace(ESCAPES, '') : text;
}
