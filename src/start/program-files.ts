import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { constants, Script } from 'node:vm';
import type { CompiledCode } from './compiled-code.ts';

type Require = (name: string) => unknown;
type Wrapper = (
  exports: unknown,
  require: Require,
  module: { exports: unknown },
  filename: string,
  folder: string,
) => void;

/** In the brackets of a function that is called at once, so that the engine does not read it twice. */
const BEGIN = '(function (exports, require, module, __filename, __dirname) {';
const END = '\n})';

/** So many runs of a command tell which files it always needs. */
export const FIRST_RUNS = 5;

/** The service loads more than that, and starts once. */
const MOST_TOGETHER = 1024 * 1024;

/** The files that go together as one text, and what was compiled of it; no file has these names. */
const SOURCE = '/source';
const TOGETHER = '/together';

/**
 * The program's own files, run as Node would run them, with what was compiled of them before. Node's own compile
 * cache keeps only what is compiled while a file is loaded; this keeps the functions that were called as well, which is
 * most of it.
 *
 * Files that a command always needs are one script. What saves time is less that they are one than that they are long:
 * the engine keeps a text of more than 128 KiB apart from the small young part of its memory, so that this lasts for
 * the rest of the command without a collection.
 */
export class ProgramFiles {
  readonly #folder: string;
  readonly #compiled: CompiledCode | undefined;
  readonly #outside: Require;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #scripts = new Map<string, Script>();
  readonly #wrappers: ReadonlyMap<string, Wrapper>;
  /** Of the files that go together. */
  #source: string | undefined;

  /**
   * @param folder where the program's files are.
   * @param outside where modules of Node and packages come from.
   */
  constructor(folder: string, compiled: CompiledCode | undefined, outside: Require) {
    this.#folder = folder;
    this.#compiled = compiled;
    this.#outside = outside;
    this.#wrappers = this.#compileTogether();
  }

  /** What a file exports; it runs once. */
  load(file: string): unknown {
    const known = this.#modules.get(file);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    this.#modules.set(file, module);
    const folder = dirname(file);
    const require: Require = (name) => {
      if (!name.startsWith('.')) return this.#outside(name);
      // Nearly all are beside their user, or below: joining as Node does it takes longer than the rest.
      return this.load(name.startsWith('./') ? folder + name.slice(1) : join(folder, name));
    };
    const wrapper = this.#wrappers.get(this.#nameOf(file)) ?? this.#compile(file);
    wrapper(module.exports, require, module, file, folder);
    return module.exports;
  }

  /** How many runs were before this one. */
  get runs(): number {
    return this.#compiled?.runs ?? 0;
  }

  /** Whether a script came with nothing compiled, or with what this engine refused. */
  get hasMore(): boolean {
    return [...this.#scripts.values()].some(({ cachedDataRejected }) => cachedDataRejected !== false);
  }

  /**
   * What was compiled before and now. Nothing of a first run: it may have made a profile, which no other run does. The
   * second tells which files go together, and those after it take out what they had no use for.
   */
  compiled(): CompiledCode {
    const { runs } = this;
    if (this.#compiled === undefined) return { runs: 1, together: [], parts: new Map() };
    const loaded = [...this.#modules.keys()].map((file) => this.#nameOf(file));
    if (runs === 1) return { runs: 2, together: loaded, parts: new Map() };
    const together = this.#compiled.together.filter((name) => runs >= FIRST_RUNS || loaded.includes(name));
    const parts = new Map(this.#compiled.parts);
    for (const [name, script] of this.#scripts) parts.set(name, script.createCachedData());
    if (this.#source !== undefined) parts.set(SOURCE, Buffer.from(this.#source, 'latin1'));
    if (together.length < this.#compiled.together.length)
      for (const name of [SOURCE, TOGETHER]) parts.delete(name);
    return { runs: runs + 1, together, parts };
  }

  #nameOf(file: string): string {
    return file.slice(this.#folder.length + 1);
  }

  #compile(file: string): Wrapper {
    // The border: what the source says is a function.
    return this.#run(this.#nameOf(file), BEGIN + readFileSync(file, 'utf8') + END, file) as Wrapper;
  }

  #compileTogether(): ReadonlyMap<string, Wrapper> {
    const names = this.#compiled?.together ?? [];
    if (names.length === 0) return new Map();
    try {
      // Reading one file takes less than reading thirty.
      this.#source =
        this.#compiled?.parts.get(SOURCE)?.toString('latin1') ?? readTogether(this.#folder, names);
      // The border: what the source says is an object of functions.
      const wrappers = this.#run(TOGETHER, this.#source, join(this.#folder, 'together'));
      return new Map(Object.entries(wrappers as Record<string, Wrapper>));
    } catch {
      // One by one, then.
      return new Map();
    }
  }

  #run(name: string, source: string, filename: string): unknown {
    const cachedData = this.#compiled?.parts.get(name);
    const script = new Script(source, {
      filename,
      ...(cachedData === undefined ? {} : { cachedData }),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.#scripts.set(name, script);
    return script.runInThisContext();
  }
}

/** One script of all these files. Throws if one is not there, or if that is too much. */
function readTogether(folder: string, names: readonly string[]): string {
  const bytes = Buffer.allocUnsafeSlow(MOST_TOGETHER);
  let at = bytes.write('({', 'latin1');
  for (const name of names) {
    at += bytes.write(`${JSON.stringify(name)}: ${BEGIN}`, at, 'latin1');
    const descriptor = openSync(join(folder, name), 'r');
    at += readSync(descriptor, bytes, at, bytes.length - at, null);
    closeSync(descriptor);
    at += bytes.write(`${END},\n`, at, 'latin1');
  }
  at += bytes.write('})', at, 'latin1');
  if (at === bytes.length) throw new RangeError('too much for one script');
  // The build writes plain characters only.
  return bytes.toString('latin1', 0, at);
}
