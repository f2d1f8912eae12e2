import type { Environment } from '../environment.ts';
import type { KeychainOptions } from './keychain.ts';
import type { Held } from './keychain-problem.ts';

/** Where the keychain of this user is, as the environment says, and what it is asked for. */
export function keychainOptions(env: Environment, platform: NodeJS.Platform, held: Held): KeychainOptions {
  return { held, platform, busAddress: env['DBUS_SESSION_BUS_ADDRESS'], runtimeDir: env['XDG_RUNTIME_DIR'] };
}
