import { Command, CommanderError, Help, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { CommandName } from './command-names.ts';
import type { Context, GlobalOptions } from './context.ts';
import { ENTITLEMENT_STATES, PRODUCT_KINDS } from './entitlements/types.ts';
import { AppError } from './errors.ts';
import { IMPORT_FORMATS } from './importers/record.ts';
import { KEY_TYPES } from './keys/product-key.ts';
import { KEY_FORMATS, KEY_TARGETS } from './provisioning/pipeline/formats.ts';
import { OUTPUT_FORMATS } from './terminal/formats.ts';
import type { Result } from './terminal/result.ts';

declare const __VERSION__: string;

/** What a command line asks for: a text to print, or a command that is loaded only when it runs. */
export type Invocation =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly global: GlobalOptions;
      readonly run: (context: Context) => Promise<Result>;
      /** `if readable`: the command runs with defaults where the settings cannot be read. */
      readonly settingsFile: SettingsFile;
    };

type SettingsFile = 'needed' | 'if readable';

/** Where Commander's texts are gathered, and how wide they may be. */
interface Printing {
  text: string;
  readonly width: number | undefined;
}

/** As in the contract, which is not loaded to print a help. */
const ROLES = ['reader', 'provisioner', 'admin'] as const;

type Accept = (run: (context: Context) => Promise<Result>, settingsFile?: SettingsFile) => void;

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

function wholeNumber(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Days as `30` or `30d`. */
function numberOfDays(text: string): number {
  const days = Number(/^([0-9]{1,3})d?$/.exec(text)?.[1]);
  if (!(days >= 1 && days <= 365)) throw new InvalidArgumentError('Expected 1d to 365d.');
  return days;
}

function calendarDay(text: string): string {
  // A day that its month does not have is read as one of the next month.
  const time = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('Expected a date such as 2026-03-31.');
  return text;
}

function collect(text: string, before: readonly string[]): string[] {
  return [...before, text];
}

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

/** A fresh tree for each call; it never exits and never prints by itself. */
function createProgram(argv: readonly string[], printing: Printing, accept: Accept): Command {
  const program = withGlobalOptions(
    tame(new Command('mpn-benefits'), printing)
      .description(ABOUT)
      .version(__VERSION__, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print help')
      .helpCommand('help [command]', 'print help for a command'),
  );

  /**
   * A command whose arguments, options and subcommands are made when it is meant, or when the help lists all of them:
   * making the whole tree takes as long as a listing. A command line that begins with its name needs no other.
   */
  const completions = new Map<unknown, () => void>();
  const commands = new Map<string, () => void>();
  const lazily = (name: CommandName, description: string, define: (command: Command) => void): void => {
    commands.set(name, () => {
      const command: Command = program.command(name).description(description);
      let complete = (): void => {
        complete = () => {};
        define(command);
      };
      completions.set(command, () => complete());
      command.on('beforeHelp', () => complete());
    });
  };
  program.hook('preSubcommand', (_, command) => completions.get(command)?.());
  program.on('beforeHelp', () => {
    for (const complete of completions.values()) complete();
  });

  lazily(
    'import',
    "read the portal's table, KeysExport.xml or any CSV; files, or - for standard input",
    (imports) => {
      imports
        .argument('[file...]', 'files to read')
        .addOption(new Option('--format <format>', 'instead of detecting it').choices(IMPORT_FORMATS))
        .option('--map <columns>', 'CSV: which column holds what, as column=field,column=field')
        .addOption(
          new Option('--date-format <order>', 'order of numbers in dates').choices(['mdy', 'dmy', 'ymd']),
        )
        .option('--offer <program[:part]>', 'the offer that granted what is imported')
        .option('--strict', 'store nothing if one record is bad')
        .option('--force', 'let an older file replace newer dates')
        .option('--dry-run', 'say what would change, and change nothing')
        .addHelpText(
          'after',
          `
Examples:
  $ mpn-benefits import benefits.txt KeysExport.xml
  $ mpn-benefits import - < benefits.txt
  $ mpn-benefits import stock.csv --map "Title=product,Licence key=key,Count=quantity"`,
        )
        .action((files, options) =>
          accept(async (context) =>
            (await import('./commands/import.ts')).run({ files, ...options }, context),
          ),
        );
      imports
        .command('key')
        .description('one product key, from standard input or a hidden prompt')
        .argument('<product>', 'id, name or part of a name')
        .addOption(new Option('--type <type>', 'kind of key').choices(KEY_TYPES))
        .option('--allowed <n>', 'activations the key allows', wholeNumber)
        .option('--note <text>', 'a note to keep with the key')
        .option('--offer <program[:part]>', 'the offer that granted the key')
        .action((product, options) =>
          accept(async (context) =>
            (await import('./commands/import-key.ts')).run({ product, ...options }, context),
          ),
        );
      imports
        .command('list')
        .description('the imports so far, newest first')
        .option('--limit <n>', 'only the newest n', wholeNumber)
        .action((options) =>
          accept(async (context) => (await import('./commands/import-list.ts')).run(options, context)),
        );
      imports
        .command('undo')
        .description('take back what an import added and nothing has used since')
        .argument('<id>', 'from import list')
        .action((id) =>
          accept(async (context) => (await import('./commands/import-undo.ts')).run({ id }, context)),
        );
    },
  );

  lazily('list', 'what you are entitled to, one row for each entitlement', (list) => {
    list
      .argument('[text]', 'only products whose name or alias contains this')
      .option('--program <program>', 'only grants of this programme')
      .addOption(new Option('--kind <kind>', 'only products of this kind').choices(PRODUCT_KINDS))
      .option('--needs-activation', 'only products that must be activated')
      .option('--with-key', 'only products with a product key')
      .option('--expiring <days>', 'only what ends within so many days, soonest first', wholeNumber)
      .addOption(new Option('--state <state>', 'only entitlements in this state').choices(ENTITLEMENT_STATES))
      .option('--sort <field>', 'order by this JSON field')
      .option('--columns <a,b>', 'table: show these JSON fields')
      .option('--limit <n>', 'at most n rows', wholeNumber)
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits list --expiring 30
  $ mpn-benefits list windows --with-key
  $ mpn-benefits list -o json --query "[?isCal].name"`,
      )
      .action((text, options) =>
        accept(async (context) => (await import('./commands/list.ts')).run({ text, ...options }, context)),
      );
  });

  lazily('show', 'everything about one product: grants, keys, instructions, and why', (show) => {
    show
      .argument('<product>', 'id, name or part of a name')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits show "Windows Server 2019 Standard"
  $ mpn-benefits show office-proplus-2019 -o json`,
      )
      .action((product) =>
        accept(async (context) => (await import('./commands/show.ts')).run({ product }, context)),
      );
  });

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
      .option('--limit <n>', 'with --list or --history: at most n rows', wholeNumber)
      .addOption(new Option('--mark <state>', 'mark a key').choices(['blocked', 'retired', 'active']))
      .option('--reason <text>', 'with --mark: why')
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
        accept(async (context) => (await import('./commands/key.ts')).run({ product, ...options }, context)),
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

Keys in the program's output are replaced by [redacted] where it is a pipe or a
file. A terminal is handed to the program as it is: what it prints there is seen.`,
      )
      .action((command, options) => {
        if (!argv.includes('--')) program.error("error: '--' is needed between our options and the command");
        accept(async (context) => (await import('./commands/run.ts')).run({ command, ...options }, context));
      });
  });

  lazily('activate', 'say what an activation costs, count it once, and carry it out', (activate) => {
    activate
      .argument('<product>', 'id, name or part of a name')
      .option('--machine <name>', 'the machine to activate; this one if not given')
      .option('--hardware <file>', 'its hardware, as the command hardware wrote it there')
      .option('--key <key>', 'with this key: its id or last five characters')
      .addOption(new Option('--type <type>', 'with a key of this type').choices(KEY_TYPES))
      .addOption(
        new Option('--via <way>', 'how it is carried out').choices([
          'auto',
          'windows',
          'script',
          'unattend',
          'office-deployment',
          'manual',
        ] as const),
      )
      .option(
        '--out-file <file>',
        'script, unattend, office-deployment: the file to write, - for standard output',
      )
      .option('--image-key', 'unattend: also let the key choose the image')
      .option('--dry-run', 'say what it costs, and do nothing')
      .addOption(
        new Option('--assume <what>', 'instead of comparing hardware').choices([
          'new',
          'unchanged',
          'changed',
        ] as const),
      )
      .option('--reason <text>', 'why, for --assume and for lapsed benefits')
      .addOption(
        new Option('--purpose <use>', 'what the copy is used for').choices([
          'internal',
          'demonstration',
          'training',
        ] as const),
      )
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits activate "Windows Server 2019 Standard" --dry-run
  $ mpn-benefits activate office-2019 --machine pc-17 --hardware pc-17.json --via script --out-file activate.ps1
  $ mpn-benefits activate windows-enterprise --machine pc-18 --via unattend --out-file unattend.xml`,
      )
      .action((product, options) =>
        accept(async (context) =>
          (await import('./commands/activate.ts')).run({ product, ...options }, context),
        ),
      );
  });

  lazily('hardware', 'the hardware of this machine as hashes, to compare elsewhere', (hardware) => {
    hardware
      .option('--out-file <file>', 'write it to a file')
      .action((options) =>
        accept(async (context) => (await import('./commands/hardware.ts')).run(options, context)),
      );
  });

  lazily('activations', 'the ledger: what was activated, and the proof', (activations) => {
    activations
      .command('list')
      .description('activations, newest first')
      .option('--product <product>', 'only this product')
      .option('--machine <name>', 'only this machine')
      .option('--limit <n>', 'only the newest n', wholeNumber)
      .action((options) =>
        accept(async (context) => (await import('./commands/activations.ts')).list(options, context)),
      );
    activations
      .command('show')
      .description('one activation and the events that tell it')
      .argument('<id>', 'from activations list')
      .action((id) =>
        accept(async (context) => (await import('./commands/activations.ts')).show({ id }, context)),
      );
    activations
      .command('settle')
      .description('record what became of an activation')
      .argument('<id>', 'from activate or activations list')
      .argument('[file]', 'what the script, slmgr or ospp printed; - for standard input')
      .option('--succeeded', 'it worked')
      .option('--failed <code>', 'it failed with this code')
      .option('--reason <text>', 'why, if another outcome is recorded already')
      .action((id, file, options) =>
        accept(async (context) =>
          (await import('./commands/settle.ts')).run({ id, file, ...options }, context),
        ),
      );
    activations
      .command('adjust')
      .description('set a count to the number that the portal or VAMT shows')
      .argument('<product>', 'id, name or part of a name')
      .option('--key <key>', 'of this key: its id or last five characters')
      .option('--used <n>', 'so many are used', wholeNumber)
      .option('--remaining <n>', 'so many remain', wholeNumber)
      .option('--allowed <n>', 'so many are allowed', wholeNumber)
      .option('--reason <text>', 'where the number comes from')
      .action((product, options) =>
        accept(async (context) =>
          (await import('./commands/activations.ts')).adjust({ product, ...options }, context),
        ),
      );
    activations
      .command('export')
      .description('the whole ledger with its chain')
      .addOption(
        new Option('--format <format>', 'docs/ledger.md says how others verify it').choices([
          'jsonl',
          'csv',
        ] as const),
      )
      .option('--out-file <file>', 'write it to a file')
      .action((options) =>
        accept(async (context) => (await import('./commands/ledger.ts')).exportAll(options, context)),
      );
    activations
      .command('verify')
      .description('prove that the ledger is as it was written')
      .option('--against <export|head>', 'compare with an earlier export, or a head that was noted')
      .action((options) =>
        accept(async (context) => (await import('./commands/ledger.ts')).verify(options, context)),
      );
  });

  lazily('machines', 'the machines that were activated', (machines) => {
    machines
      .command('list')
      .description('all machines, the last seen first')
      .action(() => accept(async (context) => (await import('./commands/machines.ts')).list(context)));
    machines
      .command('show')
      .description('one machine and its activations')
      .argument('<name>', 'name or id')
      .action((name) =>
        accept(async (context) => (await import('./commands/machines.ts')).show({ name }, context)),
      );
    machines
      .command('retire')
      .description('record that a machine is no longer in use')
      .argument('<name>', 'name or id')
      .option('--reason <text>', 'why')
      .action((name, options) =>
        accept(async (context) =>
          (await import('./commands/machines.ts')).retire({ name, ...options }, context),
        ),
      );
  });

  lazily('usage', 'what is used of what was granted, for you and for an auditor', (usage) => {
    usage
      .argument('[product]', 'id, name or part of a name')
      .option('--lapsing <days>', 'what must be uninstalled within so many days, by machine', wholeNumber)
      .option('--html <file>', 'write a page to print or hand over')
      .action((product, options) =>
        accept(async (context) =>
          (await import('./commands/usage.ts')).run({ product, ...options }, context),
        ),
      );
  });

  lazily('product', 'names of products', (products) => {
    products
      .command('alias')
      .description('say that an imported name is a product that is known already')
      .argument('<imported name>', 'as list shows it')
      .argument('<product>', 'id, name or part of a name')
      .action((name, product) =>
        accept(async (context) =>
          (await import('./commands/product-alias.ts')).run({ name, product }, context),
        ),
      );
  });

  lazily('offer', 'the memberships that grant benefits: dates and counting policy', (offers) => {
    offers
      .command('list')
      .description('all offers, with their dates')
      .action(() => accept(async (context) => (await import('./commands/offer-list.ts')).run({}, context)));
    offers
      .command('set')
      .description('say when an offer was purchased, or how its activations are counted')
      .argument('<program[:part]>', 'for example action-pack or solutions-partner:core')
      .option('--purchased <date>', 'YYYY-MM-DD', calendarDay)
      .addOption(
        new Option('--policy <policy>', 'how activations are counted').choices([
          'documented',
          'every-activation',
        ]),
      )
      .action((offer, options) =>
        accept(async (context) =>
          (await import('./commands/offer-set.ts')).run({ offer, ...options }, context),
        ),
      );
  });

  lazily(
    'troubleshoot',
    'what an error code or a screen means and what to do; step by step if you like',
    (troubleshoot) => {
      troubleshoot
        .argument(
          '[text...]',
          'codes, pasted text, a file, or - for standard input; nothing: the walkthrough',
        )
        .option('--product <product>', 'what it is about: id, name or part of a name')
        .option('--scenario <id>', 'the answer of a whole scenario; see --list')
        .option('--answers <file>', 'walkthrough: answers from a JSON or YAML object, step to answer')
        .option('--answer <step=answer>', 'walkthrough: one answer; can be repeated', collect, [])
        .option('--list', 'list scenarios and checks')
        .option('--resume [id]', 'go on with a walkthrough; the latest if none is named')
        .option(
          '--transcript <file>',
          'write the support request: Markdown, or JSON if the name ends in .json',
        )
        .option('--checks [id...]', 'look at this machine, changing nothing; all checks if none is named')
        .option('--online', 'with --checks: those that use the network too')
        .option('--include-personal', 'with --transcript: names of machines and what checks saw')
        .addHelpText(
          'after',
          `
Examples:
  $ mpn-benefits troubleshoot 0xC004C020
  $ mpn-benefits troubleshoot 0xC004F074 --product "Windows Server 2019 Standard"
  $ cscript //nologo slmgr.vbs /dlv | mpn-benefits troubleshoot -
  $ mpn-benefits troubleshoot                    one question at a time
  $ mpn-benefits troubleshoot --resume           after a restart
  $ mpn-benefits troubleshoot --checks clock dns --online

A code or text with --answer, --answers or --checks begins a walkthrough there.`,
        )
        .action((text, options) =>
          accept(async (context) =>
            (await import('./commands/troubleshoot.ts')).run({ text, ...options }, context),
          ),
        );
    },
  );

  lazily('doctor', 'check this installation: folders, database, keychain', (doctor) => {
    doctor.action(() =>
      accept(async (context) => (await import('./commands/doctor.ts')).run({}, context), 'if readable'),
    );
  });

  lazily('profile', 'separate sets of benefits, keys and counts', (profiles) => {
    profiles
      .command('list')
      .description('all profiles')
      .action(() => accept(async (context) => (await import('./commands/profile.ts')).list(context)));
    profiles
      .command('add')
      .description('make a new, empty local profile, or add one of a team service')
      .argument('<name>', 'small letters, digits, "-" and "_"')
      .option('--url <address>', 'the team service it lives on')
      .option('--ca <file>', 'certificates (PEM) to trust for that service')
      .action((name, options) =>
        accept(async (context) => (await import('./commands/profile.ts')).add({ name, ...options }, context)),
      );
    profiles
      .command('use')
      .description('make a profile the one that commands work on')
      .argument('<name>')
      .action((name) =>
        accept(async (context) => (await import('./commands/profile.ts')).use({ name }, context)),
      );
    profiles
      .command('remove')
      .description('delete a profile with everything in it')
      .argument('<name>')
      .action((name) =>
        accept(async (context) => (await import('./commands/profile.ts')).remove({ name }, context)),
      );
    profiles
      .command('reset')
      .description('restore the sandbox')
      .argument('<name>', 'sandbox')
      .action((name) =>
        accept(async (context) => (await import('./commands/profile.ts')).reset({ name }, context)),
      );
    profiles
      .command('push')
      .description('move the profile of this machine into an empty one of a team service')
      .argument('<remote>', 'name of the remote profile')
      .action((remote) =>
        accept(async (context) => (await import('./commands/profile-push.ts')).run({ remote }, context)),
      );
    profiles
      .command('export')
      .description('write everything of a profile into one file, sealed with a passphrase')
      .argument('<file>')
      .addHelpText(
        'after',
        `
The passphrase is asked for twice, or read from standard input. The file holds the
vault key too: with file and passphrase every key can be had, without either none.`,
      )
      .action((file) =>
        accept(async (context) => (await import('./commands/profile-copy.ts')).exportTo({ file }, context)),
      );
    profiles
      .command('import')
      .description('read such a file into a new profile: --profile, or the name it had')
      .argument('<file>')
      .action((file) =>
        accept(async (context) => (await import('./commands/profile-copy.ts')).importFrom({ file }, context)),
      );
  });

  lazily('vault', 'the key that all product keys of a profile are sealed with', (vault) => {
    vault
      .command('status')
      .description('where the vault key is, and whether it is the right one')
      .action(() => accept(async (context) => (await import('./commands/vault.ts')).status(context)));
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
        accept(async (context) => (await import('./commands/vault.ts')).rotate(options, context)),
      );
    vault
      .command('adopt')
      .description('put the key in MPN_BENEFITS_VAULT_KEY into the keychain')
      .action(() => accept(async (context) => (await import('./commands/vault.ts')).adopt(context)));
  });

  lazily('config', 'settings of this user', (config) => {
    config
      .command('list')
      .description('all settings, their values and where each comes from')
      .action(() => accept(async (context) => (await import('./commands/config.ts')).list(context)));
    config
      .command('get')
      .description('the value of one setting')
      .argument('<key>')
      .action((key) =>
        accept(async (context) => (await import('./commands/config.ts')).get({ key }, context)),
      );
    config
      .command('set')
      .description('change a setting')
      .argument('<key>')
      .argument('<value>')
      .action((key, value) =>
        accept(async (context) => (await import('./commands/config.ts')).set({ key, value }, context)),
      );
    config
      .command('unset')
      .description('go back to the default of a setting')
      .argument('<key>')
      .action((key) =>
        accept(async (context) => (await import('./commands/config.ts')).unset({ key }, context)),
      );
    config
      .command('path')
      .description('where the settings are kept')
      .action(() => accept(async (context) => (await import('./commands/config.ts')).path(context)));
  });

  lazily('cache', 'what is kept of a remote profile on this machine', (cache) => {
    cache
      .command('status')
      .description('what is kept, and how old it is')
      .action(() => accept(async (context) => (await import('./commands/cache.ts')).status(context)));
    cache
      .command('refresh')
      .description('fetch everything that list and show need offline')
      .action(() => accept(async (context) => (await import('./commands/cache.ts')).refresh(context)));
    cache
      .command('clear')
      .description('remove what is kept')
      .action(() => accept(async (context) => (await import('./commands/cache.ts')).clear(context)));
  });

  lazily('auth', 'sign in to the service of a remote profile', (auth) => {
    auth
      .command('login')
      .description('sign in: in the browser, on another device, or with a service token')
      .option('--device', 'sign in on another device with a short code')
      .option('--with-token', 'a service token, from standard input or a hidden prompt')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits auth login -p team
  $ mpn-benefits auth login -p team --with-token < token.txt

In a pipeline nothing has to be stored: set MPN_BENEFITS_SERVICE_URL and
MPN_BENEFITS_TOKEN instead.`,
      )
      .action((options) =>
        accept(async (context) => (await import('./commands/auth.ts')).login(options, context)),
      );
    auth
      .command('status')
      .description('who the service says you are, where the credential is kept, until when')
      .action(() => accept(async (context) => (await import('./commands/auth.ts')).status(context)));
    auth
      .command('logout')
      .description('forget the credential, and what was fetched with it')
      .action(() => accept(async (context) => (await import('./commands/auth.ts')).logout(context)));
    auth
      .command('token')
      .description('print the access token, for other programs')
      .action(() => accept(async (context) => (await import('./commands/auth.ts')).token(context)));
  });

  lazily('serve', "serve a team's profile to others, or set such a service up", (serve) => {
    const database = () =>
      new Option('--database <url>', 'PostgreSQL; without it the chosen profile of this machine');
    // An option of the group is taken by the group, wherever it stands.
    const placed = <T extends object>(options: T): T & { readonly database: string | undefined } => {
      const url: unknown = serve.getOptionValue('database');
      return { ...options, database: typeof url === 'string' ? url : undefined };
    };
    const role = () => new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory();
    serve
      .addOption(database())
      .option('--listen <host:port>', 'default 127.0.0.1:8710; others need TLS')
      .option('--tls-cert <file>', 'certificate and its chain, PEM')
      .option('--tls-key <file>', 'its key, PEM')
      .option('--behind-proxy', 'a proxy in front ends TLS')
      .option('--sandbox', 'serve a throw-away copy of made-up data')
      .option('--rate <n>', 'requests each second that one credential may make', wholeNumber)
      .option('--oidc-issuer <url>', 'people sign in there')
      .option('--oidc-client-id <id>', 'the client that they sign in with')
      .option('--oidc-audience <audience>', 'what their access tokens are for')
      .option('--oidc-scope <scopes...>', 'scopes to ask for')
      .option('--oidc-role-claim <claim>', 'the claim that names roles; default roles')
      .option('--oidc-role <value=role...>', 'what a value of it gives; default the roles by their names')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits serve --sandbox         try it with made-up data
  $ mpn-benefits serve init              set up a team's profile, once
  $ mpn-benefits serve --listen 0.0.0.0:8710 --tls-cert c.pem --tls-key k.pem
  $ mpn-benefits serve token add --role reader --expires 30d`,
      )
      .action((options) =>
        accept(async (context) => (await import('./commands/serve.ts')).run(options, context)),
      );
    serve
      .command('init')
      .description('set up: schema, vault key, and one administrator token, shown once')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-init.ts')).run(placed(options), context)),
      );
    const token = serve.command('token').description('tokens for programs');
    token
      .command('add')
      .description('make a token and show it once')
      .addOption(database())
      .addOption(role())
      .requiredOption('--expires <days>', 'how long it lasts, such as 30d; a year at most', numberOfDays)
      .option('--products <products...>', 'provisioner: only these products')
      .option('--name <name>', 'what it is for')
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-token.ts')).add(placed(options), context)),
      );
    token
      .command('list')
      .description('all tokens, without what opens anything')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-token.ts')).list(placed(options), context)),
      );
    token
      .command('revoke')
      .description('revoke a token at once')
      .argument('<id>', 'from token list')
      .addOption(database())
      .action((id, options) =>
        accept(async (context) =>
          (await import('./commands/serve-token.ts')).revoke(placed({ id, ...options }), context),
        ),
      );
    const trust = serve.command('trust').description('pipelines that are let in by what their platform says');
    trust
      .command('add')
      .description('let a workload in')
      .addOption(database())
      .requiredOption('--issuer <url>', 'who signs its tokens')
      .requiredOption('--audience <audience>', 'what its tokens are for')
      .requiredOption('--claim <name=value...>', 'what they must say')
      .addOption(role())
      .option('--products <products...>', 'provisioner: only these products')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits serve trust add --issuer https://token.actions.githubusercontent.com \\
      --audience https://benefits.example.com --claim repository_id=1234 \\
      --claim ref=refs/heads/main --role provisioner --products office-proplus-2019`,
      )
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-trust.ts')).add(placed(options), context)),
      );
    trust
      .command('list')
      .description('all rules')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-trust.ts')).list(placed(options), context)),
      );
    trust
      .command('remove')
      .description('let a workload in no longer')
      .argument('<id>', 'from trust list')
      .addOption(database())
      .action((id, options) =>
        accept(async (context) =>
          (await import('./commands/serve-trust.ts')).remove(placed({ id, ...options }), context),
        ),
      );
    serve
      .command('rotate-vault-key')
      .description('seal everything with a new vault key')
      .addOption(database())
      .option('--own-key', 'a key of your own, from standard input or a hidden prompt')
      .action((options) =>
        accept(async (context) => (await import('./commands/serve-rotate.ts')).run(placed(options), context)),
      );
  });

  const begun = commands.get(argv[0] ?? '');
  if (begun === undefined) for (const make of commands.values()) make();
  else begun();
  return program;
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
  const program = createProgram(argv, output, (run, settingsFile = 'needed') => {
    accepted = { kind: 'command', run, settingsFile };
  });
  program.hook('preAction', (_, command) => refuseOptionAsValue(command.options, argv));
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0 && error.code !== 'commander.help')
      throw usageError(error, commandMeant(program, argv));
    if (error.code === 'commander.help' && program.args.length === 0) output.text = SHORT_HELP;
  }
  if (accepted === undefined) return { kind: 'text', text: output.text };
  return { ...accepted, global: program.opts() };
}

/** Commander says what happened and what was probably meant in one text; an error of ours has two places for it. */
function usageError(error: CommanderError, command: string): AppError {
  const [first = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /^\(Did you mean (.*)\?\)$/.exec(rest.join(' ').trim())?.[1];
  const message = first.charAt(0).toUpperCase() + first.slice(1);
  return new AppError('USAGE', /[.!?]$/.test(message) ? message : `${message}.`, {
    hint:
      suggestion !== undefined
        ? `Did you mean ${suggestion}?`
        : command === ''
          ? 'See: mpn-benefits --help'
          : `See: mpn-benefits help ${command}`,
  });
}

/**
 * `--html --yes` is a forgotten name and no file called `--yes`: commander takes whatever follows for the value.
 * Who means such a value writes `--html=--yes`.
 */
function refuseOptionAsValue(options: readonly Option[], argv: readonly string[]): void {
  const end = argv.indexOf('--');
  for (const [at, word] of argv.slice(0, end < 0 ? argv.length : end).entries()) {
    if (!/^--[a-z][a-z-]*$/.test(argv[at + 1] ?? '')) continue;
    const option = options.find(({ long, short, required }) => required && (long === word || short === word));
    if (option !== undefined)
      throw new CommanderError(
        1,
        'commander.optionMissingArgument',
        `error: option '${option.flags}' argument missing`,
      );
  }
}

/** `help activations adjust` is `activations adjust --help`: commander itself looks one word deep. */
function helpForward(argv: readonly string[]): readonly string[] {
  const [help, ...words] = argv;
  if (help !== 'help' || words.length < 2 || words.some((word) => word.startsWith('-'))) return argv;
  return [...words, '--help'];
}

interface Named {
  name(): string;
  readonly commands: readonly Named[];
}

/** The command whose help fits a command line that was not understood; empty if none was named. */
function commandMeant(program: Named, argv: readonly string[]): string {
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
