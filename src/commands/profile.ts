import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import {
  findProfile,
  listProfiles,
  type Profile,
  prepareProfile,
  removeProfile,
  resetSandbox,
} from '../settings/profiles.ts';
import { changeSetting } from '../settings/settings.ts';
import { confirm } from '../terminal/prompts.ts';
import type { Result, View } from '../terminal/result.ts';

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

function activeName(context: Context): string {
  return context.setting('profile').value ?? '';
}

function toRow(profile: Profile, context: Context): ProfileRow {
  const { name, kind, location } = profile;
  return { name, kind, location, active: name === activeName(context) };
}

function toRecord(profile: Profile, context: Context, sentence: string): Result {
  return { kind: 'record', value: toRow(profile, context), render: () => sentence };
}

/** All profiles; the default one once it holds something. */
export async function list(context: Context): Promise<Result> {
  return {
    kind: 'rows',
    rows: listProfiles(context.places).map((profile) => toRow(profile, context)),
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

/** Makes a new, empty local profile. */
export async function add({ name }: Named, context: Context): Promise<Result> {
  const profile = prepareProfile(context.places, name);
  const backend = await context.backendOf(profile);
  await backend.create();
  return toRecord(
    profile,
    context,
    `Made the profile ${name}. Use it with: mpn-benefits profile use ${name}`,
  );
}

/** Makes a profile the one that commands work on. */
export async function use({ name }: Named, context: Context): Promise<Result> {
  const profile = findProfile(context.places, name);
  await changeSetting(context.places.configFile, 'profile', name);
  return {
    kind: 'record',
    value: { ...toRow(profile, context), active: true },
    render: () => `Commands now work on the profile ${name}.`,
  };
}

/** Deletes a profile with everything in it. */
export async function remove({ name }: Named, context: Context): Promise<Result> {
  const profile = findProfile(context.places, name);
  refuseSandbox(profile);
  await agreed(
    context,
    `Delete the profile ${name} with its benefits, keys and counts? This cannot be undone`,
  );
  removeProfile(context.places, profile);
  if (context.setting('profile').source === 'config' && activeName(context) === name) {
    await changeSetting(context.places.configFile, 'profile', null);
  }
  context.terminal.note(
    'Its vault key stays in the keychain, so that copies of the profile can still be read.',
  );
  return toRecord(profile, context, `Deleted the profile ${name}.`);
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
