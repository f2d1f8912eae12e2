import type { Define } from './define.ts';
import { collect } from './values.ts';

/** What went wrong, with an activation or with this installation. */
export function defineProblemCommands({ lazily, accept }: Define): void {
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
            (await import('../commands/troubleshoot.ts')).run({ text, ...options }, context),
          ),
        );
    },
  );

  lazily('doctor', 'check this installation: folders, database, keychain', (doctor) => {
    doctor.action(() =>
      accept(async (context) => (await import('../commands/doctor.ts')).run(context), 'if readable'),
    );
  });
}
