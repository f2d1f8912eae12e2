/**
 * Threat model of this file: a locked keyring that is taken for an empty one leads to a second vault key, and keys
 * sealed with either of them. The keychain library cannot tell the two apart when an item is missing (and opens an
 * unlock dialog when one is there), so the Secret Service itself is asked, over a connection that can be given up.
 * These questions create nothing, change nothing and open no dialog; the secret is read only if it is asked for.
 */
import { Secret } from '../keys/secret.ts';
import { type Bus, BusError, openBus } from './dbus.ts';
import { KeychainUnusable } from './keychain-problem.ts';

/** What a keyring says about one item, and about itself where that item cannot be read. */
export type KeyringView = ReadableView | UnreadableView;

interface ReadableView {
  readonly item: 'readable';
  /** Null unless it was asked for. */
  readonly secret: Secret | null;
}

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

/** What is asked about one item. */
export interface KeyringQuestion {
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds for all of it. */
  readonly limit: number;
  readonly withSecret: boolean;
}

/** Asks the Secret Service behind these sockets. Throws KeychainUnusable, within the limit. */
export async function viewKeyring(
  sockets: readonly string[],
  { attributes, limit, withSecret }: KeyringQuestion,
): Promise<KeyringView> {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), limit);
  let bus: Bus | null = null;
  try {
    bus = await openBus(sockets, giveUp.signal);
    const search = bus.call({ ...SERVICE, member: 'SearchItems', signature: 'a{ss}', body: [attributes] });
    const session = withSecret ? openSession(bus) : null;
    session?.catch(() => {});
    const found = await search;
    const readable = found.strings();
    if (readable.length > 0)
      return { item: 'readable', secret: session && (await secretOf(bus, readable, await session)) };
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

/** Secrets go over the socket as they are: whoever can listen there can ask for them too. Gives back its path. */
async function openSession(bus: Bus): Promise<string> {
  const answer = await bus.call({ ...SERVICE, member: 'OpenSession', signature: 'sv', body: ['plain', ''] });
  if (answer.signature() !== 's') throw new BusError('reply', 'the keyring gave an unexpected answer');
  answer.string();
  return answer.string();
}

async function secretOf(
  bus: Bus,
  [item = '', ...others]: readonly string[],
  session: string,
): Promise<Secret> {
  if (others.length > 0) throw new BusError('reply', 'the keyring holds several items of one name');
  const answer = await bus.call({
    destination: SERVICE.destination,
    path: item,
    interface: 'org.freedesktop.Secret.Item',
    member: 'GetSecret',
    signature: 'o',
    body: [session],
  });
  // The session, and what an encrypted one would need.
  answer.string();
  answer.bytes();
  return new Secret(answer.bytes().toString('utf8'));
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
