import type { KeychainOptions } from './keychain.ts';

/** Where the keychain of this user is, as the environment says. */
export function keychainOptions(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): KeychainOptions {
  return { platform, busAddress: env['DBUS_SESSION_BUS_ADDRESS'], runtimeDir: env['XDG_RUNTIME_DIR'] };
}
