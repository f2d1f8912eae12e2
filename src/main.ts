import { parseCommandLine } from './command-line/parse.ts';
import type { Context, Surroundings } from './context.ts';
import { AppError } from './errors.ts';
import { openRoot, type Root } from './surroundings.ts';
import type { Terminal } from './terminal/terminal.ts';

/** Runs one command and ends the process with its exit code. */
export function main(): void {
  const root = openRoot();
  void run(process.argv.slice(2), root).then(root.end);
}

async function run(argv: readonly string[], root: Root): Promise<number> {
  const { surroundings, end, onInterrupt } = root;
  let terminal: Terminal | undefined;
  let context: Context | undefined;
  try {
    const invocation = parseCommandLine(argv, surroundings.stdout.columns);
    if (invocation.kind === 'text') {
      await root.print(invocation.text).catch(refuseOutput);
      return 0;
    }
    const { createContext } = await import('./context.ts');
    context = await createContext(invocation.global, surroundings, invocation.settingsFile);
    terminal = context.terminal;
    onInterrupt(() => void fail(new AppError('CANCELLED', 'Cancelled.'), terminal).then(end));
    const presentation = await context.presentation();
    const result = await invocation.run(context);
    if (result.kind !== 'nothing') {
      const { present } = await import('./terminal/present.ts');
      await present(result, presentation, terminal);
    }
    if (result.kind === 'record' && result.failure !== undefined) throw result.failure;
    terminal.flush();
    return result.kind === 'nothing' ? (result.exitCode ?? 0) : 0;
  } catch (error) {
    return fail(error, terminal ?? (await plainTerminal(argv, surroundings)));
  } finally {
    await context?.close();
  }
}

async function refuseOutput(error: unknown): Promise<never> {
  const { outputFailure } = await import('./terminal/output.ts');
  throw outputFailure(error);
}

async function fail(error: unknown, terminal: Terminal | undefined): Promise<number> {
  const { presentError } = await import('./terminal/error.ts');
  return terminal === undefined ? 1 : presentError(error, terminal);
}

/** For failures before the command line was understood. */
async function plainTerminal(argv: readonly string[], surroundings: Surroundings): Promise<Terminal> {
  const { wantsJson } = await import('./context.ts');
  const { createTerminal } = await import('./terminal/terminal.ts');
  const json = wantsJson(argv, surroundings.env);
  return createTerminal({ ...surroundings, options: { json, debug: argv.includes('--debug') } });
}
