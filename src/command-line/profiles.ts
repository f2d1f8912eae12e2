import type { Define } from './define.ts';

/** Profiles, settings, and the service of a remote profile. */
export function defineProfileCommands({ lazily, accept }: Define): void {
  lazily('profile', 'separate sets of benefits, keys and counts', (profiles) => {
    profiles
      .command('list')
      .description('all profiles')
      .action(() => accept(async (context) => (await import('../commands/profile.ts')).list(context)));
    profiles
      .command('add')
      .description('make a new, empty local profile, or add one of a team service')
      .argument('<name>', 'small letters, digits, "-" and "_"')
      .option('--url <address>', 'the team service it lives on')
      .option('--ca <file>', 'certificates (PEM) to trust for that service')
      .action((name, options) =>
        accept(async (context) =>
          (await import('../commands/profile.ts')).add({ name, ...options }, context),
        ),
      );
    profiles
      .command('use')
      .description('make a profile the one that commands work on')
      .argument('<name>')
      .action((name) =>
        accept(async (context) => (await import('../commands/profile.ts')).use({ name }, context)),
      );
    profiles
      .command('remove')
      .description('delete a profile with everything in it')
      .argument('<name>')
      .action((name) =>
        accept(async (context) => (await import('../commands/profile.ts')).remove({ name }, context)),
      );
    profiles
      .command('reset')
      .description('restore the sandbox')
      .argument('<name>', 'sandbox')
      .action((name) =>
        accept(async (context) => (await import('../commands/profile.ts')).reset({ name }, context)),
      );
    profiles
      .command('push')
      .description('move the profile of this machine into an empty one of a team service')
      .argument('<remote>', 'name of the remote profile')
      .action((remote) =>
        accept(async (context) => (await import('../commands/profile-push.ts')).run({ remote }, context)),
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
        accept(async (context) => (await import('../commands/profile-copy.ts')).exportTo({ file }, context)),
      );
    profiles
      .command('import')
      .description('read such a file into a new profile: --profile, or the name it had')
      .argument('<file>')
      .action((file) =>
        accept(async (context) =>
          (await import('../commands/profile-copy.ts')).importFrom({ file }, context),
        ),
      );
  });

  lazily('config', 'settings of this user', (config) => {
    config
      .command('list')
      .description('all settings, their values and where each comes from')
      .action(() => accept(async (context) => (await import('../commands/config.ts')).list(context)));
    config
      .command('get')
      .description('the value of one setting')
      .argument('<key>')
      .action((key) =>
        accept(async (context) => (await import('../commands/config.ts')).get({ key }, context)),
      );
    config
      .command('set')
      .description('change a setting')
      .argument('<key>')
      .argument('<value>')
      .action((key, value) =>
        accept(async (context) => (await import('../commands/config.ts')).set({ key, value }, context)),
      );
    config
      .command('unset')
      .description('go back to the default of a setting')
      .argument('<key>')
      .action((key) =>
        accept(
          async (context) => (await import('../commands/config.ts')).unset({ key }, context),
          'if readable',
        ),
      );
    config
      .command('path')
      .description('where the settings are kept')
      .action(() =>
        accept(async (context) => (await import('../commands/config.ts')).path(context), 'if readable'),
      );
  });

  lazily('cache', 'what is kept of a remote profile on this machine', (cache) => {
    cache.addHelpText(
      'after',
      `
Lists and products are kept, product keys never. For 60 seconds they are answered from
here; then the service is asked whether they still hold.`,
    );
    cache
      .command('status')
      .description('what is kept, and how old it is')
      .action(() => accept(async (context) => (await import('../commands/cache.ts')).status(context)));
    cache
      .command('refresh')
      .description('fetch everything that list and show need offline')
      .action(() => accept(async (context) => (await import('../commands/cache.ts')).refresh(context)));
    cache
      .command('clear')
      .description('remove what is kept')
      .action(() => accept(async (context) => (await import('../commands/cache.ts')).clear(context)));
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
        accept(async (context) => (await import('../commands/auth.ts')).login(options, context)),
      );
    auth
      .command('status')
      .description('who the service says you are, where the credential is kept, until when')
      .action(() => accept(async (context) => (await import('../commands/auth.ts')).status(context)));
    auth
      .command('logout')
      .description('forget the credential, and what was fetched with it')
      .action(() => accept(async (context) => (await import('../commands/auth.ts')).logout(context)));
    auth
      .command('token')
      .description('print the access token, for other programs')
      .action(() => accept(async (context) => (await import('../commands/auth.ts')).token(context)));
  });
}
