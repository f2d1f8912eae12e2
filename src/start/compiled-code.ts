import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** What the engine compiled of the files that one command runs, for its next run. */
export interface CompiledCode {
  /** How many runs have added to it. */
  readonly runs: number;
  /** The files that every run needed, by their names: they are one script. */
  readonly together: readonly string[];
  /** What was compiled, by the names of scripts. */
  readonly parts: ReadonlyMap<string, Buffer>;
}

interface Index {
  readonly size: number;
  readonly runs: number;
  readonly together: readonly string[];
  /** Name, offset and length of each part. */
  readonly parts: readonly (readonly [string, number, number])[];
}

/** The length of the index and the sum over everything behind it. */
const HEAD_BYTES = 8;
/** What the engine takes without copying it. */
const ALIGNMENT = 8;
/** A disk loses whole sectors of 512 bytes: two looks at each find that, and cost next to nothing. */
const STRIDE = 256;

/**
 * What an earlier run left, or undefined: also if the folder is somebody else's, for whoever writes there decides what
 * runs here, and if the file is not whole, which the engine would not notice.
 */
export function readCompiledCode(file: string): CompiledCode | undefined {
  try {
    if (!isOurOwn(dirname(file))) return undefined;
    const bytes = readFileSync(file);
    const begin = HEAD_BYTES + bytes.readUInt32LE(0);
    // The border: the sum says that these bytes are as they were written here.
    if (bytes.readUInt32LE(4) !== sumOf(bytes)) return undefined;
    const index = JSON.parse(bytes.toString('latin1', HEAD_BYTES, begin)) as Index;
    if (index.size !== bytes.length) return undefined;
    const parts = new Map(
      index.parts.map(([name, offset, length]) => [name, bytes.subarray(offset, offset + length)]),
    );
    return { runs: index.runs, together: index.together, parts };
  } catch {
    return undefined;
  }
}

/** Keeps it for the next run, in a folder for this user alone. Where that cannot be, the next run does without. */
export function writeCompiledCode(file: string, code: CompiledCode): void {
  const folder = dirname(file);
  try {
    if (makeFolder(folder)) forgetOtherBuilds(folder);
    if (isOurOwn(folder)) replaceFile(file, toBytes(code));
  } catch {
    // Nothing depends on it.
  }
}

/** The folder of the build, `compiled`, the program's own, and that of all programs' caches. */
const MOST_FOLDERS = 4;

/**
 * True if it was not there. Not as Node does it with `recursive`: below a folder where nothing can be made, such as
 * /proc, that never ends.
 */
function makeFolder(folder: string, most = MOST_FOLDERS): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    // `systemCode` would say it too, but what it shared with the program would be loaded twice.
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return false;
    if (code !== 'ENOENT' || most === 1) throw error;
  }
  makeFolder(dirname(folder), most - 1);
  mkdirSync(folder, { mode: 0o700 });
  return true;
}

function replaceFile(file: string, bytes: Buffer): void {
  const fresh = `${file}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(fresh, 'wx', 0o600);
    try {
      writeFileSync(descriptor, bytes);
      // Else a power cut could leave the name and not what it stands for.
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function toBytes({ runs, together, parts }: CompiledCode): Buffer {
  const sizes = [...parts].map(([name, { length }]) => ({ name, length }));
  // The index holds offsets that depend on its own length: so much is enough for its numbers.
  const names = [...together, ...parts.keys()];
  const begin = aligned(HEAD_BYTES + 96 + names.reduce((sum, name) => sum + name.length + 32, 0));
  let offset = begin;
  const entries = sizes.map(({ name, length }): [string, number, number] => {
    const entry: [string, number, number] = [name, offset, length];
    offset = aligned(offset + length);
    return entry;
  });
  const index: Index = { size: offset, runs, together, parts: entries };
  const bytes = Buffer.alloc(offset, ' ', 'latin1');
  bytes.write(JSON.stringify(index), HEAD_BYTES, 'latin1');
  for (const [name, at] of entries) parts.get(name)?.copy(bytes, at);
  bytes.writeUInt32LE(begin - HEAD_BYTES, 0);
  bytes.writeUInt32LE(sumOf(bytes), 4);
  return bytes;
}

function aligned(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}

function sumOf(bytes: Buffer): number {
  // Neither readInt32LE nor Math.imul: what runs once is interpreted, and calls are what costs.
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let sum = words.length;
  for (let at = HEAD_BYTES >> 2; at < words.length; at += STRIDE >> 2)
    sum = ((sum << 5) - sum + (words[at] ?? 0)) | 0;
  return sum >>> 0;
}

/** On Windows the folders of a user are closed to others by what they inherit. */
function isOurOwn(folder: string): boolean {
  const status = lstatSync(folder);
  if (process.getuid === undefined) return status.isDirectory();
  return status.isDirectory() && status.uid === process.getuid() && (status.mode & 0o077) === 0;
}

/** The hash of a build, and the Node it ran on. */
const BUILD = /^[0-9a-f]+-\d+\.\d+\.\d+/;

/**
 * A new version of the program has no use for what others compiled; another Node may run the same one tomorrow. The
 * user may have named any folder, so nothing else in it is touched.
 */
function forgetOtherBuilds(folder: string): void {
  const all = dirname(folder);
  if (!isOurOwn(all)) return;
  const [build = ''] = basename(folder).split('-');
  for (const name of readdirSync(all))
    if (BUILD.test(name) && !name.startsWith(build))
      rmSync(join(all, name), { recursive: true, force: true });
}
