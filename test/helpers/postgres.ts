import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** A real PostgreSQL of one's own, over a temporary folder. Several can run side by side. */
export interface TestPostgres {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Runs a statement as the server's administrator; answers with one value for each row, tab-separated. */
  query(url: string, statement: string): Promise<string[]>;
  /** Ends every connection to a database, as a failing network or an administrator does. */
  killConnections(url: string): Promise<void>;
  stop(): Promise<void>;
  /** Stops the server at once and starts it again on the same port. */
  restart(): Promise<void>;
}

const run = promisify(execFile);
const ROOT = '/usr/lib/postgresql';
const isRoot = process.getuid?.() === 0;

function binaries(): string | undefined {
  if (!existsSync(ROOT)) return undefined;
  const [newest] = readdirSync(ROOT)
    .map(Number)
    .filter((version) => existsSync(join(ROOT, String(version), 'bin', 'initdb')))
    .sort((a, b) => b - a);
  return newest === undefined ? undefined : join(ROOT, String(newest), 'bin');
}

/** Whether this machine has what `startPostgres` starts; use with `requires('postgresql', …)`. */
export function postgresAvailable(): boolean {
  if (binaries() === undefined) return false;
  if (!isRoot) return true;
  try {
    execFileSync('id', ['postgres'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The server refuses to run as root, so as root it is started as its own user. */
function asServer(command: string, args: readonly string[]): { file: string; args: string[] } {
  return isRoot
    ? { file: 'runuser', args: ['-u', 'postgres', '--', command, ...args] }
    : { file: command, args: [...args] };
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

/**
 * Starts a server. What is confirmed need not survive a power cut in a test, so it does not wait for the disk; a
 * benchmark asks for `durable`.
 */
export async function startPostgres(options: { readonly durable?: boolean } = {}): Promise<TestPostgres> {
  const bin = binaries();
  if (bin === undefined) throw new Error('PostgreSQL is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'mpn-postgres-'));
  const owner = isRoot ? execFileSync('id', ['-u', 'postgres'], { encoding: 'utf8' }).trim() : undefined;
  if (owner !== undefined) chownSync(folder, Number(owner), 0);
  const data = join(folder, 'data');
  const call = async (command: string, ...args: string[]): Promise<string> => {
    const { file, args: all } = asServer(join(bin, command), args);
    return (
      await run(file, all, { cwd: folder, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C.UTF-8' } })
    ).stdout;
  };
  await call(
    'initdb',
    '-D',
    data,
    '-U',
    'mpn',
    '--auth=trust',
    '--no-sync',
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
  );
  const port = await freePort();
  const settings = options.durable ? '' : ' -c fsync=off -c full_page_writes=off';
  const start = () =>
    call(
      'pg_ctl',
      '-D',
      data,
      '-w',
      '-l',
      join(folder, 'log'),
      '-o',
      `-h 127.0.0.1 -p ${port} -k ${folder}${settings}`,
      'start',
    );
  const halt = () => call('pg_ctl', '-D', data, '-w', '-m', 'immediate', 'stop');
  await start();
  let databases = 0;
  const atExit = () => {
    try {
      const { file, args } = asServer(join(bin, 'pg_ctl'), ['-D', data, '-m', 'immediate', 'stop']);
      execFileSync(file, args, { stdio: 'ignore', cwd: '/' });
    } catch {
      // It is down already.
    }
  };
  process.once('exit', atExit);
  const psql = (url: string, statement: string) =>
    call('psql', '-X', '-A', '-t', '-F', '\t', '-d', url, '-c', statement);
  const base = `postgres://mpn@127.0.0.1:${port}`;
  return {
    async newDatabase() {
      databases += 1;
      const name = `test${databases}`;
      await psql(`${base}/postgres`, `CREATE DATABASE ${name}`);
      return `${base}/${name}`;
    },
    async query(url, statement) {
      return (await psql(url, statement)).split('\n').filter((line) => line !== '');
    },
    async killConnections(url) {
      await psql(
        `${base}/postgres`,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${new URL(url).pathname.slice(1)}'`,
      );
    },
    async restart() {
      await halt();
      await start();
    },
    async stop() {
      process.off('exit', atExit);
      await halt().catch(() => {});
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
