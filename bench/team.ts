/** A team's service as it runs in earnest: a PostgreSQL that waits for the disk, and processes of the built program. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres, type TestPostgres } from '../test/helpers/postgres.ts';
import { type Home, newHome } from './homes.ts';
import { PROGRAM, type Setup } from './measure.ts';

export interface Service {
  readonly origin: string;
  readonly pid: number;
  /** Resident memory now, in MiB; null where the system does not tell. */
  readonly memory: () => number | null;
  readonly stop: () => Promise<void>;
}

export interface Team {
  readonly services: readonly Service[];
  readonly token: string;
  /** A machine of the team, with the profile `team` of the first service. */
  readonly client: Home;
  /** Processor time so far, in seconds: of the services, of PostgreSQL, and of whoever asks them. */
  readonly processorSeconds: () => number | null;
  readonly stop: () => Promise<void>;
}

const VAULT_KEY = Buffer.alloc(32, 9).toString('base64');

/** So many processes over one new database. */
export async function startTeam(
  name: string,
  count: number,
  postgres: TestPostgres,
  setup: Setup,
): Promise<Team> {
  const database = await postgres.newDatabase();
  const home = newHome(`${name}-service`, setup, {
    MPN_BENEFITS_VAULT_KEY: VAULT_KEY,
    MPN_BENEFITS_DATABASE_URL: database,
  });
  const { token }: { token: string } = JSON.parse(home.run(['serve', 'init', '-o', 'json']));
  const services: Service[] = [];
  for (let number = 1; number <= count; number += 1)
    services.push(await startService(home, join(setup.folder, `${name}-${number}.log`)));
  const origin = services[0]?.origin ?? '';
  const client = newHome(`${name}-client`, setup, {
    MPN_BENEFITS_SERVICE_URL: origin,
    MPN_BENEFITS_TOKEN: token,
  });
  client.run(['profile', 'add', 'team', '--url', origin]);
  const stop = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  const server = (await postgres.query(database, 'SHOW data_directory'))[0] ?? '';
  const processorSeconds = (): number | null => {
    const ours = services.map(({ pid }) => pid);
    return secondsOf((pid, parent) => ours.includes(pid) || pid === process.pid || parent === mainOf(server));
  };
  return { services, token, client, processorSeconds, stop };
}

/** The process that all processes of a server come from. */
function mainOf(server: string): number {
  return Number(readFileSync(join(server, 'postmaster.pid'), 'utf8').split('\n')[0]);
}

/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

function secondsOf(counts: (pid: number, parent: number) => boolean): number | null {
  try {
    let ticks = 0;
    for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
      // Behind the name, which stands in brackets and may hold anything.
      const fields = statOf(name)
        ?.replace(/^.*\) /s, '')
        .split(' ');
      if (fields !== undefined && counts(Number(name), Number(fields[1])))
        ticks += Number(fields[11]) + Number(fields[12]);
    }
    return ticks / TICKS;
  } catch {
    return null;
  }
}

/** Undefined for a process that has ended meanwhile. */
function statOf(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
}

export const startDurablePostgres = (): Promise<TestPostgres> => startPostgres({ durable: true });

/** It logs to a file: whoever read its log meanwhile would measure that as well. */
async function startService(home: Home, file: string): Promise<Service> {
  const log = openSync(file, 'w');
  const args = [PROGRAM, 'serve', '--listen', '127.0.0.1:0', '--rate', '1000000'];
  const child = spawn(process.execPath, args, { env: home.env, stdio: ['ignore', 'ignore', log] });
  closeSync(log);
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  return {
    origin: await originOf(child, file),
    pid: child.pid ?? 0,
    memory: () => residentMiB(child),
    stop: async () => {
      process.off('exit', end);
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function originOf(child: ChildProcess, file: string): Promise<string> {
  for (let round = 0; round < 200 && child.exitCode === null; round += 1) {
    const listening = readFileSync(file, 'utf8')
      .split('\n')
      .find((line) => line.includes('"message":"listening"'));
    if (listening !== undefined) return JSON.parse(listening).url;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The service did not start: ${readFileSync(file, 'utf8')}`);
}

function residentMiB({ pid }: ChildProcess): number | null {
  try {
    const kibibytes = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return kibibytes === undefined ? null : Number(kibibytes) / 1024;
  } catch {
    return null;
  }
}
