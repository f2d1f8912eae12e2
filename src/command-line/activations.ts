import { Option } from '@commander-js/extra-typings';
import { KEY_TYPES } from '../keys/product-key.ts';
import type { Define } from './define.ts';
import { positiveNumber, reasonText, wholeNumber } from './values.ts';

/** What was used: activations, machines, and the account of both. */
export function defineActivationCommands({ lazily, accept }: Define): void {
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
      .option('--reason <text>', 'why, for --assume and for lapsed benefits', reasonText)
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
          (await import('../commands/activate.ts')).run({ product, ...options }, context),
        ),
      );
  });

  lazily('hardware', 'the hardware of this machine as hashes, to compare elsewhere', (hardware) => {
    hardware
      .option('--out-file <file>', 'write it to a file')
      .action((options) =>
        accept(async (context) => (await import('../commands/hardware.ts')).run(options, context)),
      );
  });

  lazily('activations', 'the ledger: what was activated, and the proof', (activations) => {
    activations
      .command('list')
      .description('activations, newest first')
      .option('--product <product>', 'only this product')
      .option('--machine <name>', 'only this machine')
      .option('--limit <n>', 'only the newest n', positiveNumber)
      .action((options) =>
        accept(async (context) => (await import('../commands/activations.ts')).list(options, context)),
      );
    activations
      .command('show')
      .description('one activation and the events that tell it')
      .argument('<id>', 'from activations list')
      .action((id) =>
        accept(async (context) => (await import('../commands/activations.ts')).show({ id }, context)),
      );
    activations
      .command('settle')
      .description('record what became of an activation')
      .argument('<id>', 'from activate or activations list')
      .argument('[file]', 'what the script, slmgr or ospp printed; - for standard input')
      .option('--succeeded', 'it worked')
      .option('--failed <code>', 'it failed with this code')
      .option('--reason <text>', 'why, if another outcome is recorded already', reasonText)
      .action((id, file, options) =>
        accept(async (context) =>
          (await import('../commands/settle.ts')).run({ id, file, ...options }, context),
        ),
      );
    activations
      .command('adjust')
      .description('set a count to the number that the portal or VAMT shows')
      .argument('<product>', 'id, name or part of a name')
      .option('--key <key>', 'of this key: its id or last five characters')
      .option('--used <n>', 'so many are used', wholeNumber)
      .option('--remaining <n>', 'so many remain', wholeNumber)
      .option('--allowed <n>', 'so many are allowed; alone it leaves the count', wholeNumber)
      .option('--reason <text>', 'where the number comes from', reasonText)
      .action((product, options) =>
        accept(async (context) =>
          (await import('../commands/activations.ts')).adjust({ product, ...options }, context),
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
        accept(async (context) => (await import('../commands/ledger.ts')).exportAll(options, context)),
      );
    activations
      .command('verify')
      .description('prove that the ledger is as it was written')
      .option('--against <export|head>', 'compare with an earlier export, or a head that was noted')
      .action((options) =>
        accept(async (context) => (await import('../commands/ledger.ts')).verify(options, context)),
      );
  });

  lazily('machines', 'the machines that were activated', (machines) => {
    machines
      .command('list')
      .description('all machines, the last seen first')
      .action(() => accept(async (context) => (await import('../commands/machines.ts')).list(context)));
    machines
      .command('show')
      .description('one machine and its activations')
      .argument('<name>', 'name or id')
      .action((name) =>
        accept(async (context) => (await import('../commands/machines.ts')).show({ name }, context)),
      );
    machines
      .command('retire')
      .description('record that a machine is no longer in use')
      .argument('<name>', 'name or id')
      .option('--reason <text>', 'why', reasonText)
      .action((name, options) =>
        accept(async (context) =>
          (await import('../commands/machines.ts')).retire({ name, ...options }, context),
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
          (await import('../commands/usage.ts')).run({ product, ...options }, context),
        ),
      );
  });
}
