import { AppError } from '../../errors.ts';
import { DEFAULT_VARIABLE, isPortableName, isReservedName } from '../pipeline/variable-name.ts';

/** How a file names a product in the place of its key: the file itself may be shared and kept under version control. */
const REFERENCE = 'mpn-benefits://';
/** The same as somebody may write it: a scheme has no case. */
const SCHEME = /^mpn-benefits:(\/\/)?/i;

export type EnvLine =
  | { readonly kind: 'reference'; readonly variable: string; readonly product: string }
  | { readonly kind: 'plain'; readonly variable: string; readonly value: string };

/**
 * The text of such a file: UTF-8, or UTF-16 with its byte order mark, which is what Windows PowerShell writes.
 * @throws AppError INVALID_DATA for anything else: values go to the child as they are, or not at all.
 */
export function decodeEnvFile(bytes: Uint8Array, file: string): string {
  const [first, second] = bytes;
  const little = first === 0xff && second === 0xfe;
  const encoding = little ? 'utf-16le' : first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
  try {
    // UTF-16 without a mark would pass for UTF-8 with many NUL characters.
    if (first === 0 || second === 0) throw new TypeError();
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw new AppError('INVALID_DATA', `${file} is no text in UTF-8.`, {
      hint: 'Save it as UTF-8; in PowerShell with: Set-Content -Encoding utf8',
      details: { file },
      cause: error,
    });
  }
}

/**
 * Reads `NAME=value` lines. Blank lines and lines that begin with `#` are left out, `export ` in front is allowed, and
 * so is a comment behind a value, after a blank. A value may stand in single quotes (as it is) or double ones (`\n`,
 * `\r`, `\t`, `\"`, `\\` have their meaning). `$` has none anywhere: values go to the child as they are.
 * @param file its name, for errors.
 * @throws AppError INVALID_DATA with file and line; never quotes a value.
 */
export function parseEnvFile(text: string, file: string): readonly EnvLine[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  return lines.flatMap((line, index) => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const problem: Problem = (what, hint) =>
      new AppError('INVALID_DATA', `${file}, line ${index + 1}: ${what}.`, {
        hint,
        details: { file, line: index + 1 },
      });
    return [parseLine(trimmed, problem)];
  });
}

type Problem = (what: string, hint: string) => AppError;

function parseLine(line: string, problem: Problem): EnvLine {
  const assignment = line.replace(/^export\s+/, '');
  const at = assignment.indexOf('=');
  if (at === -1) throw problem('there is no =', 'A line is NAME=value.');
  const variable = assignment.slice(0, at).trim();
  if (!isPortableName(variable)) {
    throw problem('the text before = is no name', 'A name has letters, digits and _ and no digit in front.');
  }
  const value = readValue(assignment.slice(at + 1).trim(), problem);
  if (value.includes('\0')) throw problem('the value holds a NUL character', 'No variable can hold one.');
  const scheme = SCHEME.exec(value);
  if (scheme === null) return { kind: 'plain', variable, value };
  if (scheme[1] === undefined)
    throw problem('the reference has no //', `As in: ${variable}=${REFERENCE}office-2019`);
  if (isReservedName(variable)) {
    throw problem(
      `${variable} has a meaning of its own for programs`,
      `Choose another name, such as ${DEFAULT_VARIABLE}.`,
    );
  }
  return { kind: 'reference', variable, product: readReference(value, problem) };
}

function readValue(text: string, problem: Problem): string {
  const quote = text.charAt(0);
  if (quote !== '"' && quote !== "'") return text.replace(/(^|\s)#.*$/, '').trimEnd();
  const quoted = quote === '"' ? /^"((?:[^"\\]|\\.)*)"(.*)$/.exec(text) : /^'([^']*)'(.*)$/.exec(text);
  if (quoted === null)
    throw problem('a quote is not closed', 'A value cannot go on in the next line; use \\n.');
  const [, inner = '', rest = ''] = quoted;
  if (!/^(\s+#.*|\s*)$/.test(rest))
    throw problem('there is text behind the closing quote', 'A comment needs a blank and a # in front.');
  return quote === '"' ? unescapeText(inner) : inner;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\' };

/** An escape that is not known stays as it is: Windows paths are full of them. */
function unescapeText(text: string): string {
  return text.replace(/\\(.)/g, (all, character: string) => ESCAPES[character] ?? all);
}

function readReference(value: string, problem: Problem): string {
  let product: string;
  try {
    product = decodeURIComponent(value.slice(REFERENCE.length));
  } catch {
    throw problem('the reference has a % that stands for no character', 'Write a % itself as %25.');
  }
  const name = product.trim();
  if (name === '') throw problem('the reference names no product', `As in: ${REFERENCE}office-2019`);
  return name;
}
