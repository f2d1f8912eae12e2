type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** One line of JSON in plain ASCII: what no terminal, code page or log takes for anything but text. */
export function asciiJson(value: JsonValue): string {
  const json = JSON.stringify(value);
  const escaped = json.replace(
    /[\u007F-\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escaped}\n`;
}
