import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * A real Secret Service of one's own: a private D-Bus and a gnome-keyring over a temporary folder. Several can run
 * side by side; none touches the session of whoever runs the tests.
 */
export interface TestKeyring {
  /** A complete small environment for child processes; spread it over more if needed. */
  readonly env: Readonly<Record<string, string>>;
  /** Items of our service by account, as an independent client sees them in an unlocked keyring. */
  accounts(): Promise<string[]>;
  /** The secret of an account as an independent client reads it, null if there is none. */
  secret(account: string): Promise<string | null>;
  lock(): Promise<void>;
  /** Starts the keyring anew, open or closed, over the same items. */
  restart(state: 'unlocked' | 'locked'): Promise<void>;
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

export type KeyringState =
  | 'unlocked'
  | 'locked'
  | 'frozen'
  | 'frozen-bus'
  | 'no-service'
  | 'no-bus'
  | 'no-default';

const run = promisify(execFile);
const SERVICE = 'org.freedesktop.secrets';
const ROOT = '/org/freedesktop/secrets';
const TOOLS = ['dbus-daemon', 'gnome-keyring-daemon', 'gdbus', 'secret-tool'];

/** Whether this machine has what `startKeyring` starts; use with `requires('gnome-keyring', …)`. */
export function keyringAvailable(): boolean {
  if (process.platform !== 'linux') return false;
  try {
    execFileSync('which', TOOLS, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const living = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** Starts a session in a state; `items` (account to secret) are stored while it is still open. */
export async function startKeyring(
  state: KeyringState = 'unlocked',
  items: Readonly<Record<string, string>> = {},
): Promise<TestKeyring> {
  const home = mkdtempSync(join(tmpdir(), 'mpn-keyring-'));
  for (const folder of ['run', 'data']) mkdirSync(join(home, folder), { mode: 0o700 });
  const address = `unix:path=${join(home, 'bus')}`;
  const env: Record<string, string> = {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: home,
    LANG: 'C.UTF-8',
    XDG_RUNTIME_DIR: join(home, 'run'),
    XDG_DATA_HOME: join(home, 'data'),
    DBUS_SESSION_BUS_ADDRESS: address,
  };
  let bus: ChildProcess | undefined;
  let daemon: ChildProcess | undefined;

  const keyring: TestKeyring = {
    env,
    async accounts() {
      const { stdout, stderr } = await run('secret-tool', ['search', '--all', 'service', 'mpn-benefits'], {
        env,
      });
      return [...(stdout + stderr).matchAll(/^attribute\.username = (.*)$/gm)]
        .map((match) => match[1] ?? '')
        .sort();
    },
    async secret(account) {
      const found = await run('secret-tool', ['lookup', 'service', 'mpn-benefits', 'username', account], {
        env,
      }).catch(() => null);
      return found === null ? null : found.stdout;
    },
    async lock() {
      await call(env, ROOT, 'org.freedesktop.Secret.Service.Lock', `['${ROOT}/collection/login']`);
    },
    async restart(next) {
      await end(daemon);
      daemon = await startDaemon(env, next);
    },
    freeze: () => void daemon?.kill('SIGSTOP'),
    thaw: () => void daemon?.kill('SIGCONT'),
    async stop() {
      await end(daemon);
      await end(bus);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };

  try {
    if (state === 'no-bus') {
      delete env['DBUS_SESSION_BUS_ADDRESS'];
      return keyring;
    }
    bus = await startBus(home, address, env);
    if (state === 'no-service') return keyring;
    daemon = await startDaemon(env, state === 'no-default' ? 'locked' : 'unlocked');
    for (const [account, secret] of Object.entries(items)) await storeItem(env, account, secret);
    if (state === 'locked') await keyring.restart('locked');
    if (state === 'frozen') keyring.freeze();
    if (state === 'frozen-bus') bus.kill('SIGSTOP');
    return keyring;
  } catch (error) {
    await keyring.stop();
    throw error;
  }
}

/** Runs something inside a session of that state and takes everything down afterwards. */
export async function withKeyring<T>(
  state: KeyringState,
  items: Readonly<Record<string, string>>,
  work: (keyring: TestKeyring) => Promise<T>,
): Promise<T> {
  const keyring = await startKeyring(state, items);
  try {
    return await work(keyring);
  } finally {
    await keyring.stop();
  }
}

/** Without service folders nothing but our own keyring can ever answer on this bus. */
async function startBus(home: string, address: string, env: Record<string, string>): Promise<ChildProcess> {
  const config = join(home, 'bus.conf');
  writeFileSync(
    config,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>${address}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
</policy></busconfig>`,
  );
  const bus = launch('dbus-daemon', [`--config-file=${config}`, '--nofork', '--nopidfile'], env);
  await until('the bus', async () => {
    await call(env, '/org/freedesktop/DBus', 'org.freedesktop.DBus.GetId', undefined, 'org.freedesktop.DBus');
    return true;
  });
  return bus;
}

async function startDaemon(env: Record<string, string>, state: 'unlocked' | 'locked'): Promise<ChildProcess> {
  const unlock = state === 'unlocked' ? ['--unlock'] : [];
  const daemon = launch('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], env);
  daemon.stdin?.end(state === 'unlocked' ? 'made-up password\n' : '');
  await until('the keyring', async () => {
    const answer = await call(env, ROOT, 'org.freedesktop.Secret.Service.ReadAlias', 'default');
    if (state === 'locked') return true;
    const path = /objectpath '(\/org.*)'/.exec(answer)?.[1];
    if (path === undefined) return false;
    const get = 'org.freedesktop.DBus.Properties.Get';
    return (await call(env, path, get, 'org.freedesktop.Secret.Collection', SERVICE, 'Locked')).includes(
      'false',
    );
  });
  return daemon;
}

function launch(command: string, args: readonly string[], env: Record<string, string>): ChildProcess {
  const child = spawn(command, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin?.on('error', () => {});
  child.on('error', () => {});
  living.add(child);
  child.once('exit', () => living.delete(child));
  return child;
}

async function end(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

async function call(
  env: Record<string, string>,
  path: string,
  method: string,
  argument?: string,
  destination = SERVICE,
  ...more: string[]
): Promise<string> {
  const args = argument === undefined ? [] : [argument, ...more];
  const target = ['--session', '--timeout', '5', '-d', destination, '-o', path, '-m', method];
  return (await run('gdbus', ['call', ...target, ...args], { env })).stdout;
}

async function until(what: string, ready: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await ready().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what} did not start`);
}

async function storeItem(env: Record<string, string>, account: string, secret: string): Promise<void> {
  const attributes = ['service', 'mpn-benefits', 'username', account];
  const stored = run('secret-tool', ['store', '--label=test item', ...attributes], { env });
  stored.child.stdin?.end(secret);
  await stored;
}
