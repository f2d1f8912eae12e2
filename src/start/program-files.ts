import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

/**
 * The program's own files, run as Node would run them, with what was compiled of them before. Node's own compile
 * cache keeps only what is compiled while a file is loaded; this keeps the functions that were called as well, which is
 * most of it.
 */
export class ProgramFiles {
  readonly #compiled: CompiledCode | undefined;
  readonly #outside: Require;
  readonly #modules = new Map<string, { exports: unknown }>();
  readonly #scripts = new Map<string, Script>();

  /** @param outside where modules of Node and packages come from. */
  constructor(compiled: CompiledCode | undefined, outside: Require) {
    this.#compiled = compiled;
    this.#outside = outside;
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
    this.#compile(file)(module.exports, require, module, file, folder);
    return module.exports;
  }

  /** How many runs were before this one. */
  get runs(): number {
    return this.#compiled?.runs ?? 0;
  }

  /** Whether a file came with nothing compiled, or with what this engine refused. */
  get hasMore(): boolean {
    return [...this.#scripts.values()].some(({ cachedDataRejected }) => cachedDataRejected !== false);
  }

  /** What was compiled before and now; nothing of a first run. */
  compiled(): CompiledCode {
    if (this.#compiled === undefined) return { runs: 1, parts: new Map() };
    const parts = new Map(this.#compiled.parts);
    for (const [name, script] of this.#scripts) parts.set(name, script.createCachedData());
    return { runs: this.runs + 1, parts };
  }

  #compile(file: string): Wrapper {
    const name = basename(file);
    const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`;
    const cachedData = this.#compiled?.parts.get(name);
    const script = new Script(source, {
      filename: file,
      ...(cachedData === undefined ? {} : { cachedData }),
      importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    });
    this.#scripts.set(name, script);
    // The border: what the source says is a function.
    return script.runInThisContext() as Wrapper;
  }
}
