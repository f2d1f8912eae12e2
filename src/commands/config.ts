import type { Context } from '../context.ts';
import { AppError } from '../errors.ts';
import { findProfile } from '../settings/profiles.ts';
import {
  changeSetting,
  checkSetting,
  isSettingName,
  SETTING_NAMES,
  type SettingName,
} from '../settings/settings.ts';
import type { Result } from '../terminal/result.ts';

type SettingRow = { readonly key: string; readonly value: string | null; readonly source: string };

const FIELDS = ['key', 'value', 'source'] as const satisfies readonly (keyof SettingRow)[];

function toRow(key: SettingName, context: Context): SettingRow {
  return { key, ...context.setting(key) };
}

function known(key: string): SettingName {
  if (isSettingName(key)) return key;
  throw new AppError('USAGE', `There is no setting called "${key.slice(0, 40)}".`, {
    hint: `Settings: ${SETTING_NAMES.join(', ')}`,
  });
}

/** All settings and where each value comes from. */
export async function list(context: Context): Promise<Result> {
  return {
    kind: 'rows',
    rows: SETTING_NAMES.map((key) => toRow(key, context)),
    fields: FIELDS,
    columns: [
      { heading: 'Setting', text: (row: SettingRow) => row.key },
      { heading: 'Value', text: (row: SettingRow) => row.value ?? 'not set' },
      { heading: 'From', text: (row: SettingRow) => row.source },
    ],
    empty: '',
  };
}

/** The value of one setting. */
export async function get(options: { readonly key: string }, context: Context): Promise<Result> {
  const row = toRow(known(options.key), context);
  return { kind: 'record', value: row, render: () => row.value ?? 'not set' };
}

/** Changes one setting. */
export async function set(
  options: { readonly key: string; readonly value: string },
  context: Context,
): Promise<Result> {
  const key = known(options.key);
  const value = checkSetting(key, options.value);
  if (key === 'profile') findProfile(context.places, value);
  await changeSetting(context.places.configFile, key, value);
  return { kind: 'record', value: { key, value, source: 'config' }, render: () => `${key} is now ${value}.` };
}

/** Goes back to the default of one setting. */
export async function unset(options: { readonly key: string }, context: Context): Promise<Result> {
  const key = known(options.key);
  await changeSetting(context.places.configFile, key, null);
  const row = { key, value: null, source: 'default' };
  return { kind: 'record', value: row, render: () => `${key} is back to its default.` };
}

/** Where the settings are kept. */
export async function path(context: Context): Promise<Result> {
  const { configFile } = context.places;
  return { kind: 'record', value: { path: configFile }, render: () => configFile };
}
