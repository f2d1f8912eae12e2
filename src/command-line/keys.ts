import { Option } from '@commander-js/extra-typings';
import { KEY_TYPES } from '../keys/product-key.ts';
import { KEY_FORMATS, KEY_TARGETS } from '../provisioning/pipeline/formats.ts';
import type { Define } from './define.ts';
import { collect, positiveNumber, reasonText, wholeNumber } from './values.ts';

/** Product keys: handing them out, and what they are sealed with. */
export function defineKeyCommands({ lazily, accept, argv }: Define): void {
  lazily('key', 'the product key, for you or for a pipeline; or all keys, or who took them out', (key) => {
    key
      .argument('[product]', 'id, name or part of a name')
      .option('--key <key>', 'this key: its id or last five characters')
      .addOption(new Option('--type <type>', 'only keys of this type').choices(KEY_TYPES))
      .addOption(new Option('--format <format>', 'how the key is written').choices(KEY_FORMATS))
      .option(
        '--name <variable>',
        'name of the variable in env, dotenv, github, azure-pipelines (PRODUCT_KEY)',
      )
      .addOption(
        new Option('--to <place>', 'github, azure-pipelines: for later steps, or as output').choices(
          KEY_TARGETS,
        ),
      )
      .option('--copy', 'copy it to the clipboard for 45 seconds')
      .option('--out-file <file>', 'write it to a file that only you can read')
      .option('--no-newline', 'nothing after the last character')
      .option('--min-remaining <n>', 'fail unless so many activations remain', wholeNumber)
      .option('--purpose <text>', 'why, for the access log')
      .option('--list', 'list keys by their last five characters')
      .option('--history', 'list who took which key out')
      .option('--limit <n>', 'with --list or --history: at most n rows', positiveNumber)
      .addOption(new Option('--mark <state>', 'mark a key').choices(['blocked', 'retired', 'active']))
      .option('--reason <text>', 'with --mark: why', reasonText)
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits key "Windows Server 2019 Standard"
  $ mpn-benefits key office-2019 --copy
  $ mpn-benefits key office-2019 --format github --name OFFICE_KEY
  $ mpn-benefits key --history --limit 20

Every key taken out is recorded first; see --history.`,
      )
      .action((product, options) =>
        accept(async (context) => (await import('../commands/key.ts')).run({ product, ...options }, context)),
      );
  });

  lazily('run', 'run a program with product keys in its environment or in files', (run) => {
    run
      .usage('[options] -- <command...>')
      .argument('<command...>', 'the program and its arguments, behind --')
      .option('--env <VAR=product>', 'a variable with the key of a product; can be repeated', collect, [])
      .option(
        '--file <VAR=product>',
        'a variable with the path of a file that holds the key; can be repeated',
        collect,
        [],
      )
      .option(
        '--env-file <file>',
        'lines such as OFFICE_KEY=mpn-benefits://office-2019; can be repeated',
        collect,
        [],
      )
      .option('--purpose <text>', 'why, for the access log')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits run --env OFFICE_KEY=office-2019 -- ./install.sh
  $ mpn-benefits run --file KEY_FILE=office-2019 -- ./install.sh

A variable of --env or --file takes the place of one of an --env-file; a later
file beats an earlier one.

Keys in the program's output are replaced by [redacted] where it is a pipe or a
file. A terminal is handed to the program as it is: what it prints there is seen.
There Ctrl-C reaches it by itself, and a SIGINT that is sent to mpn-benefits
alone goes no further: send SIGTERM, which is handed on.`,
      )
      .action((command, options) => {
        // One that stands further on belongs to the program, and Commander takes it away.
        const own = argv.indexOf('--');
        if (own === -1 || argv.length - own - 1 !== command.length)
          run.error("error: '--' is needed between our options and the command");
        accept(async (context) => (await import('../commands/run.ts')).run({ command, ...options }, context));
      });
  });

  lazily('vault', 'the key that all product keys of a profile are sealed with', (vault) => {
    vault
      .command('status')
      .description('where the vault key is, and whether it is the right one')
      .action(() => accept(async (context) => (await import('../commands/vault.ts')).status(context)));
    vault
      .command('rotate')
      .description('seal every product key with a new vault key')
      .option('--own-key', 'with a key of yours, from standard input or a hidden prompt')
      .addHelpText(
        'after',
        `
A key of yours is kept nowhere: set MPN_BENEFITS_VAULT_KEY to it afterwards. Where that
variable holds the vault key already, the new one is always yours. Make one with:
  $ openssl rand -base64 32`,
      )
      .action((options) =>
        accept(async (context) => (await import('../commands/vault.ts')).rotate(options, context)),
      );
    vault
      .command('adopt')
      .description('put the key in MPN_BENEFITS_VAULT_KEY into the keychain')
      .action(() => accept(async (context) => (await import('../commands/vault.ts')).adopt(context)));
  });
}
