import { connect, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { type BusCall, decodeMessage, encodeCall, type Reader } from './dbus-wire.ts';

/**
 * The little of the D-Bus protocol that a few questions need: connect, say hello, call a method, read the answer.
 * It exists because only a socket of our own can be given up: the keychain library waits up to 25 s for a bus that
 * hangs, opens unlock dialogs, and cannot tell a locked keyring from an empty one when an item is missing.
 */

/** What kept an answer away; for an error answer (`reply`) the message is its D-Bus name. */
export class BusError extends Error {
  readonly kind: 'no-bus' | 'denied' | 'timed-out' | 'reply';

  constructor(kind: BusError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The socket paths in a bus address, abstract ones with a leading NUL; other transports are left out. */
export function busSockets(address: string): string[] {
  const paths: string[] = [];
  for (const entry of address.split(';')) {
    if (!entry.startsWith('unix:')) continue;
    for (const pair of entry.slice('unix:'.length).split(',')) {
      const [key, value = ''] = pair.split(/=(.*)/s);
      const decoded = value.replace(/(?:%[0-9A-Fa-f]{2})+/g, (escaped) =>
        Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8'),
      );
      if (decoded === '') continue;
      if (key === 'path') paths.push(decoded);
      if (key === 'abstract') paths.push(`\0${decoded}`);
    }
  }
  return paths;
}

/** An open connection to the session bus. */
export interface Bus {
  /** @throws BusError */
  call(call: BusCall): Promise<Reader>;
  close(): void;
}

/**
 * Connects to the first socket that answers, and says hello. Everything that is asked over it ends, at the latest,
 * when the signal fires; nothing of it keeps the process alive after `close`.
 * @throws BusError
 */
export async function openBus(sockets: readonly string[], signal: AbortSignal): Promise<Bus> {
  let refusal = new BusError('no-bus', 'no socket of a session bus is known');
  for (const path of sockets) {
    try {
      return await openSocket(path, signal);
    } catch (error) {
      if (!(error instanceof BusError) || error.kind !== 'no-bus') throw error;
      refusal = error;
    }
  }
  throw refusal;
}

async function openSocket(path: string, signal: AbortSignal): Promise<Bus> {
  const session = new Session(connect({ path }), signal);
  await session.connected;
  session.authenticate();
  // The bus takes what comes behind it before it has answered; if it refuses, it refuses that too.
  session.call({ ...DAEMON, member: 'Hello', signature: '', body: [] }).catch(() => {});
  return session;
}

const DAEMON = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

interface Waiting {
  resolve(body: Reader): void;
  reject(error: BusError): void;
}

class Session implements Bus {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #unlisten: () => void;
  /** Rejects if there is nobody at the socket. */
  readonly connected: Promise<void>;
  #refuse: (error: BusError) => void = () => {};
  #serial = 0;
  #received: Buffer = Buffer.alloc(0);
  #isAccepted = false;
  #ended: BusError | null = null;

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    const expired = () =>
      this.#end(new BusError('timed-out', 'the session bus or the keyring did not answer'));
    signal.addEventListener('abort', expired, { once: true });
    this.#unlisten = () => signal.removeEventListener('abort', expired);
    socket.on('data', (bytes) => this.#take(bytes));
    socket.on('error', (error) => this.#end(socketError(error)));
    socket.on('close', () => this.#end(new BusError('no-bus', 'the session bus closed the connection')));
    this.connected = new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      this.#refuse = reject;
    });
    if (signal.aborted) expired();
  }

  /** Proves the user by the socket's own credentials, as every local bus expects. */
  authenticate(): void {
    const user = Buffer.from(String(userInfo().uid), 'latin1').toString('hex');
    this.#socket.write(`\0AUTH EXTERNAL ${user}\r\nBEGIN\r\n`);
  }

  call(call: BusCall): Promise<Reader> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== null) return reject(this.#ended);
      this.#serial += 1;
      this.#waiting.set(this.#serial, { resolve, reject });
      this.#socket.write(encodeCall(this.#serial, call));
    });
  }

  close(): void {
    this.#end(new BusError('no-bus', 'the connection was closed'));
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      if (this.#isAccepted || this.#takeAcceptance()) this.#takeMessages();
    } catch {
      this.#end(new BusError('reply', 'an answer of the bus could not be read'));
    }
  }

  /** The first thing that a bus says is a line: whether it accepts this user. */
  #takeAcceptance(): boolean {
    const end = this.#received.indexOf('\r\n');
    if (end < 0 && this.#received.length < 4096) return false;
    this.#isAccepted = this.#received.toString('latin1', 0, 2) === 'OK';
    if (!this.#isAccepted) this.#end(new BusError('denied', 'the session bus refused this user'));
    this.#received = this.#received.subarray(end + 2);
    return this.#isAccepted;
  }

  #takeMessages(): void {
    for (;;) {
      const decoded = decodeMessage(this.#received);
      if (decoded === null) return;
      this.#received = this.#received.subarray(decoded.size);
      const { replyTo, error, body } = decoded.message;
      const waiting = this.#waiting.get(replyTo);
      this.#waiting.delete(replyTo);
      if (error === null) waiting?.resolve(body);
      else waiting?.reject(new BusError('reply', error));
    }
  }

  #end(error: BusError): void {
    if (this.#ended !== null) return;
    this.#ended = error;
    this.#unlisten();
    this.#socket.destroy();
    this.#refuse(error);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function socketError(error: NodeJS.ErrnoException): BusError {
  const denied = error.code === 'EACCES' || error.code === 'EPERM';
  return new BusError(
    denied ? 'denied' : 'no-bus',
    `the session bus cannot be reached (${error.code ?? 'unknown'})`,
  );
}
