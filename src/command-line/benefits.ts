import { Option } from '@commander-js/extra-typings';
import { ENTITLEMENT_STATES, PRODUCT_KINDS } from '../entitlements/types.ts';
import { IMPORT_FORMATS } from '../importers/record.ts';
import { KEY_TYPES } from '../keys/product-key.ts';
import type { Define } from './define.ts';
import { calendarDay, positiveNumber, wholeNumber } from './values.ts';

/** What there is: imports, entitlements, products and offers. */
export function defineBenefitCommands({ lazily, accept }: Define): void {
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
        .option('--strict', 'store nothing of any file if one record is bad')
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
            (await import('../commands/import.ts')).run({ files, ...options }, context),
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
        .option('--dry-run', 'say what would change, and change nothing')
        .action((product, options) =>
          accept(async (context) =>
            (await import('../commands/import-key.ts')).run({ product, ...options }, context),
          ),
        );
      imports
        .command('list')
        .description('the imports so far, newest first')
        .option('--limit <n>', 'only the newest n', positiveNumber)
        .action((options) =>
          accept(async (context) => (await import('../commands/import-list.ts')).run(options, context)),
        );
      imports
        .command('undo')
        .description('take back what an import added and nothing has used since')
        .argument('<id>', 'from import list')
        .action((id) =>
          accept(async (context) => (await import('../commands/import-undo.ts')).run({ id }, context)),
        );
    },
  );

  lazily('list', 'what you are entitled to, one row for each entitlement', (list) => {
    list
      .argument('[text]', 'only products whose name or alias contains this')
      .option('--program <program>', 'only grants of this programme: its id, name or how it begins')
      .addOption(new Option('--kind <kind>', 'only products of this kind').choices(PRODUCT_KINDS))
      .option('--needs-activation', 'only products that must be activated')
      .option('--with-key', 'only products with a product key')
      .option('--expiring <days>', 'only what ends within so many days, soonest first', wholeNumber)
      .addOption(new Option('--state <state>', 'only entitlements in this state').choices(ENTITLEMENT_STATES))
      .option('--sort <field>', 'order by this JSON field')
      .option('--columns <a,b>', 'table: show these JSON fields')
      .option('--limit <n>', 'at most n rows', positiveNumber)
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits list --expiring 30
  $ mpn-benefits list windows --with-key
  $ mpn-benefits list -o json --query "[?isCal].name"`,
      )
      .action((text, options) =>
        accept(async (context) => (await import('../commands/list.ts')).run({ text, ...options }, context)),
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
        accept(async (context) => (await import('../commands/show.ts')).run({ product }, context)),
      );
  });

  lazily('product', 'names of products', (products) => {
    products
      .command('alias')
      .description('say that an imported name is a product that is known already')
      .argument('<imported name>', 'as list shows it')
      .argument('<product>', 'id, name or part of a name')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits product alias "Office Pro Plus (ours)" office-proplus-2019
  $ mpn-benefits product alias "Office Pro Plus (ours)" "Office Pro Plus (ours)"

The second one, a name joined to itself, takes the first one back.`,
      )
      .action((name, product) =>
        accept(async (context) =>
          (await import('../commands/product-alias.ts')).run({ name, product }, context),
        ),
      );
  });

  lazily('offer', 'the memberships that grant benefits: dates and counting policy', (offers) => {
    offers
      .command('list')
      .description('all offers, with their dates')
      .action(() => accept(async (context) => (await import('../commands/offer-list.ts')).run(context)));
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
          (await import('../commands/offer-set.ts')).run({ offer, ...options }, context),
        ),
      );
  });
}
