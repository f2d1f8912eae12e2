const PLAIN = /^[\x20-\x7E]*$/;
const RUNS = /[\x20-\x7E]+|[^\x20-\x7E]/g;

/**
 * A text as a PowerShell expression that gives exactly this text and nothing else. Only plain ASCII is written, so
 * that Windows PowerShell, which reads files without a byte order mark in the machine's code page, reads the same;
 * it also keeps the typographic quotes out, which PowerShell takes for quotes.
 */
export function powerShellLiteral(text: string): string {
  if (PLAIN.test(text)) return quoted(text);
  const parts = (text.match(RUNS) ?? []).map((run) => (PLAIN.test(run) ? quoted(run) : codeUnit(run)));
  // The empty text comes first, for a character that stands first would be added as a number.
  return `('' + ${parts.join(' + ')})`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function codeUnit(unit: string): string {
  return `[char]0x${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text from outside for a comment line: it can neither end the line nor show what is not there. */
export function powerShellComment(text: string): string {
  return text.replace(/[^\x20-\x7E]/g, '?').slice(0, 200);
}
