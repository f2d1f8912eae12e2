/**
 * One process in which the built program runs again and again, each time from the start: modules, arguments,
 * environment, working folder and the three descriptors are new, only Node is up already. `warm.ts` gives the orders.
 */
import { closeSync, createReadStream, openSync, type ReadStream, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import type { Done, Order } from './warm.ts';

const [program, folder] = process.argv.slice(2);
if (program === undefined || folder === undefined) throw new Error('Which program, and which folder?');

const load = createRequire(program);
const installed = dirname(dirname(program)) + sep;
const own = process.argv.slice(0, 1);
const exit = process.exit;

process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  exit(0);
});
process.on('message', (order: Order) => run(program, order));
const listeners = new Map(process.eventNames().map((name) => [name, process.rawListeners(name)]));

/** Begins a run; the program says itself when it is over. */
function run(file: string, { args, env, cwd, files }: Order): void {
  process.chdir(cwd);
  for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv = [...own, file, ...args];
  process.exitCode = undefined;
  for (const [descriptor, path] of files.entries()) reopen(descriptor, path);
  let stdin: ReadStream | undefined;
  Object.defineProperty(process, 'stdin', {
    configurable: true,
    get: () => {
      stdin ??= createReadStream('', { fd: 0, autoClose: false });
      return stdin;
    },
  });
  // The program does nothing after it ended itself, so that it may as well end a little later.
  Object.assign(process, { exit: (code?: number) => setImmediate(() => end(code)) });
  for (const path of Object.keys(load.cache)) if (path.startsWith(installed)) delete load.cache[path];
  load(file);
}

/** The system gives a file that is opened the lowest number that is free. */
function reopen(descriptor: number, path: string): void {
  closeSync(descriptor);
  if (openSync(path, descriptor === 0 ? 'r' : 'a') !== descriptor) exit(70);
}

function end(code = Number(process.exitCode ?? 0)): void {
  for (const name of process.eventNames()) {
    for (const listener of process.rawListeners(name))
      if (!listeners.get(name)?.includes(listener)) Reflect.apply(process.off, process, [name, listener]);
  }
  // What the program has closed is gone a moment later.
  setTimeout(() => {
    const done: Done = { code, left: process.getActiveResourcesInfo() };
    process.send?.(done);
  }, 1).unref();
}
