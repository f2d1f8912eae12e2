import { CommanderError, type CommandUnknownOpts, type Option } from '@commander-js/extra-typings';
import { AppError } from '../errors.ts';

/** Commander says what happened and what was probably meant in one text; an error of ours has two places for it. */
export function usageError(error: CommanderError, command: string, meant: readonly string[] = []): AppError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion =
    meant.length > 0 ? meant.join(' or ') : /^\(Did you mean (.*)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const tooMany = error.code === 'commander.excessArguments';
  const message = first.charAt(0).toUpperCase() + first.slice(1);
  return new AppError('USAGE', /[.!?]$/.test(message) ? message : `${message}.`, {
    hint:
      suggestion !== undefined ? `Did you mean ${suggestion}?` : `${tooMany ? QUOTE : ''}${helpOn(command)}`,
  });
}

/** Where there is one word too many, it mostly is the second word of a name. */
const QUOTE = 'A name of several words is put in quotation marks, as in "Office 2019". ';

function helpOn(command: string): string {
  return command === '' ? 'See: mpn-benefits --help' : `See: mpn-benefits help ${command}`;
}

/**
 * `--html --yes` is a forgotten name and no file called `--yes`: commander takes whatever follows for the value. Of
 * `--machine -yes1` it even takes `-y` out as an option of every command and leaves `-es1`. Negative numbers are values.
 */
export function refuseOptionAsValue(options: readonly Option[], argv: readonly string[]): void {
  const end = argv.indexOf('--');
  for (const [at, word] of argv.slice(0, end < 0 ? argv.length : end).entries()) {
    const next = argv[at + 1] ?? '';
    if (!/^--?[a-z]/i.test(next)) continue;
    const option = options.find(({ long, short, required }) => required && (long === word || short === word));
    if (option === undefined) continue;
    throw new CommanderError(
      1,
      'commander.optionMissingArgument',
      `error: option '${option.flags}' argument missing (one that begins with - is written ${option.flags.replace(/^.*?(--\S+) /, '$1=')})`,
    );
  }
}

/**
 * `serve --database <url> init`: what stands before the name of a subcommand is meant for it. What it does not have is
 * refused: `import --dry-run undo i1` must not undo.
 */
export function handDown(group: CommandUnknownOpts, command: CommandUnknownOpts): void {
  for (const option of group.options) {
    const name = option.attributeName();
    if (group.getOptionValueSource(name) !== 'cli') continue;
    if (!command.options.some((own) => own.attributeName() === name)) {
      const path = pathOf(command);
      throw new AppError('USAGE', `Unknown option '${option.long}' of ${path}.`, {
        hint: `See: mpn-benefits help ${path}`,
      });
    }
    if (command.getOptionValueSource(name) === undefined)
      command.setOptionValueWithSource(name, group.getOptionValue(name), 'cli');
  }
}

/** The names of a command, without that of the program. */
function pathOf(command: CommandUnknownOpts): string {
  const { parent } = command;
  if (parent === null) return '';
  return `${pathOf(parent)} ${command.name()}`.trim();
}

interface Named {
  name(): string;
  readonly commands: readonly Named[];
}

/** What `settle` alone may have been meant as: `activations settle`. */
export function subcommandsCalled(word: string, program: Named): readonly string[] {
  return program.commands
    .filter(({ commands }) => commands.some((command) => command.name() === word))
    .map((group) => `${group.name()} ${word}`);
}

/** The command whose help fits a command line that was not understood; empty if none was named. */
export function commandMeant(program: Named, argv: readonly string[]): string {
  const path: string[] = [];
  let command = program;
  for (const word of argv) {
    if (word === '--') break;
    const next = command.commands.find((known) => known.name() === word);
    if (next !== undefined) {
      command = next;
      path.push(word);
    } else if (path.length > 0 && !word.startsWith('-')) break;
  }
  return path.join(' ');
}
