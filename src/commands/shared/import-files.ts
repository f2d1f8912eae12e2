import { closeSync, createReadStream, openSync, type Stats, statSync } from 'node:fs';
import type { Context } from '../../context.ts';
import { AppError } from '../../errors.ts';
import { openText } from '../../importers/decode.ts';
import { isXml } from '../../importers/detect.ts';
import { badRecords } from '../../importers/problem.ts';
import { readImport } from '../../importers/read.ts';
import type { ImportSource, ReadOptions } from '../../importers/record.ts';
import { standardInput } from './standard-input.ts';
import { unreadableFile } from './unreadable-file.ts';

/** A file that was named to be imported; it is read with each `open`, as often as wanted only if it `lasts`. */
export interface NamedFile {
  readonly name: string;
  readonly lasts: boolean;
  open(): AsyncIterable<Uint8Array>;
}

/**
 * Looks whether every file is there and may be read, so that a name with a slip in it stops everything before the
 * first file is stored. Throws USAGE.
 */
export function filesNamed(names: readonly string[], context: Context): readonly NamedFile[] {
  return names.map((name) => {
    if (name === '-') return { name, lasts: false, open: () => standardInput(context) };
    const lasts = examined(name).isFile();
    return { name, lasts, open: () => readingFile(name) };
  });
}

function examined(file: string): Stats {
  try {
    const stats = statSync(file);
    // Nothing but a file is opened to try it: whoever writes to a pipe would take that for its reader.
    if (stats.isFile() || stats.isDirectory()) closeSync(openSync(file, 'r'));
    if (stats.isDirectory()) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    return stats;
  } catch (error) {
    throw unreadable(error, file);
  }
}

async function* readingFile(file: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: 256 * 1024 });
  } catch (error) {
    throw unreadable(error, file);
  }
}

function unreadable(error: unknown, file: string): unknown {
  return unreadableFile(error, file, 'Check the name; quote it if it has blanks.');
}

export function sourceOf(file: NamedFile): ImportSource {
  return { name: file.name, chunks: file.open() };
}

/** The error for `--map` where no file has columns. */
export function mapOfNoUse(): AppError {
  return new AppError('USAGE', 'KeysExport.xml has no columns, so --map has no use.', {
    hint: 'Leave --map away, or name a CSV file.',
  });
}

/** Throws USAGE if all files are XML. What can be read only once, or not at all, may be a table. */
export async function refuseMapOfXml(files: readonly NamedFile[]): Promise<void> {
  for (const file of files) if (!file.lasts || !(await beginsAsXml(file))) return;
  throw mapOfNoUse();
}

async function beginsAsXml(file: NamedFile): Promise<boolean> {
  try {
    const text = await openText(sourceOf(file));
    await text.close();
    return isXml(text.head);
  } catch {
    // Whatever is wrong with it is said when it is imported.
    return false;
  }
}

/**
 * Reads all files to their ends before any is stored; gives them back to be read again. Throws INVALID_DATA if one
 * has a bad record, and whatever reading throws.
 */
export async function withoutBadRecords(
  files: readonly NamedFile[],
  reading: ReadOptions,
): Promise<readonly NamedFile[]> {
  const good: NamedFile[] = [];
  for (const named of files) {
    const file = named.lasts ? named : await held(named);
    const rejected: { readonly place: string; readonly reason: string }[] = [];
    const { items } = await readImport(sourceOf(file), reading);
    for await (const item of items) if (item.kind === 'rejected') rejected.push(item);
    if (rejected.length > 0) throw badRecords(file.name, rejected);
    good.push(file);
  }
  return good;
}

/** Standard input and pipes can be read once only: what came is kept in memory. */
async function held(file: NamedFile): Promise<NamedFile> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.open()) chunks.push(chunk);
  async function* again(): AsyncIterable<Uint8Array> {
    yield* chunks;
  }
  return { name: file.name, lasts: true, open: again };
}
