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
  if (fits(name, value)) return value;
  throw new AppError('USAGE', `${name} cannot be "${value.slice(0, 40)}".`, {
    hint: `Expected ${SETTINGS[name].expects}.`,
  });
}

function fits(name: SettingName, value: string): boolean {
  const { values, pattern }: Setting = SETTINGS[name];
  return values === undefined ? pattern?.test(value) === true : values.includes(value);
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
const NO_SETTINGS: Configuration = { settings: {}, remotes: {} };

/** The field of the file in which the remote profiles stand. */
const REMOTES = 'profiles';

/**
 * Reads the configuration with one JSON.parse: loading the library that writes it would cost more than the rest
 * of `list`. Throws INVALID_DATA if the file cannot be understood; it is never overwritten because of that.
 */
export function readConfiguration(file: string): Configuration {
  const content = contentOf(file);
  const refuse = refuser(file);
  return { settings: settingsIn(content, refuse), remotes: remotesIn(content, refuse) };
}

/** The same without what is wrong: for commands that are there to find it, or to mend it. Throws nothing. */
export function usableConfiguration(file: string): Configuration {
  try {
    const content = contentOf(file);
    const pass = (): void => {};
    return { settings: settingsIn(content, pass), remotes: remotesIn(content, pass) };
  } catch (error) {
    if (error instanceof AppError) return NO_SETTINGS;
    throw error;
  }
}

/** Hears what is wrong with the file, and what may be done about it if not the usual. */
type Complain = (what: string, hint?: string) => void;

function refuser(file: string): Complain {
  return (what, hint) => {
    throw unreadable(file, what, hint);
  };
}

/** What the file holds, as an object; an empty one where there is no file. Throws INVALID_DATA, STORAGE_UNAVAILABLE. */
function contentOf(file: string): object {
  if (!ownFolderExists(dirname(file)) || !ownFileExists(file)) return {};
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw storageError(error, file);
  }
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unreadable(file, 'is not valid JSON');
  }
  if (!isObject(value)) throw unreadable(file, 'does not hold an object');
  return value;
}

function settingsIn(content: object, complain: Complain): Configuration['settings'] {
  const settings: Partial<Record<SettingName, string>> = {};
  for (const [name, setting] of Object.entries(content)) {
    // What a newer version wrote is none of our business, and stays.
    if (!isSettingName(name)) continue;
    if (typeof setting === 'string' && fits(name, setting)) {
      settings[name] = setting;
      continue;
    }
    complain(
      typeof setting === 'string' ? `holds a value that ${name} cannot have` : `holds no text for ${name}`,
      `Expected ${SETTINGS[name].expects}. Correct it by hand, or go back to the default: mpn-benefits config unset ${name}`,
    );
  }
  return settings;
}

function remotesIn(content: object, complain: Complain): Configuration['remotes'] {
  const value = REMOTES in content ? content[REMOTES] : undefined;
  if (value === undefined) return {};
  if (!isObject(value)) {
    complain(`holds no object for ${REMOTES}`);
    return {};
  }
  const remotes: Record<string, RemotePlace> = {};
  for (const [name, place] of Object.entries(value)) {
    const { url, ca }: { url?: unknown; ca?: unknown } = isObject(place) ? place : {};
    if (!SETTINGS.profile.pattern.test(name) || typeof url !== 'string') {
      complain(`holds no address for the profile ${name.slice(0, 63)}`);
      continue;
    }
    const origin = originIn(url);
    if (origin === undefined) complain('holds an address that a service cannot have');
    else remotes[name] = { url: origin, ...(typeof ca === 'string' ? { ca } : {}) };
  }
  return remotes;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file edited by hand must not send a credential in clear either: undefined for such an address. */
function originIn(url: string): string | undefined {
  try {
    return serviceOrigin(url);
  } catch {
    return undefined;
  }
}

function unreadable(
  file: string,
  what: string,
  hint = 'Correct it by hand, or remove it: it holds settings and the addresses of team services, and nothing else.',
): AppError {
  return new AppError('INVALID_DATA', `The configuration file ${file} ${what}.`, { hint, details: { file } });
}

/**
 * Changes one setting; `null` removes it, and is no stranger to a value that the setting cannot have: this is how that
 * is mended. Throws INVALID_DATA, STORAGE_UNAVAILABLE.
 */
export async function changeSetting(file: string, name: SettingName, value: string | null): Promise<void> {
  if (value === null) remotesIn(contentOf(file), refuser(file));
  else readConfiguration(file);
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
