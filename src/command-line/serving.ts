import { Option } from '@commander-js/extra-typings';
import type { Define } from './define.ts';
import { numberOfDays, positiveNumber } from './values.ts';

/** As in the contract, which is not loaded to print a help. */
const ROLES = ['reader', 'provisioner', 'admin'] as const;

/** The service for a team. */
export function defineServeCommands({ lazily, accept }: Define): void {
  lazily('serve', "serve a team's profile to others, or set such a service up", (serve) => {
    const database = () =>
      new Option('--database <url>', 'PostgreSQL; without it the chosen profile of this machine');
    const role = () => new Option('--role <role>', 'what it may do').choices(ROLES).makeOptionMandatory();
    serve
      .addOption(database())
      .option('--listen <host:port>', 'default 127.0.0.1:8710; others need TLS')
      .option('--tls-cert <file>', 'certificate and its chain, PEM')
      .option('--tls-key <file>', 'its key, PEM')
      .option('--behind-proxy', 'a proxy in front ends TLS')
      .option('--sandbox', 'serve a throw-away copy of made-up data')
      .option(
        '--rate <n>',
        'requests each second that one credential may make of each process; default 1000',
        positiveNumber,
      )
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
        accept(async (context) => (await import('../commands/serve.ts')).run(options, context)),
      );
    serve
      .command('init')
      .description('set up: schema, vault key, and one administrator token, shown once')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-init.ts')).run(options, context)),
      );
    const token = serve.command('token').description('tokens for programs');
    token
      .command('add')
      .description('make a token and show it once')
      .addOption(database())
      .addOption(role())
      .requiredOption('--expires <days>', 'how long it lasts, such as 30d; a year at most', numberOfDays)
      .option('--products <products...>', 'provisioner: only these products; all of them without it')
      .option('--name <name>', 'what it is for')
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-token.ts')).add(options, context)),
      );
    token
      .command('list')
      .description('all tokens, without what opens anything')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-token.ts')).list(options, context)),
      );
    token
      .command('revoke')
      .description('revoke a token at once')
      .argument('<id>', 'from token list')
      .addOption(database())
      .action((id, options) =>
        accept(async (context) =>
          (await import('../commands/serve-token.ts')).revoke({ id, ...options }, context),
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
      .option('--products <products...>', 'provisioner: only these products; all of them without it')
      .addHelpText(
        'after',
        `
Examples:
  $ mpn-benefits serve trust add --issuer https://token.actions.githubusercontent.com \\
      --audience https://benefits.example.com --claim repository_id=1234 \\
      --claim ref=refs/heads/main --role provisioner --products office-proplus-2019`,
      )
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-trust.ts')).add(options, context)),
      );
    trust
      .command('list')
      .description('all rules')
      .addOption(database())
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-trust.ts')).list(options, context)),
      );
    trust
      .command('remove')
      .description('let a workload in no longer')
      .argument('<id>', 'from trust list')
      .addOption(database())
      .action((id, options) =>
        accept(async (context) =>
          (await import('../commands/serve-trust.ts')).remove({ id, ...options }, context),
        ),
      );
    serve
      .command('rotate-vault-key')
      .description('seal everything with a new vault key')
      .addOption(database())
      .option('--own-key', 'a key of your own, from standard input or a hidden prompt')
      .action((options) =>
        accept(async (context) => (await import('../commands/serve-rotate.ts')).run(options, context)),
      );
  });
}
