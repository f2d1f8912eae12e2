import { closeSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { parseCode } from '../../troubleshooting/codes.ts';
import { readInput } from '../../troubleshooting/input.ts';
import type { KnowledgeSource } from '../../troubleshooting/knowledge.ts';
import { LONGEST_PASTE } from '../../troubleshooting/paste.ts';
import type { PasteReading } from '../../troubleshooting/types.ts';
import { decodeText } from '../shared/decode-text.ts';
import { bytesOf, standardInput } from '../shared/standard-input.ts';
import { labelsOfThisWindows } from '../shared/this-windows.ts';
import { unreadableFile } from '../shared/unreadable-file.ts';

/** What somebody gave, read. `text` is empty if nothing was given. */
export interface Given {
  readonly text: string;
  readonly reading: PasteReading;
}

/** Reads codes and texts from the arguments, a file or standard input. Throws USAGE. */
export async function readGiven(
  words: readonly string[],
  source: KnowledgeSource,
  context: Context,
): Promise<Given> {
  const { text, cut } = await givenText(words, context);
  const slmgrIni = parseCode(text) === undefined ? await labelsOfThisWindows(context) : undefined;
  const reading = readInput(text, await source.index(), slmgrIni === undefined ? {} : { slmgrIni });
  if (cut || reading.cut) context.terminal.warn('Only the first 16 MiB were read.');
  if (reading.keysMasked > 0) {
    context.terminal.warn(
      `The text holds ${reading.keysMasked === 1 ? 'a product key' : `${reading.keysMasked} product keys`}. Nothing of it is kept; do not send it on as it is.`,
    );
  }
  return { text, reading };
}

interface Read {
  readonly text: string;
  readonly cut: boolean;
}

async function givenText(words: readonly string[], context: Context): Promise<Read> {
  const [first, ...others] = words;
  if (first === undefined) return { text: '', cut: false };
  if (first === '-' && others.length === 0)
    return decode(await bytesOf(standardInput(context), LONGEST_PASTE));
  if (others.length === 0 && isFile(first)) {
    context.terminal.verbose(`Reading the file ${first}.`);
    return fileText(first);
  }
  return { text: words.join(' '), cut: false };
}

/** What to throw for text that says nothing. A file that is not there most likely was meant to be read. */
export function nothingIn(words: readonly string[], what: string, hint: string): AppError {
  const [only = '', ...others] = words;
  const isAlone = others.length === 0;
  const shown = only.slice(0, 80);
  if (isAlone && isFolder(only)) {
    return new AppError('NOT_FOUND', `${shown} is a folder, and only a file can be read.`, {
      hint: 'Name a file in it, or give its text on standard input: mpn-benefits troubleshoot -',
    });
  }
  const isName = isAlone && /^\S*[^\s\\/]\.[a-z]{2,5}$/i.test(only) && !isFile(only);
  const message = isName
    ? `There is no file ${shown}, and taken for text it holds no ${what}.`
    : `The text holds no ${what}.`;
  return new AppError('NOT_FOUND', message, { hint });
}

/** A code is a code, even where a file has its name. */
function isFile(word: string): boolean {
  return statusOf(word)?.isFile() === true;
}

function isFolder(word: string): boolean {
  return statusOf(word)?.isDirectory() === true;
}

function statusOf(word: string): Stats | undefined {
  if (parseCode(word) !== undefined || word.length > 4096 || /[\n\0]/.test(word)) return undefined;
  try {
    return statSync(word, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function fileText(path: string): Read {
  try {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(Math.min(LONGEST_PASTE + 1, statSync(path).size));
      let size = 0;
      for (let read = -1; read !== 0 && size < bytes.length; size += read)
        read = readSync(file, bytes, size, bytes.length - size, size);
      return decode(bytes.subarray(0, size));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadableFile(error, path, 'Check its rights, or give its text on standard input: troubleshoot -');
  }
}

function decode(bytes: Buffer): Read {
  return { text: decodeText(bytes.subarray(0, LONGEST_PASTE)), cut: bytes.length > LONGEST_PASTE };
}
