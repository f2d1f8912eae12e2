/**
 * Finds the program that `run` is to start, before any key is revealed for it, the way a shell would: by the PATH,
 * or at the place that a name with a slash says. Windows looks into the current folder first and hands batch files to
 * a command interpreter, which reads the arguments once more; neither is done here.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { type Environment, windowsVariable } from '../../environment.ts';
import { AppError } from '../../errors.ts';

/** What a shell answers if there is no such command. */
export const EXIT_NOT_FOUND = 127;
/** What a shell answers if there is one and it cannot be run. */
export const EXIT_NOT_EXECUTABLE = 126;

export type CommandSearch =
  | { readonly found: true; readonly path: string }
  | {
      readonly found: false;
      readonly exitCode: typeof EXIT_NOT_FOUND | typeof EXIT_NOT_EXECUTABLE;
      /** For stderr. */
      readonly message: string;
    };

export interface SearchOptions {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  /** What is at a path; the file system's own answer if not given. */
  readonly look?: (path: string) => 'program' | 'other' | 'nothing';
}

/** What programs can be called on Windows without their ending, when PATHEXT is not set. */
const WINDOWS_ENDINGS = '.COM;.EXE;.BAT;.CMD';

/**
 * @throws AppError USAGE for a batch file (Windows).
 */
export function findCommand(name: string, options: SearchOptions): CommandSearch {
  const { platform, look = lookAt } = options;
  if (name === '') {
    return { found: false, exitCode: EXIT_NOT_FOUND, message: 'The name of the command is empty.' };
  }
  let other = false;
  for (const path of candidates(name, options)) {
    const kind = look(path);
    if (kind === 'other') other = true;
    if (kind !== 'program') continue;
    if (platform === 'win32') refuseBatchFile(path);
    return { found: true, path };
  }
  return other
    ? { found: false, exitCode: EXIT_NOT_EXECUTABLE, message: `${name} cannot be run: it is not a program.` }
    : { found: false, exitCode: EXIT_NOT_FOUND, message: `There is no command ${name}.` };
}

function candidates(name: string, { env, platform }: SearchOptions): readonly string[] {
  if (platform !== 'win32') {
    if (name.includes('/')) return [name];
    // An empty part of PATH means the current folder, as in every shell.
    return (env['PATH'] ?? '/usr/bin:/bin').split(':').map((folder) => posix.join(folder || '.', name));
  }
  const endings = windowsVariable(env, 'PATHEXT') ?? WINDOWS_ENDINGS;
  const names = [name, ...endings.split(';').map((ending) => `${name}${ending.toLowerCase()}`)];
  const wanted = win32.extname(name) === '' ? names.slice(1) : names;
  if (/[\\/]/.test(name)) return wanted;
  const folders = (windowsVariable(env, 'PATH') ?? '').split(';').filter((folder) => folder !== '');
  return folders.flatMap((folder) => wanted.map((file) => win32.join(folder, file)));
}

function refuseBatchFile(path: string): void {
  if (!/\.(bat|cmd)$/i.test(path)) return;
  throw new AppError('USAGE', `${path} is a batch file, which needs a command interpreter.`, {
    hint: 'Name the interpreter yourself, as in: -- cmd /d /c name. It reads quotes and % in the arguments again.',
    details: { path },
  });
}

function lookAt(path: string): 'program' | 'other' | 'nothing' {
  try {
    if (!statSync(path).isFile()) return 'other';
  } catch {
    return 'nothing';
  }
  try {
    accessSync(path, constants.X_OK);
    return 'program';
  } catch {
    return 'other';
  }
}
