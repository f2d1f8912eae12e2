import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMPILED } from '../helpers/cli.ts';
import { postgresAvailable, startPostgres, type TestPostgres } from '../helpers/postgres.ts';
import { requires } from '../helpers/requires.ts';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';

/** Forty clients want more than there is, from two services of one database, of which one is killed on the way. */
const CLIENTS = 40;
const MACHINES = 6;
const ALLOWED = 200;
const PRODUCT = 'office-proplus-2019';

const CLIENT = fileURLToPath(new URL('./child-team.ts', import.meta.url));

interface Told {
  readonly given: readonly { readonly machine: string; readonly activationId: string }[];
  readonly refused: number;
}

/** Forty processes that each read a hundred files of TypeScript would be most of this test. */
async function inOneFile(input: string, folder: string): Promise<string> {
  const file = join(folder, 'client.mjs');
  const bundle = await rolldown({ input, platform: 'node' });
  await bundle.write({ file, codeSplitting: false });
  await bundle.close();
  return file;
}

describe.skipIf(!requires('postgresql', postgresAvailable()))('a team under load', () => {
  let postgres: TestPostgres;
  let home: string;
  let child: string;
  let env: Record<string, string>;
  const services: TestService[] = [];

  beforeAll(async () => {
    postgres = await startPostgres();
    home = mkdtempSync(join(tmpdir(), 'mpn-team-'));
    child = await inOneFile(CLIENT, home);
    env = { MPN_BENEFITS_DATABASE_URL: await postgres.newDatabase() };
    const first = await startService({ home, env, args: ['--rate', '100000'] });
    services.push(first, await startService({ home, env, token: first.token, args: ['--rate', '100000'] }));
    writeFileSync(
      join(home, 'keys.csv'),
      `Product,Key,Type,Allowed\nOffice Professional Plus 2019,BCDFG-HJKMP-QRTVW-XY234-6789B,mak,${ALLOWED}\n`,
    );
    const imported = await runProgram(home, ['import', 'keys.csv'], { env: clientEnvironment(first) });
    expect([imported.code, imported.stderr]).toEqual([0, imported.stderr]);
  }, 120_000);

  afterAll(async () => {
    for (const service of services) await service.stop('SIGKILL');
    await postgres.stop();
    rmSync(home, { recursive: true, force: true });
  });

  function client(number: number): Promise<Told> {
    const { origin, token } = services[number % 2] as TestService;
    return new Promise((resolve, reject) => {
      const started = spawn(
        process.execPath,
        [child, origin, token, `c${number}`, String(MACHINES), PRODUCT],
        {
          env: { ...process.env, ...COMPILED },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      let out = '';
      let err = '';
      started.stdout.on('data', (chunk) => {
        out += chunk;
      });
      started.stderr.on('data', (chunk) => {
        err += chunk;
      });
      started.once('close', (code) =>
        code === 0
          ? resolve(JSON.parse(out))
          : reject(new Error(`client ${number} ended with ${code}: ${err}`)),
      );
    });
  }

  it('gives out exactly what is allowed, loses nothing that was confirmed, and keeps a sound ledger', async () => {
    const [first, second] = services as [TestService, TestService];
    const all = Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
    // Killed in the middle of the work, and back on the same address a moment later.
    const enough = () =>
      second.log.filter((line) => line.includes('"reserveActivation","status":201')).length >= 40;
    for (let round = 0; round < 600 && !enough(); round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await second.stop('SIGKILL');
    const listen = new URL(second.origin).host;
    services[1] = await startService({ home, env, token: first.token, listen, args: ['--rate', '100000'] });
    const told = await all;

    const given = told.flatMap((each) => each.given);
    expect(given).toHaveLength(ALLOWED);
    expect(told.reduce((sum, each) => sum + each.refused, 0)).toBe(CLIENTS * MACHINES - ALLOWED);
    expect(new Set(given.map(({ activationId }) => activationId)).size).toBe(ALLOWED);
    expect(new Set(given.map(({ machine }) => machine)).size).toBe(ALLOWED);
    // The killed one was at work, and the one that came in its place went on with it.
    for (const log of [second.log, services[1].log]) {
      expect(log.some((line) => line.includes('"reserveActivation","status":201'))).toBe(true);
    }

    const admin = { env: clientEnvironment(first) };
    const keys = (await runProgram(home, ['key', PRODUCT, '--list', '-o', 'json'], admin)).json();
    expect(keys).toMatchObject([{ used: ALLOWED, pending: 0, remaining: 0 }]);
    const stored = (await runProgram(home, ['activations', 'list', '-o', 'json'], admin)).json() as {
      activationId: string;
      status: string;
      delta: number;
    }[];
    expect(stored.filter(({ delta }) => delta === 1)).toHaveLength(ALLOWED);
    const known = new Map(stored.map(({ activationId, status }) => [activationId, status]));
    for (const { activationId } of given) expect(known.get(activationId)).toBe('succeeded');
    const verified = await runProgram(home, ['activations', 'verify', '-o', 'json'], admin);
    expect([verified.code, verified.json()]).toEqual([
      0,
      expect.objectContaining({ ok: true, findings: [] }),
    ]);
  }, 300_000);

  it('ends when it is asked to, having answered what it accepted', async () => {
    const [first] = services as [TestService, TestService];
    const work = client(1_000);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await services[1]?.stop('SIGTERM')).toBe(0);
    expect(services[1]?.log.at(-1)).toContain('"message":"ended"');
    expect((await work).refused).toBe(MACHINES);
    expect(first.child.exitCode).toBeNull();
  }, 120_000);
});
