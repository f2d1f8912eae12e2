import type { KeychainOptions } from './keychain.ts';
import type { Held } from './keychain-problem.ts';

/** Where the keychain of this user is, as the environment says, and what it is asked for. */
export function keychainOptions(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  held: Held,
): KeychainOptions {
  return { held, platform, busAddress: env['DBUS_SESSION_BUS_ADDRESS'], runtimeDir: env['XDG_RUNTIME_DIR'] };
}
