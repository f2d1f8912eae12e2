import { join } from 'node:path';
import type { Context, Surroundings } from './context.ts';
import { parseCommandLine } from './program.ts';
import { WITHHELD_VARIABLES } from './provisioning/child/environment.ts';
import type { Terminal } from './terminal/terminal.ts';

/**
 * Runs one command and ends the process with its exit code. The only place that knows the process. What Node makes on
 * first use (streams, the module of the operating system) is left alone until somebody needs it.
 */
export function main(): void {
  quietSqlite();
  const env = { ...process.env };
  // Libraries start programs with the environment as it is: what opens our doors must not stand in it.
  for (const name of WITHHELD_VARIABLES) delete process.env[name];
  const outputs = new Set<NodeJS.WriteStream>();
  const surroundings: Surroundings = {
    env,
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      outputs.add(process.stdout);
      return process.stdout;
    },
    get stderr() {
      outputs.add(process.stderr);
      return process.stderr;
    },
    now: () => new Date(),
    nodeVersion: process.versions.node,
    platform: process.platform,
    userName,
    hostName: () => process.getBuiltinModule('node:os').hostname(),
    signals: process,
    powerShell: async () =>
      (await import('./provisioning/activation/powershell.ts')).createPowerShell({ env }),
    clipboardHelper: { node: process.execPath, entry: join(import.meta.dirname, 'clipboard-helper.cjs') },
  };
  void run(process.argv.slice(2), surroundings).then((code) => {
    process.exitCode = code;
    // A keychain that hangs, or a pipe nobody reads, must not keep a finished command alive.
    if ([...outputs].every(({ writableLength }) => writableLength === 0)) process.exit();
  });
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

async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  let terminal: Terminal | undefined;
  let context: Context | undefined;
  try {
    const invocation = parseCommandLine(argv, surroundings.stdout.columns);
    if (invocation.kind === 'text') {
      surroundings.stdout.write(invocation.text);
      return 0;
    }
    const { createContext } = await import('./context.ts');
    context = await createContext(invocation.global, surroundings);
    terminal = context.terminal;
    const result = await invocation.run(context);
    if (result.kind !== 'nothing') {
      const { present } = await import('./terminal/present.ts');
      await present(result, { format: context.format.name, query: context.format.query }, terminal);
    }
    if (result.kind === 'record' && result.failure !== undefined) throw result.failure;
    terminal.flush();
    return result.kind === 'nothing' ? (result.exitCode ?? 0) : 0;
  } catch (error) {
    const { presentError } = await import('./terminal/error.ts');
    return presentError(error, await (terminal ?? plainTerminal(argv, surroundings)));
  } finally {
    await context?.close();
  }
}

/** For failures before the command line was understood. */
async function plainTerminal(argv: readonly string[], surroundings: Surroundings): Promise<Terminal> {
  const { wantsJson } = await import('./context.ts');
  const { createTerminal } = await import('./terminal/terminal.ts');
  const json = wantsJson(argv, surroundings.env);
  return createTerminal({ ...surroundings, options: { json, debug: argv.includes('--debug') } });
}

function userName(): string | null {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    // A container's user may have no entry anywhere.
    return null;
  }
}
