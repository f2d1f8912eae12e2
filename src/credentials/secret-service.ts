/**
 * Threat model of this file: a locked keyring that is taken for an empty one leads to a second vault key, and keys
 * sealed with either of them. The keychain library cannot tell the two apart when an item is missing (and opens an
 * unlock dialog when one is there), so the Secret Service itself is asked first, over a connection that can be
 * given up. These questions read no secret, create nothing, change nothing and open no dialog.
 */
import { type Bus, BusError, openBus } from './dbus.ts';
import { KeychainUnusable } from './keychain-problem.ts';

/** What a keyring says about one item, without its secret, and about itself where that item cannot be read. */
export type KeyringView = { readonly item: 'readable' } | UnreadableView;

interface UnreadableView {
  readonly item: 'none' | 'locked';
  /** Whether there is a keyring that new items go to. */
  readonly hasDefault: boolean;
  readonly defaultLocked: boolean;
}

const SERVICE = {
  destination: 'org.freedesktop.secrets',
  path: '/org/freedesktop/secrets',
  interface: 'org.freedesktop.Secret.Service',
} as const;

/**
 * Asks the Secret Service behind these sockets. @throws KeychainUnusable with the reason, within
 * `limit` milliseconds.
 * @param meanwhile done while the service looks for the item.
 */
export async function viewKeyring(
  sockets: readonly string[],
  attributes: Readonly<Record<string, string>>,
  limit: number,
  meanwhile: () => void,
): Promise<KeyringView> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), limit);
  let bus: Bus | null = null;
  try {
    bus = await openBus(sockets, giveUp.signal);
    const asked = bus.call({
      ...SERVICE,
      member: 'SearchItems',
      signature: 'a{ss}',
      body: [attributes],
    });
    meanwhile();
    const found = await asked;
    const readable = found.strings().length > 0;
    if (readable) return { item: 'readable' };
    const locked = found.strings().length > 0;
    const alias = await bus.call({ ...SERVICE, member: 'ReadAlias', signature: 's', body: ['default'] });
    const path = alias.string();
    const hasDefault = path !== '/';
    const defaultLocked = hasDefault && (await isLocked(bus, path));
    return { hasDefault, defaultLocked, item: locked ? 'locked' : 'none' };
  } catch (error) {
    throw busProblem(error);
  } finally {
    clearTimeout(timer);
    bus?.close();
  }
}

async function isLocked(bus: Bus, path: string): Promise<boolean> {
  const answer = await bus.call({
    destination: SERVICE.destination,
    path,
    interface: 'org.freedesktop.DBus.Properties',
    member: 'Get',
    signature: 'ss',
    body: ['org.freedesktop.Secret.Collection', 'Locked'],
  });
  if (answer.signature() !== 'b') throw new BusError('reply', 'the keyring gave an unexpected answer');
  return answer.u32() !== 0;
}

/** Names of D-Bus errors that say that nobody serves the keyring. */
const NOBODY = /\.(?:ServiceUnknown|NameHasNoOwner|Spawn\.\w+)$/;

function busProblem(error: unknown): KeychainUnusable {
  if (!(error instanceof BusError))
    return new KeychainUnusable('failed', 'the keyring gave an unexpected answer');
  if (error.kind !== 'reply') return new KeychainUnusable(error.kind, error.message);
  if (NOBODY.test(error.message)) return new KeychainUnusable('no-service', error.message);
  if (/\.(?:AccessDenied|AuthFailed)$/.test(error.message))
    return new KeychainUnusable('denied', error.message);
  if (/\.(?:NoReply|Timeout|TimedOut)$/.test(error.message))
    return new KeychainUnusable('timed-out', error.message);
  if (/\.IsLocked$/.test(error.message)) return new KeychainUnusable('locked', error.message);
  return new KeychainUnusable('failed', error.message);
}
