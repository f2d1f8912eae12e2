import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { AppError } from '../errors.ts';
import {
  ensureOwnFile,
  ensureOwnFolder,
  ownFileExists,
  ownFolderExists,
  storageError,
} from '../store/owner-only.ts';
import { OUTPUT_FORMATS } from '../terminal/formats.ts';
import { serviceOrigin } from './service-url.ts';

/** One setting: what it may hold and what it is for. */
interface Setting {
  readonly values?: readonly string[];
  readonly pattern?: RegExp;
  readonly expects: string;
  readonly standard: string | null;
  readonly environment: string | null;
}

/** Every setting, in the order in which `config list` shows them. */
export const SETTINGS = {
  output: {
    values: OUTPUT_FORMATS,
    expects: `${OUTPUT_FORMATS.slice(0, -1).join(', ')} or ${OUTPUT_FORMATS.at(-1)}`,
    standard: 'table',
    environment: 'MPN_BENEFITS_OUTPUT',
  },
  profile: {
    pattern: /^[a-z0-9][a-z0-9_-]{0,62}$/,
    expects: 'the name of a profile',
    standard: 'default',
    environment: 'MPN_BENEFITS_PROFILE',
  },
  policy: {
    values: ['documented', 'every-activation'],
    expects: 'documented or every-activation',
    standard: 'documented',
    environment: null,
  },
  locale: {
    pattern: /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/,
    expects: 'a language tag such as en-GB or sv-SE',
    standard: null,
    environment: 'MPN_BENEFITS_LOCALE',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof SETTINGS;

export const SETTING_NAMES = Object.keys(SETTINGS).filter(isSettingName);

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

/** Throws USAGE if a setting cannot hold this value. */
export function checkSetting(name: SettingName, value: string): string {
  const setting: Setting = SETTINGS[name];
  const fits =
    setting.values === undefined ? setting.pattern?.test(value) === true : setting.values.includes(value);
  if (fits) return value;
  throw new AppError('USAGE', `${name} cannot be "${value.slice(0, 40)}".`, {
    hint: `Expected ${setting.expects}.`,
  });
}

/** Where a remote profile lives. */
export interface RemotePlace {
  /** Origin of the service. */
  readonly url: string;
  /** File of certificates to trust in place of the public ones. */
  readonly ca?: string;
}

/** What the configuration file holds. */
export interface Configuration {
  readonly settings: Readonly<Partial<Record<SettingName, string>>>;
  /** Remote profiles by name. */
  readonly remotes: Readonly<Record<string, RemotePlace>>;
}

/** What holds where there is no file. */
export const NO_SETTINGS: Configuration = { settings: {}, remotes: {} };

/** The field of the file in which the remote profiles stand. */
const REMOTES = 'profiles';

/**
 * Reads the configuration with one JSON.parse: loading the library that writes it would cost more than the rest
 * of `list`. Throws INVALID_DATA if the file cannot be understood; it is never overwritten because of that.
 */
export function readConfiguration(file: string): Configuration {
  if (!ownFolderExists(dirname(file)) || !ownFileExists(file)) return NO_SETTINGS;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw storageError(error, file);
  }
  if (text.trim() === '') return NO_SETTINGS;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(file, 'is not valid JSON');
  }
  if (!isObject(value)) throw unreadable(file, 'does not hold an object');
  const settings: Partial<Record<SettingName, string>> = {};
  const remotes = remotesIn(file, REMOTES in value ? value[REMOTES] : undefined);
  for (const [name, setting] of Object.entries(value)) {
    // What a newer version wrote is none of our business, and stays.
    if (!isSettingName(name)) continue;
    if (typeof setting !== 'string') throw unreadable(file, `holds no text for ${name}`);
    settings[name] = checkStored(file, name, setting);
  }
  return { settings, remotes };
}

function remotesIn(file: string, value: unknown): Configuration['remotes'] {
  if (value === undefined) return {};
  if (!isObject(value)) throw unreadable(file, `holds no object for ${REMOTES}`);
  const remotes: Record<string, RemotePlace> = {};
  for (const [name, place] of Object.entries(value)) {
    const { url, ca }: { url?: unknown; ca?: unknown } = isObject(place) ? place : {};
    if (!SETTINGS.profile.pattern.test(name) || typeof url !== 'string') {
      throw unreadable(file, `holds no address for the profile ${name.slice(0, 63)}`);
    }
    remotes[name] = { url: originIn(file, url), ...(typeof ca === 'string' ? { ca } : {}) };
  }
  return remotes;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file edited by hand must not send a credential in clear either. */
function originIn(file: string, url: string): string {
  try {
    return serviceOrigin(url);
  } catch {
    throw unreadable(file, 'holds an address that a service cannot have');
  }
}

function checkStored(file: string, name: SettingName, value: string): string {
  try {
    return checkSetting(name, value);
  } catch {
    throw unreadable(file, `holds a value that ${name} cannot have`);
  }
}

function unreadable(file: string, what: string): AppError {
  return new AppError('INVALID_DATA', `The configuration file ${file} ${what}.`, {
    hint: 'Correct it by hand, or remove it: settings are all it holds.',
    details: { file },
  });
}

/** Changes one setting; `null` removes it. Throws INVALID_DATA, STORAGE_UNAVAILABLE. */
export async function changeSetting(file: string, name: SettingName, value: string | null): Promise<void> {
  readConfiguration(file);
  await change(file, name, value);
}

/** Adds or replaces a remote profile; `null` removes it. Throws INVALID_DATA, STORAGE_UNAVAILABLE. */
export async function changeRemote(file: string, name: string, place: RemotePlace | null): Promise<void> {
  const { [name]: _, ...others } = readConfiguration(file).remotes;
  await change(file, REMOTES, place === null ? others : { ...others, [name]: place });
}

async function change(
  file: string,
  name: string,
  value: string | Readonly<Record<string, RemotePlace>> | null,
): Promise<void> {
  if (!ownFileExists(file) && value === null) return;
  ensureOwnFolder(dirname(file));
  const { default: Conf } = await import('conf');
  try {
    ensureOwnFile(file);
    const store = new Conf<Record<string, string | Readonly<Record<string, RemotePlace>>>>({
      cwd: dirname(file),
      configName: basename(file, '.json'),
      projectName: 'mpn-benefits',
      configFileMode: 0o600,
      accessPropertiesByDotNotation: false,
      deserialize: (text) => (text.trim() === '' ? {} : JSON.parse(text)),
    });
    if (value === null) store.delete(name);
    else store.set(name, value);
  } catch (error) {
    throw storageError(error, file);
  }
}
