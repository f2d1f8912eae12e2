import { accessSync, constants, lstatSync, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Places } from '../settings/places.ts';
import { databaseFile, type Profile } from '../settings/profiles.ts';
import { readConfiguration } from '../settings/settings.ts';
import { problemOf } from '../store/inspect.ts';
import { ownFileExists } from '../store/owner-only.ts';
import { type Check, failed, type Verdict } from './check.ts';

export interface InstallationSetup {
  readonly places: Places;
  readonly profile: Profile;
  readonly nodeVersion: string;
  readonly platform: NodeJS.Platform;
  /** What the keychain, or what stands in its place, is like. */
  readonly vaultKey: () => Promise<Verdict>;
}

/** Checks of this installation: what `doctor` runs. */
export function installationChecks(setup: InstallationSetup): Check[] {
  const database = databaseFile(setup.places, setup.profile.name);
  return [
    {
      id: 'node',
      title: 'Node.js',
      look: () => ({ result: 'ok', evidence: `${setup.nodeVersion} on ${setup.platform}` }),
    },
    {
      id: 'configuration',
      title: 'Configuration file',
      look: () => lookAtConfiguration(setup.places.configFile),
    },
    {
      id: 'folders',
      title: 'Folders and files are the owner’s alone',
      look: () => lookAtRights(setup, database),
    },
    {
      id: 'disk',
      title: 'The database is on a disk of this machine',
      look: () => lookAtDisk(setup, database),
    },
    { id: 'database', title: 'Database', look: () => lookAtDatabase(database) },
    { id: 'vault-key', title: 'Vault key', look: setup.vaultKey },
  ];
}

function lookAtConfiguration(file: string): Verdict {
  try {
    if (!ownFileExists(file)) return { result: 'ok', evidence: `${file}: not there, so defaults are used` };
    readConfiguration(file);
    return { result: 'ok', evidence: file };
  } catch (error) {
    return failed(error);
  }
}

function lookAtRights({ places, platform }: InstallationSetup, database: string): Verdict {
  if (platform === 'win32')
    return { result: 'skip', evidence: 'On Windows the access list of the user folder decides.' };
  const open: string[] = [];
  for (const path of [
    places.profilesFolder,
    dirname(database),
    database,
    `${database}-wal`,
    places.configFile,
  ]) {
    const mode = modeOf(path);
    if (mode === 'link') return isLink(path);
    if ((mode & 0o077) !== 0) open.push(path);
  }
  const planted: string[] = [];
  for (const path of topmostFolders(places)) {
    const mode = modeOf(path);
    if (mode === 'link') return isLink(path);
    if ((mode & 0o022) !== 0) planted.push(path);
  }
  if (open.length + planted.length === 0) return lookAtWriting(database);
  const listed = (what: string, paths: readonly string[]): readonly string[] =>
    paths.length === 0 ? [] : [`${what}: ${paths.join(', ')}`];
  const commands = (change: string, paths: readonly string[]): readonly string[] =>
    paths.length === 0 ? [] : [`chmod ${change} ${paths.map(quoted).join(' ')}`];
  return {
    result: 'fail',
    evidence: [...listed('Others can write in', planted), ...listed('Others can read', open)].join('; '),
    fix: [...commands('go-w', planted), ...commands('-R go-rwx', open)].join(' && '),
  };
}

/**
 * What MPN_BENEFITS_HOME names, else our folders among those of the platform. Somebody may have made them who lets
 * others look at what is there; but whoever can write in them can put folders of their own in the place of ours.
 */
function topmostFolders({ configFile, profilesFolder, compiledFolder }: Places): ReadonlySet<string> {
  return new Set([configFile, profilesFolder, compiledFolder].map((path) => dirname(path)));
}

/** The rights of what stands there, without following a link; none where there is nothing. */
function modeOf(path: string): number | 'link' {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  return stats.isSymbolicLink() ? 'link' : stats.mode;
}

function isLink(path: string): Verdict {
  return {
    result: 'fail',
    evidence: `${path} is a symbolic link.`,
    fix: 'Replace it by what it points to.',
  };
}

function lookAtWriting(database: string): Verdict {
  const folder = nearestFolder(database);
  try {
    if (folder !== undefined) accessSync(folder, constants.W_OK | constants.X_OK);
    return { result: 'ok', evidence: 'Nobody else can read them, and they can be written.' };
  } catch {
    return {
      result: 'fail',
      evidence: `Nobody else can read them, but this user cannot write in ${folder}.`,
      shareable: 'Nobody else can read them, but this user cannot write in one of them.',
      fix: 'Give this user the folder, or name another one with MPN_BENEFITS_HOME. Until then nothing can be imported or counted.',
    };
  }
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** File systems that cross a network: locks on them do not hold what they promise. Numbers of statfs(2). */
const NETWORK = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x5346414f, 'AFS'],
  [0x01021997, '9P'],
]);

function lookAtDisk({ platform }: InstallationSetup, database: string): Verdict {
  if (platform === 'win32' && database.startsWith('\\\\')) return onNetwork(database, 'a network share');
  const folder = nearestFolder(database);
  if (folder === undefined) return { result: 'skip', evidence: 'There is no folder yet.' };
  const name = platform === 'linux' ? NETWORK.get(statfsSync(folder).type) : undefined;
  if (name !== undefined) return onNetwork(folder, name);
  return { result: 'ok', evidence: folder };
}

function onNetwork(path: string, name: string): Verdict {
  return {
    result: 'fail',
    evidence: `${path} is on ${name}.`,
    fix: 'A database on a network folder can be damaged by two machines. Move it to a local disk, and share it through the team service.',
  };
}

function nearestFolder(path: string): string | undefined {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    // Through links: the database will be where they lead.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  }
  return undefined;
}

async function lookAtDatabase(file: string): Promise<Verdict> {
  try {
    if (!ownFileExists(file)) return { result: 'ok', evidence: `${file}: appears at the first write` };
    // Seen before it is opened: whoever opens an empty file makes it a new profile.
    const isEmpty = statSync(file).size === 0 && !ownFileExists(`${file}-wal`);
    const problem = await problemOf(file);
    if (isEmpty) {
      return {
        result: 'warn',
        evidence: `${file} held nothing at all (0 bytes), so it was begun anew.`,
        fix: 'If there were benefits in it, put a copy in its place: what is lost is not found by this tool.',
      };
    }
    if (problem === null) return { result: 'ok', evidence: `${file}, which is sound` };
    return { result: 'fail', evidence: `${file}: ${problem}`, fix: 'Keep the file, and restore a copy.' };
  } catch (error) {
    return failed(error);
  }
}
