import { join } from 'node:path';
import type { Surroundings } from './context.ts';
import { EXIT_CODES } from './errors.ts';
import { plainOutput } from './plain-output.ts';
import { WITHHELD_VARIABLES } from './provisioning/child/environment.ts';
import type { Output, OutputStream } from './terminal/streams.ts';

/** The process as the rest of the program sees it, and how it ends. */
export interface Root {
  readonly surroundings: Surroundings;
  /** Ends the process at once if nothing is left to be written; a keychain that hangs must not keep it alive. */
  readonly end: (code: number) => void;
  /** Writes text that nothing else is loaded for: help and versions. Rejects with what the system says. */
  readonly print: (text: string) => Promise<void>;
  /** Calls back when somebody presses Ctrl-C while no prompt and no child process has an answer to that. */
  readonly onInterrupt: (act: () => void) => void;
}

/**
 * The door to the process; behind it little knows `process`, and nobody its environment or arguments. What Node makes on
 * first use (streams, the module of the operating system) is left alone until somebody needs it.
 */
export function openRoot(): Root {
  quietSqlite();
  const env = { ...process.env };
  // Libraries start programs with the environment as it is: what opens our doors must not stand in it.
  for (const name of WITHHELD_VARIABLES) delete process.env[name];
  const outputs = new Set<NodeJS.WriteStream>();
  const used = (stream: NodeJS.WriteStream): NodeJS.WriteStream => {
    outputs.add(stream);
    return stream;
  };
  const streams: Surroundings['streams'] = {
    get stdout() {
      return used(process.stdout);
    },
    get stderr() {
      return used(process.stderr);
    },
  };
  let stdout: Output | undefined;
  let stderr: Output | undefined;
  const surroundings: Surroundings = {
    env,
    get stdin() {
      return process.stdin;
    },
    stdinIsTerminal: () => process.getBuiltinModule('node:tty').isatty(0),
    get stdout() {
      stdout ??= outputOf(1, () => streams.stdout);
      return stdout;
    },
    get stderr() {
      stderr ??= outputOf(2, () => streams.stderr);
      return stderr;
    },
    streams,
    now: () => new Date(),
    nodeVersion: process.versions.node,
    platform: process.platform,
    userName,
    hostName: () => process.getBuiltinModule('node:os').hostname(),
    signals: process,
    powerShell: async () =>
      (await import('./provisioning/activation/powershell.ts')).createPowerShell({ env }),
    clipboardHelper: { node: process.execPath, entry: join(import.meta.dirname, 'clipboard-helper.cjs') },
    ledgerVerifier: join(import.meta.dirname, 'ledger-verifier.cjs'),
  };
  const end = (code: number): void => {
    process.exitCode = code;
    if (code === EXIT_CODES.CANCELLED && isStuckInFile()) dieOfInterrupt();
    if ([...outputs].every(({ writableLength }) => writableLength === 0)) process.exit();
  };
  const onInterrupt = (act: () => void): void => {
    process.on('SIGINT', () => {
      // Another listener is a child's: the signal is handed on, and the child decides.
      if (process.listenerCount('SIGINT') === 1) act();
    });
  };
  const print = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      surroundings.stdout.on('error', reject);
      surroundings.stdout.write(text, (error) => (error ? reject(error) : resolve()));
    });
  return { surroundings, end, print, onInterrupt };
}

/** Something is still being read or written. A named pipe without a writer may keep it so for ever. */
function isStuckInFile(): boolean {
  return (
    process.platform !== 'win32' && process.getActiveResourcesInfo().some((name) => name.startsWith('FSReq'))
  );
}

/** Leaving waits for what is under way, the signal does not; a shell shows both as 130. */
function dieOfInterrupt(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** Windows has its own ways with pipes, and Node knows them. */
function outputOf(descriptor: number, stream: () => OutputStream): Output {
  return (process.platform === 'win32' ? undefined : plainOutput(descriptor, stream)) ?? stream();
}

/** Node 22 warns of its own SQLite, on which we rely knowingly. Every other warning goes its usual way. */
function quietSqlite(): void {
  if (!process.versions.node.startsWith('22.')) return;
  const printers = process.listeners('warning');
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name === 'ExperimentalWarning' && warning.message.startsWith('SQLite')) return;
    for (const print of printers) print.call(process, warning);
  });
}

function userName(): string | null {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    // A container's user may have no entry anywhere.
    return null;
  }
}
