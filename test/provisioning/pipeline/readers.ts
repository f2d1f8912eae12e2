/** What the systems do with our output, written from their documentation and not from our writers. */

/**
 * A file named by GITHUB_ENV or GITHUB_OUTPUT: lines `NAME=VALUE`, or `NAME<<DELIMITER`, lines of the value,
 * `DELIMITER`. Blank lines between them do nothing, whichever of `=` and `<<` comes first decides.
 */
export function parseFileCommands(text: string): readonly (readonly [name: string, value: string])[] {
  const found: (readonly [string, string])[] = [];
  const lines = text.split(/\r\n|\n/);
  while (lines.length > 0) {
    const line = lines.shift() ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      found.push([line.slice(0, equals), line.slice(equals + 1)]);
      continue;
    }
    if (heredoc <= 0) throw new Error('invalid format');
    const end = lines.indexOf(line.slice(heredoc + 2));
    if (end === -1) throw new Error('delimiter not found');
    found.push([
      line.slice(0, heredoc),
      lines
        .splice(0, end + 1)
        .slice(0, -1)
        .join('\n'),
    ]);
  }
  return found;
}

/** A workflow command without properties: `::command::text`, with the three escapes of text. */
export function readWorkflowCommand(line: string): { readonly command: string; readonly text: string } {
  const [, command = '', escaped = ''] = /^::([^ :]+)::(.*)$/.exec(line) ?? [];
  return { command, text: escaped.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%') };
}

export interface LoggingCommand {
  readonly command: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly message: string;
}

/** A logging command of Azure Pipelines: `##vso[area.action name=value;…]message`. */
export function readLoggingCommand(line: string): LoggingCommand {
  const [, command = '', list = '', message = ''] = /^##vso\[([^ \]]+)(?: ([^\]]*))?\](.*)$/.exec(line) ?? [];
  const plain = (text: string): string =>
    text
      .replaceAll('%3B', ';')
      .replaceAll('%5D', ']')
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%AZP25', '%');
  const properties = list
    .split(';')
    .filter((pair) => pair !== '')
    .map((pair) => [pair.slice(0, pair.indexOf('=')), plain(pair.slice(pair.indexOf('=') + 1))] as const);
  return { command, properties: Object.fromEntries(properties), message: plain(message) };
}
