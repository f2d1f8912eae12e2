import { meantProduct } from '../../backend/local/products.ts';
import { keyPlaces } from '../../backend/open.ts';
import type { Context } from '../../context.ts';
import { keychainOptions } from '../../credentials/keychain-options.ts';
import type { VaultKeyPlaces } from '../../credentials/vault-key-source.ts';
import { AppError } from '../../errors.ts';
import type { Data, DataPlace } from '../../service/data.ts';
import { databaseFile } from '../../settings/profiles.ts';
import { policySetting } from './policy-setting.ts';

export interface DatabaseOptions {
  readonly database?: string | undefined;
}

/** Where the team's profile is kept: PostgreSQL if an address is given, else the chosen profile of this machine. */
export async function dataPlace(options: DatabaseOptions, context: Context): Promise<DataPlace> {
  const { surroundings, places } = context;
  const { env, platform, now } = surroundings;
  const url = options.database ?? env['MPN_BENEFITS_DATABASE_URL'];
  // A secret that is missing must not end in a second, empty ledger.
  if (url === '') {
    throw new AppError('USAGE', 'The address of the database is empty.', {
      hint: 'Give MPN_BENEFITS_DATABASE_URL its value, or unset it to serve a profile of this machine.',
    });
  }
  const common = { now, policy: policySetting(context) };
  const { keychainSource, vaultKeyPlace, vaultKeySource } = await import(
    '../../credentials/vault-key-source.ts'
  );
  const sources = (keys: VaultKeyPlaces) => ({
    vaultKey: async () => vaultKeySource(keys),
    vaultKeyPlace: async () => vaultKeyPlace(keys),
    keychain: async () => keychainSource(keys),
  });
  if (url !== undefined) {
    const keychain = keychainOptions(env, platform, 'vault key');
    const keys = { file: undefined, environmentValue: env['MPN_BENEFITS_VAULT_KEY'], keychain };
    return {
      ...common,
      url,
      file: '',
      ...sources(keys),
    };
  }
  const profile = context.profile();
  if (profile.kind === 'remote') {
    throw new AppError(
      'USAGE',
      `${profile.location} is served elsewhere: its tokens, rules and vault key are made on the machine of the service.`,
      {
        hint: 'Run this there, or name a profile of this machine with -p or a PostgreSQL database with --database.',
      },
    );
  }
  if (profile.kind === 'sandbox') {
    throw new AppError('USAGE', 'The sandbox itself is not served, so that nobody spoils it.', {
      hint: 'Serve a throw-away copy: mpn-benefits serve --sandbox',
    });
  }
  const keys = keyPlaces({ profile, places, env, platform });
  return {
    ...common,
    url: undefined,
    file: databaseFile(places, profile.name),
    ...sources(keys),
  };
}

/** Does something with the open database of a team's profile, and closes it. */
export async function withData<T>(
  options: DatabaseOptions,
  context: Context,
  create: boolean,
  work: (data: Data) => Promise<T>,
): Promise<T> {
  const { openData } = await import('../../service/data.ts');
  const data = await openData(await dataPlace(options, context), create);
  try {
    return await work(data);
  } finally {
    await data.database.close();
  }
}

/** Who does it, for the records: the user of the service's machine. */
export function operatorOf(context: Context): string {
  return context.surroundings.userName() ?? 'operator';
}

/** The ids of products as people name them. Throws NOT_FOUND, AMBIGUOUS. */
export async function productIds(
  typed: readonly string[] | undefined,
  { database, parts }: Data,
): Promise<readonly string[] | null> {
  if (typed === undefined || typed.length === 0) return null;
  const ids = new Set<string>();
  for (const name of typed.flatMap((each) => each.split(',')).map((each) => each.trim())) {
    if (name !== '') ids.add((await meantProduct(database.reading(), parts.catalogue, name)).id);
  }
  return [...ids];
}
