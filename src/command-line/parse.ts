import { Command, CommanderError, Help, Option } from '@commander-js/extra-typings';
import { OUTPUT_FORMATS } from '../terminal/formats.ts';
import { VERSION } from '../version.ts';
import { defineActivationCommands } from './activations.ts';
import { defineBenefitCommands } from './benefits.ts';
import type { Define, Invocation } from './define.ts';
import { defineKeyCommands } from './keys.ts';
import { COMMAND_NAMES, type CommandName } from './names.ts';
import { defineProblemCommands } from './problems.ts';
import { defineProfileCommands } from './profiles.ts';
import { defineServeCommands } from './serving.ts';
import { commandMeant, handDown, refuseOptionAsValue, subcommandsCalled, usageError } from './usage-error.ts';

/** Where Commander's texts are gathered, and how wide they may be. */
interface Printing {
  text: string;
  readonly width: number | undefined;
}

const ABOUT = 'Software benefits of a Microsoft partner membership: list, explain, activate, account.';

const SHORT_HELP = `${ABOUT}

First steps:
  $ mpn-benefits list -p sandbox         look around with made-up data
  $ mpn-benefits import benefits.txt     the table of the portal, copied and pasted
  $ mpn-benefits import KeysExport.xml   the keys of Visual Studio subscriptions
  $ mpn-benefits list                    what your organisation is entitled to
  $ mpn-benefits show "Office 2019"      one product, explained

All commands and options: mpn-benefits --help
One command:              mpn-benefits help import
`;

function withGlobalOptions(program: Command): Command {
  program
    .addOption(new Option('-o, --output <format>', 'format of the answer').choices(OUTPUT_FORMATS))
    .option('--query <jmespath>', 'reshape the JSON answer, as in az')
    .option('-p, --profile <name>', 'profile to work on')
    .option('--no-input', 'never ask anything')
    .option('-y, --yes', 'answer yes to confirmations')
    .option('-q, --quiet', 'warnings and errors only')
    .option('--verbose', 'explain what is done')
    .option('--debug', 'explain everything, for a bug report')
    .option('--no-color', 'no colours')
    .option('--offline', 'remote profiles: answer from the cache only')
    .option('--locale <tag>', 'how dates and numbers are written in tables');
  return program;
}

const GROUPS = [
  defineBenefitCommands,
  defineKeyCommands,
  defineActivationCommands,
  defineProblemCommands,
  defineProfileCommands,
  defineServeCommands,
];

interface Tree {
  readonly program: Command;
  /** Makes what is left out until somebody asks for it: subcommands and options. */
  readonly complete: () => void;
}

/** A fresh tree for each call; it never exits and never prints by itself. */
function createProgram(argv: readonly string[], printing: Printing, accept: Define['accept']): Tree {
  const program = withGlobalOptions(
    tame(new Command('mpn-benefits'), printing)
      .description(ABOUT)
      .version(VERSION, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print help')
      .helpCommand('help [command]', 'print help for a command'),
  );

  const completions = new Map<unknown, () => void>();
  const commands = new Map<CommandName, () => void>();
  const lazily: Define['lazily'] = (name, description, define) => {
    commands.set(name, () => {
      const command: Command = program.command(name).description(description).enablePositionalOptions();
      let complete = (): void => {
        complete = () => {};
        define(command);
      };
      completions.set(command, () => complete());
      command.on('beforeHelp', () => complete());
    });
  };
  program.hook('preSubcommand', (_, command) => completions.get(command)?.());
  const complete = (): void => {
    for (const each of completions.values()) each();
  };
  program.on('beforeHelp', complete);

  for (const group of GROUPS) group({ argv, lazily, accept });

  // A command line that begins with a name needs no other.
  const begun = COMMAND_NAMES.find((name) => name === argv[0]);
  for (const name of begun === undefined ? COMMAND_NAMES : [begun]) commands.get(name)?.();
  return { program, complete };
}

/** Makes a tree silent and obedient: failing is throwing, printing is collecting. Its commands take over what it is told. */
function tame(program: Command, printing: Printing): Command {
  return program
    .allowExcessArguments(false)
    .exitOverride()
    .configureHelp({ optionDescription: withoutEmptyList })
    .configureOutput({
      writeOut: (text) => {
        printing.text += text;
      },
      // Commander takes a group without a subcommand for a mistake and its help for a message; here it is the answer.
      writeErr: (text) => {
        printing.text += text;
      },
      outputError: () => {},
      getOutHelpWidth: () => printing.width ?? 80,
      // Help has no colours. Who asks Node's own stream whether it could show them loads all of Node's streams.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

/** That nothing was repeated yet is no default worth telling. */
function withoutEmptyList(option: Option): string {
  return new Help().optionDescription(option).replace(' (default: [])', '');
}

/** What the command line means. Throws USAGE, with a suggestion where a word looks like a known one. */
export function parseCommandLine(given: readonly string[], width: number | undefined): Invocation {
  const argv = helpForward(given);
  const output: Printing = { text: '', width };
  let accepted: Omit<Extract<Invocation, { kind: 'command' }>, 'global'> | undefined;
  const { program, complete } = createProgram(argv, output, (run, settingsFile = 'needed') => {
    accepted = { kind: 'command', run, settingsFile };
  });
  program.hook('preAction', (_, command) => {
    refuseOptionAsValue([...command.options, ...program.options], argv);
    for (let { parent } = command; parent !== null && parent !== program; { parent } = parent)
      handDown(parent, command);
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 && error.code !== 'commander.help') {
      const command = commandMeant(program, argv);
      const unknown = /^error: unknown command '(.*)'/.exec(error.message)?.[1];
      if (unknown === undefined || command !== '') throw usageError(error, command);
      complete();
      throw usageError(error, command, subcommandsCalled(unknown, program));
    }
    if (error.code === 'commander.help' && program.args.length === 0) output.text = SHORT_HELP;
  }
  if (accepted === undefined) return { kind: 'text', text: output.text };
  return { ...accepted, global: program.opts() };
}

/**
 * `help activations adjust` is `activations adjust --help`: commander itself looks one word deep. Help for what is no
 * command is that command, which is then refused like any other; commander itself would print the help of them all.
 */
function helpForward(argv: readonly string[]): readonly string[] {
  const [help, ...words] = argv;
  if (help !== 'help' || words.some((word) => word.startsWith('-'))) return argv;
  if (words[0] !== undefined && !['help', ...COMMAND_NAMES].includes(words[0])) return words.slice(0, 1);
  return words.length < 2 ? argv : [...words, '--help'];
}
