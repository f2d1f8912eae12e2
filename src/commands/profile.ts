import { resolve } from 'node:path';
import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import {
  checkNewName,
  findProfile,
  listProfiles,
  type Profile,
  prepareProfile,
  removeProfile,
  resetSandbox,
} from '../settings/profiles.ts';
import { serviceOrigin } from '../settings/service-url.ts';
import { changeRemote, changeSetting, type RemotePlace } from '../settings/settings.ts';
import { confirm } from '../terminal/prompts.ts';
import type { Result, View } from '../terminal/result.ts';
import { credentialSetup } from './shared/credential-setup.ts';

type ProfileRow = {
  readonly name: string;
  readonly kind: string;
  readonly location: string;
  readonly active: boolean;
};

const FIELDS = ['name', 'kind', 'location', 'active'] as const satisfies readonly (keyof ProfileRow)[];

interface Named {
  readonly name: string;
}

/** The profile that commands work on; undefined where it is not there any more. */
function foundProfile({ profile }: Context): Profile | undefined {
  try {
    return profile();
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function toRow({ name, kind, location }: Profile, active: Profile | undefined): ProfileRow {
  return { name, kind, location, active: name === active?.name };
}

function toRecord(profile: Profile, context: Context, sentence: string): Result {
  return { kind: 'record', value: toRow(profile, foundProfile(context)), render: () => sentence };
}

/** All profiles; the default one once it holds something. */
export async function list(context: Context): Promise<Result> {
  const found = foundProfile(context);
  const rows = listProfiles(context.places).map((profile) => toRow(profile, found));
  if (!rows.some(({ active }) => active)) context.terminal.note(whereCommandsWork(found, context));
  return {
    kind: 'rows',
    rows,
    fields: FIELDS,
    columns: [
      {
        heading: 'Profile',
        text: (row: ProfileRow) => row.name,
        style: (text: string, row: ProfileRow, view: View) => (row.active ? view.palette.strong(text) : text),
      },
      { heading: 'Kind', text: (row: ProfileRow) => row.kind },
      { heading: 'Active', text: (row: ProfileRow) => (row.active ? 'yes' : '') },
      { heading: 'Location', text: (row: ProfileRow) => row.location, yields: 1 },
    ],
    empty: '',
  };
}

/** Said where the profile that commands work on is none of those listed. */
function whereCommandsWork(active: Profile | undefined, context: Context): string {
  if (active?.kind === 'remote') return 'Commands work on the service that MPN_BENEFITS_SERVICE_URL names.';
  if (active !== undefined)
    return `Commands work on the profile ${active.name}, which appears at its first write.`;
  const name = context.setting('profile').value;
  return `Commands would work on the profile ${name}, which is not there. Choose another with: mpn-benefits profile use <name>`;
}

interface AddOptions extends Named {
  /** Address of a team service; without it the profile is local. */
  readonly url?: string | undefined;
  /** File of certificates to trust for it. */
  readonly ca?: string | undefined;
}

/** Makes a new, empty local profile, or adds one that lives on a team service. */
export async function add({ name, url, ca }: AddOptions, context: Context): Promise<Result> {
  if (url !== undefined) return addRemote(name, url, ca, context);
  if (ca !== undefined) {
    throw new AppError('USAGE', '--ca is for a team service.', { hint: 'Name its address with --url.' });
  }
  const profile = prepareProfile(context.places, name);
  const backend = await context.backendOf(profile);
  await backend.create();
  return toRecord(
    profile,
    context,
    `Made the profile ${name}. Use it with: mpn-benefits profile use ${name}`,
  );
}

async function addRemote(
  name: string,
  url: string,
  ca: string | undefined,
  context: Context,
): Promise<Result> {
  checkNewName(context.places, name);
  const place: RemotePlace = { url: serviceOrigin(url), ...(ca === undefined ? {} : { ca: resolve(ca) }) };
  const profile: Profile = { name, kind: 'remote', location: place.url, remote: place };
  // What cannot work for its certificates is said now; a service that is away today may be there tomorrow.
  try {
    if (context.global.offline !== true)
      await (await (await context.remoteOf(profile)).remote()).client.call('getSignIn');
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'USAGE') throw error;
    context.terminal.warn(`${error.message} The profile was added all the same.`);
  }
  await changeRemote(context.places.configFile, name, place);
  return toRecord(
    profile,
    context,
    `Added the profile ${name}, on ${place.url}. Sign in with: mpn-benefits auth login -p ${name}`,
  );
}

/** Makes a profile the one that commands work on. */
export async function use({ name }: Named, context: Context): Promise<Result> {
  const profile = findProfile(context.places, name);
  await changeSetting(context.places.configFile, 'profile', name);
  return {
    kind: 'record',
    value: toRow(profile, profile),
    render: () => `Commands now work on the profile ${name}.`,
  };
}

/** Deletes a profile with everything in it; of a remote one what this machine has: address, credential, cache. */
export async function remove({ name }: Named, context: Context): Promise<Result> {
  const profile = findProfile(context.places, name);
  refuseSandbox(profile);
  const remote = profile.remote !== undefined;
  await agreed(
    context,
    remote
      ? `Remove the profile ${name} from this machine? The service keeps everything`
      : `Delete the profile ${name} with its benefits, keys and counts? This cannot be undone.`,
  );
  if (profile.remote !== undefined) await forgetRemote(profile, profile.remote, context);
  removeProfile(context.places, profile);
  const { value, source } = context.setting('profile');
  if (source === 'config' && value === name) {
    await changeSetting(context.places.configFile, 'profile', null);
  }
  if (!remote && context.surroundings.env['MPN_BENEFITS_VAULT_KEY'] === undefined) {
    context.terminal.note(
      'If it had a vault key, that stays in the keychain, so that copies of the profile can still be read.',
    );
  }
  return toRecord(profile, context, remote ? `Removed the profile ${name}.` : `Deleted the profile ${name}.`);
}

async function forgetRemote(profile: Profile, remote: RemotePlace, context: Context): Promise<void> {
  const { keptCredential } = await import('../credentials/profile-credential.ts');
  try {
    await (await keptCredential(credentialSetup(profile, remote, context)))?.remove();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    context.terminal.warn(`A credential may be left in the keychain: ${error.message}`);
  }
  await changeRemote(context.places.configFile, profile.name, null);
}

function refuseSandbox(profile: Profile): void {
  if (profile.kind !== 'sandbox') return;
  throw new AppError('USAGE', 'The sandbox cannot be removed.', {
    hint: 'Restore it with: mpn-benefits profile reset sandbox',
  });
}

/** Restores the sandbox. */
export async function reset({ name }: Named, context: Context): Promise<Result> {
  const profile = findProfile(context.places, name);
  if (profile.kind !== 'sandbox') {
    throw new AppError('USAGE', 'Only the sandbox can be reset.', {
      hint: `To delete ${name} with everything in it: mpn-benefits profile remove ${name}`,
    });
  }
  resetSandbox(context.places);
  const backend = await context.backendOf(profile);
  await backend.create();
  return toRecord(profile, context, 'The sandbox is as it was.');
}

async function agreed(context: Context, message: string): Promise<void> {
  if (await confirm(context.terminal, { message, flag: '--yes' })) return;
  throw new AppError('CANCELLED', 'Nothing was changed.');
}
