import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { postgresAvailable, type TestPostgres } from '../test/helpers/postgres.ts';
import { addKey, CSV_MAP, grantsCsv, type Home, madeUpKey } from './homes.ts';
import { measure, median, observe, program, type Setup } from './measure.ts';
import { atLeast, atMost, factLine, type Line, numberLine, ratioLine } from './report.ts';
import { startDurablePostgres, startTeam, type Team } from './team.ts';
import {
  createLoad,
  keyOf,
  type Load,
  p99AtRate,
  perSecond,
  planOf,
  read,
  reserve,
  reveal,
  settle,
} from './team-load.ts';

const CLIENTS = 32;
const SECONDS = 10;
const WARM_SECONDS = 15;
const KEYS = 10;
const LIMITED = 'office-proplus-2019';
const ALLOWED = 500;
const WANTED = 640;
const WARM_UP = 20_000;
const REQUESTS = 100_000;

/** What the team service costs, through two processes on a PostgreSQL that waits for the disk. */
export async function serviceGroup(setup: Setup): Promise<Line[]> {
  if (!postgresAvailable()) throw new Error('This group needs a PostgreSQL on this machine.');
  const postgres = await startDurablePostgres();
  try {
    return [...(await loadLines(postgres, setup)), ...(await cacheLines(postgres, setup))];
  } finally {
    await postgres.stop();
  }
}

async function loadLines(postgres: TestPostgres, setup: Setup): Promise<Line[]> {
  const team = await startTeam('load', 2, postgres, setup);
  const load = createLoad(team, CLIENTS);
  try {
    for (let number = 1; number <= KEYS; number += 1)
      addKey(team.client, 'team', `Made-up Server ${number}`, number);
    const limited = ['import', 'key', LIMITED, '-p', 'team', '--type', 'mak', '--allowed', String(ALLOWED)];
    team.client.run([...limited, '--yes'], madeUpKey(KEYS + 1));
    const rows: Listed[] = JSON.parse(team.client.run(['list', '-p', 'team', '-o', 'json']));
    const products = rows.map(({ productId }) => productId).filter((id) => id !== LIMITED);
    const plans = new Map<string, string>();
    for (const id of products) plans.set(id, await planOf(load, id));

    const pair = async (client: number, productId: string, machine: string): Promise<void> => {
      const id = await reserve(load, client, productId, plans.get(productId) ?? '', machine);
      if (id === undefined) throw new Error('a key without end has come to its end');
      await settle(load, client, id);
    };
    const spread = (name: string, keys: number) => (client: number, round: number) =>
      pair(client, products[Math.floor(client / 2) % keys] ?? '', `${name}-${client}-${round}`);
    // A service that has just begun is not yet compiled, and its database not yet used to its statements.
    await perSecond(CLIENTS, WARM_SECONDS, spread('warm', KEYS));
    const one = await rateOf(team, spread('one', 1));
    const ten = await rateOf(team, spread('ten', KEYS));
    const over = await overAllocated(load);
    const peak = await perSecond(CLIENTS, SECONDS, await revealing(load, products));
    const p99 = await p99AtRate(peak / 2, SECONDS, CLIENTS, await revealing(load, products));
    const growth = await memoryGrowth(team, load, products[0] ?? '');
    const verified = JSON.parse(
      team.client.run(['activations', 'verify', '-p', 'team', '-o', 'json']),
    ) as Verified;
    return [
      pairsLine('on one key', one, 150),
      pairsLine(`over ${KEYS} keys`, ten, 400),
      numberLine(`given beyond ${ALLOWED} allowed, of ${WANTED} wanted`, over, atMost(0)),
      numberLine('what `activations verify` finds wrong afterwards', verified.findings.length, atMost(0)),
      factLine('reveals, a second, at most', peak),
      numberLine('a reveal at half of that: 99 of 100 within', p99, atMost(50, 'ms')),
      numberLine(
        `memory of a service after ${REQUESTS.toLocaleString('en')} requests more, times`,
        growth.times,
        atMost(1.1, '×'),
        growth.memory,
      ),
    ];
  } finally {
    await load.close();
    await team.stop();
  }
}

interface Rate {
  readonly byClock: number;
  /** What the cores would do if nobody else used them; null where the system does not tell. */
  readonly byProcessor: number | null;
}

async function rateOf(team: Team, work: (client: number, round: number) => Promise<void>): Promise<Rate> {
  const before = team.processorSeconds();
  let count = 0;
  const byClock = await perSecond(CLIENTS, SECONDS, async (client, round) => {
    await work(client, round);
    count += 1;
  });
  const after = team.processorSeconds();
  const used = before === null || after === null ? null : after - before;
  return { byClock, byProcessor: used === null ? null : (availableParallelism() * count) / used };
}

function pairsLine(where: string, { byClock, byProcessor }: Rate, least: number): Line {
  const line = numberLine(`reserve and settle ${where}, pairs a second`, byClock, atLeast(least));
  return { ...line, byCpu: byProcessor === null ? '' : String(Math.round(byProcessor)) };
}

interface Listed {
  readonly productId: string;
}

interface Verified {
  readonly findings: readonly unknown[];
}

/** All clients want more than there is; how many more they were given, or the key counts, than is allowed. */
async function overAllocated(load: Load): Promise<number> {
  const plan = await planOf(load, LIMITED);
  let wanted = 0;
  let given = 0;
  await Promise.all(
    Array.from({ length: CLIENTS }, async (_, client) => {
      while (wanted < WANTED) {
        wanted += 1;
        const id = await reserve(load, client, LIMITED, plan, `limited-${wanted}`);
        if (id === undefined) continue;
        given += 1;
        await settle(load, client, id);
      }
    }),
  );
  const { used } = await keyOf(load, LIMITED);
  if (given < ALLOWED || used !== given) throw new Error(`${given} given, ${used} counted`);
  return given - ALLOWED;
}

async function revealing(
  load: Load,
  products: readonly string[],
): Promise<(client: number) => Promise<void>> {
  const ids: string[] = [];
  for (const product of products) ids.push((await keyOf(load, product)).id);
  return (client) => reveal(load, client, ids[client % KEYS] ?? '');
}

/** Reads of several kinds, a refused one among them, and a reveal now and then. */
async function memoryGrowth({ services }: Team, load: Load, product: string) {
  const { id } = await keyOf(load, product);
  let left = 0;
  const some = async (requests: number): Promise<void> => {
    left = requests;
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (; left > 0; left -= 1) await one(client, left);
      }),
    );
  };
  const one = async (client: number, number: number): Promise<void> => {
    if (number % 20 === 0) return reveal(load, client, id);
    if (number % 20 === 10) return void (await load.ask(client, 'GET', '/keys/none'));
    await read(load, client, number % 2 === 0 ? '/session' : `/keys/${id}`);
  };
  const memory = (): number => Math.max(...services.map((service) => service.memory() ?? Number.NaN));
  await some(WARM_UP);
  const before = memory();
  await some(REQUESTS);
  const after = memory();
  return { times: after / before, memory: after };
}

/** What clients pay who have a copy, and who have none. */
async function cacheLines(postgres: TestPostgres, setup: Setup): Promise<Line[]> {
  const small = await startTeam('small', 1, postgres, setup);
  const lines: Line[] = [];
  try {
    importGrants(small.client, 38);
    const list = program('list', '-p', 'team');
    small.client.run(['list', '-p', 'team']);
    const before = await answersOf(small);
    // Fresh for a minute, so it is made fresh again for each of a few rounds.
    const { fresh } = await measure({ fresh: list }, small.client.env, {
      ...setup,
      rounds: Math.min(setup.rounds, 15),
    });
    const asked = (await answersOf(small)).total - before.total;
    lines.push(ratioLine(`\`list\` of a remote profile, fresh copy (${asked} requests)`, fresh, 1.6));
    const revalidated = await revalidation(small);
    lines.push(
      numberLine('requests of a `list` whose copy is old but true', revalidated.total, atMost(1)),
      numberLine('of these answered with 304', revalidated.notModified, atLeast(1)),
    );
  } finally {
    await small.stop();
  }
  const large = await startTeam('large', 1, postgres, setup);
  try {
    importGrants(large.client, 10_000);
    const cold: number[] = [];
    let memory: number | null = null;
    for (let round = 0; round < 5; round += 1) {
      large.client.run(['cache', 'clear', '-p', 'team']);
      const { exit, peakMiB } = await observe(program('list', '-p', 'team', '-o', 'json'), large.client.env);
      cold.push(exit);
      memory = peakMiB;
    }
    lines.push(
      numberLine('`list` of 10,000 entitlements, no copy', median(cold) / 1_000, atMost(1.5, 's'), memory),
    );
  } finally {
    await large.stop();
  }
  return lines;
}

function importGrants(client: Home, count: number): void {
  const file = join(client.folder, 'grants.csv');
  writeFileSync(file, grantsCsv(count));
  client.run(['import', file, '-p', 'team', '--format', 'csv', '--map', CSV_MAP]);
}

interface Answers {
  readonly total: number;
  readonly notModified: number;
}

/** What the service was asked and how it answered, by its own metrics. */
async function answersOf({ services, token }: Team): Promise<Answers> {
  const headers = { authorization: `Bearer ${token}` };
  const text = await (await fetch(`${services[0]?.origin}/metrics`, { headers })).text();
  const counts = [...text.matchAll(/^mpn_benefits_requests_total\{.*status="(\d+)"\} (\d+)$/gm)];
  const sum = (status?: string): number =>
    counts
      .filter((each) => status === undefined || each[1] === status)
      .reduce((n, each) => n + Number(each[2]), 0);
  return { total: sum(), notModified: sum('304') };
}

/** What a `list` asks for when its copy is older than it may be without asking. */
async function revalidation(team: Team): Promise<Answers> {
  const cache = new DatabaseSync(join(team.client.folder, 'profiles', 'team', 'cache.db'));
  cache.exec('UPDATE entry SET fetched_at = fetched_at - 3600000');
  cache.close();
  const before = await answersOf(team);
  team.client.run(['list', '-p', 'team']);
  const after = await answersOf(team);
  return {
    total: after.total - before.total,
    notModified: after.notModified - before.notModified,
  };
}
