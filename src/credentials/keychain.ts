/**
 * Threat model of this file: the keychain holds the vault key against everybody who is not this user in an unlocked
 * session. Other programs of the same user can read it too; on Linux that is how the Secret Service works. What
 * must not happen here: that a locked, absent, slow or failing keychain passes for one without the item, that the
 * library quietly falls back to another store (hence the pinned one), or that a command hangs on it.
 *
 * This is the only file that touches the library. Its `find*` functions are never called: they hang or crash on
 * keyrings that are frozen or locked.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { join } from 'node:path';
import type * as Library from 'keytar';
import { Secret } from '../keys/secret.ts';
import type { VaultKeySource } from '../vault/vault.ts';
import { busSockets } from './dbus.ts';
import {
  type Held,
  type KeychainReason,
  KeychainUnusable,
  keychainFailure,
  keychainReason,
} from './keychain-problem.ts';
import { type KeyringView, viewKeyring } from './secret-service.ts';

const SERVICE = 'mpn-benefits';

/** All waiting of one port together, in milliseconds: a command must end within five seconds. */
const PATIENCE = 4000;

/** Of that, what the questions before a call may take; the library itself gives up on a reply after 2 s. */
const VIEW_PATIENCE = 2000;

export interface KeychainOptions {
  /** What it is asked for: that decides what helps where it cannot be used. */
  readonly held: Held;
  readonly platform: NodeJS.Platform;
  /** DBUS_SESSION_BUS_ADDRESS; Linux only. */
  readonly busAddress: string | undefined;
  /** XDG_RUNTIME_DIR, whose `bus` socket stands in for an address; Linux only. */
  readonly runtimeDir: string | undefined;
  /** Milliseconds that all calls of this port may take together. */
  readonly patience?: number;
  /** The library's entries; the real ones unless a test brings its own. */
  readonly entry?: (account: string) => KeychainEntry;
}

/** What is used of the library's entry. */
export type KeychainEntry = Pick<Library.AsyncEntry, 'getPassword' | 'setPassword' | 'deletePassword'>;

/** The operating system's keychain as a place for vault keys. All methods throw KEYCHAIN_… errors. */
export interface Keychain extends VaultKeySource {
  /** Removes an item, for a vault that was rotated or deleted; false if there was none. */
  remove(account: string): Promise<boolean>;
}

/** What doctor and `vault status` say about the keychain. */
export interface KeychainStatus {
  readonly state: 'ok' | KeychainReason;
  readonly detail: string;
}

let library: typeof Library | undefined;

function loadLibrary(): typeof Library {
  library ??= load(createRequire(import.meta.filename));
  return library;
}

/**
 * The library is a loader that looks which of a dozen native parts this machine has. On most Linux it is this one, and
 * asking for it at once takes less than half of the time; wherever it is not, or lies elsewhere, the loader finds it.
 */
function load(require: NodeJS.Require): typeof Library {
  if (platform() === 'linux') {
    try {
      return require(`@napi-rs/keyring-linux-${arch()}-gnu`) as typeof Library;
    } catch {
      // The loader says what is missing, if anything is.
    }
  }
  return require('keytar') as typeof Library;
}

function libraryEntry(account: string): KeychainEntry {
  const { AsyncEntry } = loadLibrary();
  return new AsyncEntry(SERVICE, account, { linux: { store: 'secret-service' } });
}

function sockets(options: KeychainOptions): string[] {
  if (options.busAddress !== undefined && options.busAddress !== '') return busSockets(options.busAddress);
  if (options.runtimeDir === undefined || options.runtimeDir === '') return [];
  const socket = join(options.runtimeDir, 'bus');
  return existsSync(socket) ? [socket] : [];
}

/** What the keyring says about an account, or null where only the library can ask (macOS, Windows). */
async function view(
  options: KeychainOptions,
  account: string,
  limit: number,
  withSecret: boolean,
): Promise<KeyringView | null> {
  if (options.platform === 'darwin' || options.platform === 'win32') return null;
  const paths = sockets(options);
  if (paths.length === 0) throw new KeychainUnusable('no-bus');
  return viewKeyring(paths, { attributes: { service: SERVICE, username: account }, limit, withSecret });
}

/** Opens nothing by itself: the library is loaded and the keychain asked at the first call. */
export function keychain(options: KeychainOptions): Keychain {
  const entry = options.entry ?? libraryEntry;
  let left = options.patience ?? PATIENCE;

  /** Spends from the port's patience; a call that is given up is left behind and its outcome ignored. */
  async function within<T>(work: (limit: number) => Promise<T>): Promise<T> {
    if (left <= 0) throw keychainFailure(new KeychainUnusable('timed-out'), options.held);
    const start = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        // A timer may fire a fraction early; what is left of the patience is used up all the same.
        left = 0;
        reject(new KeychainUnusable('timed-out'));
      }, left);
    });
    try {
      return await Promise.race([work(left), late]);
    } catch (error) {
      throw keychainFailure(error, options.held);
    } finally {
      clearTimeout(timer);
      left -= performance.now() - start;
    }
  }

  const store = (account: string, key: Secret): Promise<void> =>
    within(async (limit) => {
      await usable(options, account, limit);
      await entry(account).setPassword(key.reveal());
    });
  const remove = (account: string): Promise<boolean> =>
    within(async (limit) => {
      const seen = await usable(options, account, limit);
      return seen?.item !== 'none' && (await entry(account).deletePassword());
    });

  return {
    describe: () => keychainName(options.platform),
    read: (account) =>
      within(async (limit) => {
        const seen = await usable(options, account, limit, true);
        if (seen !== null) return seen.item === 'readable' ? seen.secret : null;
        const text = await entry(account).getPassword();
        return text === null ? null : new Secret(text);
      }),
    store,
    remove,
    rotation: {
      keep: store,
      drop: async (account) => {
        await remove(account);
      },
    },
  };
}

/**
 * The view of a keyring in which "none" is a definite answer: open, with the place where items go. A readable item
 * in another open keyring counts as well.
 */
async function usable(
  options: KeychainOptions,
  account: string,
  limit: number,
  withSecret = false,
): Promise<KeyringView | null> {
  const seen = await view(options, account, Math.min(limit, VIEW_PATIENCE), withSecret);
  if (seen === null || seen.item === 'readable') return seen;
  if (seen.item === 'locked' || seen.defaultLocked) throw new KeychainUnusable('locked');
  if (!seen.hasDefault) throw new KeychainUnusable('no-default');
  return seen;
}

/** An account that nothing is kept for. */
const PROBE = 'doctor';

/**
 * Whether the keychain could be used now. Reads the name of one account at most, creates and changes nothing, opens
 * no dialog on Linux, and ends within its patience.
 */
export async function keychainStatus(options: KeychainOptions): Promise<KeychainStatus> {
  try {
    const seen = await usable(options, PROBE, options.patience ?? PATIENCE);
    if (seen === null) await keychain(options).read(PROBE);
    return { state: 'ok', detail: `Unlocked: ${keychainName(options.platform)}.` };
  } catch (error) {
    const problem = keychainFailure(error, options.held);
    return { state: keychainReason(problem), detail: problem.message };
  }
}

function keychainName(platform: NodeJS.Platform): string {
  if (platform === 'darwin') return 'the macOS keychain';
  if (platform === 'win32') return 'the Windows Credential Manager';
  return 'the keyring of the desktop session';
}
