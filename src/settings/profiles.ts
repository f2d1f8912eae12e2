import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../errors.ts';
import { ensureOwnFolder, ownFileExists, ownFolderExists, storageError } from '../store/owner-only.ts';
import type { Places } from './places.ts';
import { serviceOrigin } from './service-url.ts';
import { type Configuration, type RemotePlace, readConfiguration, SETTINGS } from './settings.ts';

/** The profile that ships with the program, always exists and cannot be removed. */
export const SANDBOX = 'sandbox';

/** The profile used when nobody names one; it appears at its first write. */
const DEFAULT_PROFILE = SETTINGS.profile.standard;

const NAME = SETTINGS.profile.pattern;

/** One set of benefits, keys and ledger. */
export interface Profile {
  readonly name: string;
  readonly kind: 'local' | 'sandbox' | 'remote';
  /** Where its data lives: a folder, or the address of a service. */
  readonly location: string;
  /** Of a remote profile: how its service is reached. */
  readonly remote?: RemotePlace;
}

/** What a remote profile is called that only the environment names. It keeps nothing on this machine. */
export const NAMELESS = '(environment)';

/** Throws USAGE unless `name` can be a profile's name. */
function checkProfileName(name: string): string {
  if (NAME.test(name)) return name;
  throw new AppError('USAGE', `A profile cannot be called "${name.slice(0, 80)}".`, {
    hint: 'Use small letters, digits, "-" and "_", beginning with a letter or digit; at most 63.',
  });
}

function folderOf(places: Places, name: string): string {
  return join(places.profilesFolder, name);
}

/** The database file of a local profile. */
export function databaseFile(places: Places, name: string): string {
  return join(folderOf(places, name), 'benefits.db');
}

/** The file of a remote profile's cache; null for the nameless one. */
export function cacheFile(places: Places, name: string): string | null {
  return name === NAMELESS ? null : join(folderOf(places, name), 'cache.db');
}

/** The file whose lock those who refresh a credential take in turn; null for the nameless profile. */
export function refreshLockFile(places: Places, name: string): string | null {
  return name === NAMELESS ? null : join(folderOf(places, name), 'refresh.lock');
}

/** The profile that MPN_BENEFITS_SERVICE_URL stands for. Throws USAGE. */
export function namelessProfile(url: string): Profile {
  const origin = serviceOrigin(url);
  return { name: NAMELESS, kind: 'remote', location: origin, remote: { url: origin } };
}

function remoteProfiles({ remotes }: Configuration): readonly Profile[] {
  return Object.entries(remotes).map(([name, remote]) => ({
    name,
    kind: 'remote',
    location: remote.url,
    remote,
  }));
}

function describe(places: Places, name: string): Profile {
  return { name, kind: name === SANDBOX ? 'sandbox' : 'local', location: folderOf(places, name) };
}

/** True if the profile has data. A link anywhere on the way, from our own topmost folder down, is refused. */
function hasData(places: Places, name: string): boolean {
  const { profilesFolder } = places;
  const folders = [dirname(profilesFolder), profilesFolder, folderOf(places, name)];
  return folders.every(ownFolderExists) && ownFileExists(databaseFile(places, name));
}

/** Every profile there is, by name; the sandbox always. Throws STORAGE_UNAVAILABLE. */
export function listProfiles(
  places: Places,
  configuration: Configuration = readConfiguration(places.configFile),
): Profile[] {
  const remotes = remoteProfiles(configuration);
  const remoteNames = new Set(remotes.map(({ name }) => name));
  const names = new Set([SANDBOX]);
  const found = ownFolderExists(dirname(places.profilesFolder)) ? entries(places.profilesFolder) : [];
  for (const entry of found) {
    if (NAME.test(entry) && hasData(places, entry)) names.add(entry);
  }
  const local = [...names].filter((name) => !remoteNames.has(name)).map((name) => describe(places, name));
  return [...local, ...remotes].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entries(folder: string): string[] {
  if (!ownFolderExists(folder)) return [];
  try {
    return readdirSync(folder);
  } catch (error) {
    throw storageError(error, folder);
  }
}

/**
 * The profile of that name. The default one need not exist yet: it is empty until its first write.
 * Throws USAGE for an impossible name, NOT_FOUND for an unknown one, STORAGE_UNAVAILABLE.
 */
export function findProfile(
  places: Places,
  name: string,
  configuration: Configuration = readConfiguration(places.configFile),
): Profile {
  checkProfileName(name);
  const remote = remoteProfiles(configuration).find((profile) => profile.name === name);
  if (remote !== undefined) return remote;
  if (hasData(places, name) || name === SANDBOX || name === DEFAULT_PROFILE) return describe(places, name);
  throw new AppError('NOT_FOUND', `There is no profile called ${name}.`, {
    hint: `Make it with: mpn-benefits profile add ${name}. All there are: mpn-benefits profile list`,
    details: { profile: name, profiles: listProfiles(places, configuration).map((profile) => profile.name) },
  });
}

/** A profile that may not exist yet; nothing is made. Throws USAGE for an impossible name. */
export function profileCalled(places: Places, name: string): Profile {
  return describe(places, checkProfileName(name));
}

/** Makes the folder of a new profile. Throws USAGE if there is one of that name. */
export function prepareProfile(places: Places, name: string): Profile {
  checkNewName(places, name);
  ensureOwnFolder(folderOf(places, name));
  return describe(places, name);
}

/** Throws USAGE if a profile cannot be called so, or one is already. */
export function checkNewName(places: Places, name: string): void {
  checkProfileName(name);
  if (listProfiles(places).some((profile) => profile.name === name)) {
    throw new AppError('USAGE', `There already is a profile called ${name}.`, {
      hint: `Use it with: mpn-benefits profile use ${name}`,
    });
  }
}

/** Deletes what this machine has of a profile: all of a local one, the cache of a remote one. */
export function removeProfile(places: Places, profile: Profile): void {
  deleteFolder(folderOf(places, profile.name));
}

/** Deletes the sandbox's data; its next use makes it anew. */
export function resetSandbox(places: Places): void {
  deleteFolder(folderOf(places, SANDBOX));
}

function deleteFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch (error) {
    throw storageError(error, folder);
  }
}
