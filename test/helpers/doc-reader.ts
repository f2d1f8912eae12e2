/** Reads a page of Markdown as its tests see it: blocks of code, and command lines of this program in them. */
import { parseDocument, visit } from 'yaml';

export interface Block {
  /** Where it begins, for messages. */
  readonly line: number;
  readonly language: string;
  readonly text: string;
  /** What the comment in front of it says behind `test:`; null if there is none. */
  readonly note: string | null;
}

/** The fenced blocks of a page, also those within lists. */
export function blocksOf(page: string): readonly Block[] {
  const blocks: Block[] = [];
  const lines = page.split('\n');
  let open:
    | { line: number; indent: number; language: string; note: string | null; text: string[] }
    | undefined;
  for (const [index, line] of lines.entries()) {
    const fence = /^( *)```(.*)$/.exec(line);
    if (fence === null) open?.text.push(line.slice(Math.min(open.indent, line.search(/\S|$/))));
    else if (open === undefined) {
      const note = /^<!-- test: (.*) -->$/.exec(lines[index - 1] ?? '')?.[1] ?? null;
      const [, indent = '', language = ''] = fence;
      open = { line: index + 1, indent: indent.length, language, note, text: [] };
    } else {
      const { line, language, note, text } = open;
      blocks.push({ line, language, note, text: `${text.join('\n')}\n` });
      open = undefined;
    }
  }
  if (open !== undefined) throw new Error(`line ${open.line}: the block has no end`);
  return blocks;
}

/** Everything between single backticks outside of blocks; a pipe in a table is written `\|`. */
export function inlineCodeOf(page: string): readonly string[] {
  const prose = page.replace(/^ *```.*?^ *```$/gms, '');
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\\|', '|'));
}

/** The arguments of every call of the program in a piece of shell, up to a pipe, a redirection or the line's end. */
export function commandsIn(code: string): readonly (readonly string[])[] {
  const text = code.replace(/\\\n\s*/g, ' ');
  return [...text.matchAll(/(?<![\w./=-])mpn-benefits(?= )/g)].map(({ index }) => {
    const before = text.charAt(index - 1);
    const line = text.slice(index + 'mpn-benefits'.length).split('\n')[0] ?? '';
    // A command that is itself a quoted word ends with its quote.
    return words(before === "'" || before === '"' ? (line.split(before)[0] ?? '') : line);
  });
}

function words(line: string): readonly string[] {
  const found: string[] = [];
  for (const [token] of line.matchAll(/[|;&)#]|[<>](?= )|(?:"[^"]*"|'[^']*'|<[^>]*>|[^\s"'|;&)])+/g)) {
    if (/^[|;&)<>#]$/.test(token)) break;
    found.push(token.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
  }
  return found;
}

/** What a shell is given in a description of a pipeline or playbook, in YAML. */
export function shellTextsIn(yaml: string): readonly string[] {
  const texts: string[] = [];
  visit(parseDocument(yaml), {
    Pair(_, { key, value }) {
      // Of an Ansible task, `script` is PowerShell.
      if (!/^(run|script|inlineScript)$/.test(String(key)) || yaml.includes('win_powershell')) return;
      const given: unknown = JSON.parse(JSON.stringify(value));
      texts.push(...[given].flat().filter((each) => typeof each === 'string'));
    },
    Scalar(_, { value }) {
      if (typeof value !== 'string') return;
      for (const [, text = ''] of value.matchAll(/lookup\('ansible\.builtin\.pipe', '([^']*)'\)/g))
        texts.push(text);
    },
  });
  return texts;
}
