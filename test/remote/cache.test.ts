import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cleanEnvironment, PROGRAM, type Run } from '../helpers/cli.ts';
import { type FaultyProxy, NONE, startProxy } from '../helpers/proxy.ts';
import { startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { answer, failure, type Json, ok, type Runner } from '../process/support.ts';

let folder: string;
let service: TestService;
let proxy: FaultyProxy;
let home: string;
let count = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-cache-'));
  service = await startService();
  proxy = await startProxy({ target: service.origin });
});
afterAll(async () => {
  await proxy.close();
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  count += 1;
  home = join(folder, `home-${count}`);
  mkdirSync(home);
  await ok(run, ['profile', 'add', 'team', '--url', proxy.origin]);
  proxy.plan(() => NONE);
});
afterEach(() => proxy.plan(() => NONE));

const environment = () => ({
  MPN_BENEFITS_PROFILE: 'team',
  MPN_BENEFITS_SERVICE_URL: proxy.origin,
  MPN_BENEFITS_TOKEN: service.token,
  MPN_BENEFITS_VAULT_KEY: undefined,
});
const run: Runner = (args, options = {}): Promise<Run> =>
  runProgram(home, args, { ...options, env: { ...environment(), ...options.env } });

const cacheFile = (): string => join(home, 'profiles', 'team', 'cache.db');
const unplugged = (): void => proxy.plan(() => ({ kind: 'cut', at: 'request' }));

/** Makes what is kept look older. */
function age(milliseconds: number): void {
  const database = new DatabaseSync(cacheFile());
  database.exec(`UPDATE entry SET fetched_at = fetched_at - ${milliseconds}`);
  database.close();
}

describe('what is kept', () => {
  it('answers while it is fresh, without asking', async () => {
    const first = await ok(run, ['list', '-o', 'json']);
    expect(proxy.seen.map(({ path }) => path)).toEqual(['/v1/entitlements?size=10000']);
    const second = await ok(run, ['list', '-o', 'json']);
    expect(second.stdout).toBe(first.stdout);
    expect(proxy.seen).toHaveLength(1);
  });

  it('is asked about with its ETag afterwards, and not fetched again', async () => {
    const first = await ok(run, ['list', '-o', 'json']);
    age(120_000);
    expect((await ok(run, ['list', '-o', 'json'])).stdout).toBe(first.stdout);
    // What a service logs arrives some time after what it answers.
    await expect.poll(() => JSON.parse(service.log.at(-1) ?? '{}').status).toBe(304);
    expect((await ok(run, ['list', '-o', 'json'])).stdout).toBe(first.stdout);
    expect(proxy.seen).toHaveLength(2);
  });

  it('is fetched again by another version of the program, which may know more of it', async () => {
    const first = await ok(run, ['list', '-o', 'json']);
    const database = new DatabaseSync(cacheFile());
    database.exec("UPDATE entry SET version = '0.0.1'");
    database.close();
    expect(await failure(run, ['list', '--offline'], 6)).toMatchObject({ code: 'UNAVAILABLE' });
    expect((await ok(run, ['list', '-o', 'json'])).stdout).toBe(first.stdout);
    await expect.poll(() => JSON.parse(service.log.at(-1) ?? '{}').status).toBe(200);
    expect(proxy.seen).toHaveLength(2);
  });

  it('is not taken for fresh after something was changed here', async () => {
    const used = async (): Promise<unknown> =>
      (await answer<Json[]>(run, ['list', 'windows professional', '--query', '[].activations.used']))[0];
    const before = Number(await used());
    await ok(run, ['activate', 'windows-pro', '--machine', `pc-${count}`, '--via', 'manual', '--yes']);
    expect(await used()).toBe(before + 1);
  });

  it('answers show too: facts, keys by their last five, recent activations', async () => {
    const first = await ok(run, ['show', 'ws-standard-2019', '-o', 'json']);
    const asked = proxy.seen.length;
    expect((await ok(run, ['show', 'ws-standard-2019', '-o', 'json'])).stdout).toBe(first.stdout);
    expect(proxy.seen).toHaveLength(asked);
  });

  it.each(['windows server 2019 std', 'Windows Server 2019 Standard', 'ws-standard-2019'])(
    'answers show by any name, without the service: %s',
    async (name) => {
      await ok(run, ['list']);
      const first = await ok(run, ['show', 'ws-standard-2019', '-o', 'json']);
      unplugged();
      expect((await ok(run, ['show', name, '-o', 'json'])).stdout).toBe(first.stdout);
      expect(proxy.seen).toHaveLength(0);
    },
  );

  it('leaves what the service refuses with an id that its log has', async () => {
    const { stderr } = await run(['show', 'nothing of the kind']);
    const [, id] = /^error: .*\nhint: .*\ncorrelation id: (\S+)\n$/.exec(stderr) ?? [];
    await expect.poll(() => service.log.join('\n')).toContain(`"correlationId":"${id}"`);
  });

  it('asks the service for what is not among it, or could be several', async () => {
    await ok(run, ['list']);
    for (const [name, code] of [
      ['nothing of the kind', 'NOT_FOUND'],
      ['windows server', 'AMBIGUOUS'],
    ] as const) {
      const asked = proxy.seen.length;
      expect((await failure(run, ['show', name], 3)).code).toBe(code);
      expect(proxy.seen.slice(asked).map(({ path }) => path.split('?')[0])).toEqual(['/v1/product-match']);
    }
  });

  it('is not searched once it is old', async () => {
    await ok(run, ['list']);
    await ok(run, ['show', 'ws-standard-2019']);
    age(120_000);
    unplugged();
    expect((await failure(run, ['show', 'windows server 2019 std'], 6)).code).toBe('UNAVAILABLE');
  });

  it('never holds a product key', async () => {
    const { stdout } = await ok(run, ['key', 'ws-standard-2019', '--yes']);
    await ok(run, ['cache', 'refresh']);
    const [first = '', second = ''] = stdout.trim().split('-');
    for (const file of readdirSync(join(home, 'profiles', 'team'))) {
      const bytes = readFileSync(join(home, 'profiles', 'team', file)).toString('latin1');
      expect(bytes).not.toContain(`${first}-${second}`);
    }
  });

  it('is on a path that loads neither client nor contract', async () => {
    await ok(run, ['list']);
    const hook = join(home, 'hook.cjs');
    writeFileSync(
      hook,
      `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(join(home, 'loaded.json'))}, JSON.stringify(Object.keys(require.cache))));\n`,
    );
    // Node itself is to load the files, since it is asked which.
    await ok(run, ['list'], { env: { NODE_OPTIONS: `--require ${hook}`, NODE_DISABLE_COMPILE_CACHE: '1' } });
    const loaded: string[] = JSON.parse(readFileSync(join(home, 'loaded.json'), 'utf8'));
    const chunks = loaded.filter((file) => file.includes('/dist/'));
    expect(chunks.length).toBeGreaterThan(2);
    for (const file of chunks) {
      const code = readFileSync(file, 'utf8');
      expect(code, file).not.toMatch(/UND_ERR|MS-RequestId|safeParse/);
    }
  });
});

describe('--offline', () => {
  it('answers from what was fetched, and says how old that is', async () => {
    const first = await ok(run, ['list', '-o', 'json']);
    age(3 * 3_600_000);
    unplugged();
    const offline = await ok(run, ['list', '--offline', '-o', 'json']);
    expect(offline.stdout).toBe(first.stdout);
    expect(offline.stderr).toContain('Fetched 3 hours ago; the service was not asked.');
    expect(proxy.seen).toHaveLength(0);
  });

  it('shows every product after a refresh, found by any of its names', async () => {
    const [online, cal] = [
      await ok(run, ['show', 'ws-standard-2019', '-o', 'json']),
      await ok(run, ['show', 'windows server 2019 cals', '-o', 'json']),
    ];
    await ok(run, ['cache', 'refresh']);
    unplugged();
    expect((await ok(run, ['show', 'windows server 2019 std', '--offline', '-o', 'json'])).stdout).toBe(
      online.stdout,
    );
    expect((await ok(run, ['show', 'windows server 2019 cals', '--offline', '-o', 'json'])).stdout).toBe(
      cal.stdout,
    );
    expect((await failure(run, ['show', 'nothing of the kind', '--offline'], 3)).code).toBe('NOT_FOUND');
  });

  it('shows what was activated under a name that was joined to the product since', async () => {
    const [own, product] = ['Contoso Blender', 'visio-pro-2019'];
    const key = ['import', 'key', own, '--type', 'mak', '--allowed', '5', '--yes'];
    await ok(run, key, { stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789F' });
    await ok(run, ['activate', own, '--machine', 'pc-joined', '--via', 'manual', '--yes']);
    await ok(run, ['product', 'alias', own, product, '--yes']);
    await ok(run, ['cache', 'refresh']);
    unplugged();
    expect(await answer(run, ['show', product, '--offline'])).toMatchObject({
      recentActivations: expect.arrayContaining([expect.objectContaining({ machine: 'pc-joined' })]),
    });
  });

  it('says the age of what it shows, once', async () => {
    await ok(run, ['cache', 'refresh']);
    age(2 * 3_600_000);
    await ok(run, ['show', 'ws-standard-2019']);
    age(3_600_000);
    unplugged();
    const told = async (args: readonly string[]) =>
      (await run([...args, '--offline'])).stderr.match(/Fetched .*/g);
    expect(await told(['show', 'ws-standard-2019'])).toEqual([
      'Fetched 1 hour ago; the service was not asked.',
    ]);
    expect(await told(['show', 'nothing of the kind'])).toEqual([
      'Fetched 3 hours ago; the service was not asked.',
    ]);
  });

  it.each([['list'], ['show', 'ws-standard-2019'], ['usage']])(
    'says that nothing is kept of a service that only the environment names: %s %s',
    async (...args) => {
      unplugged();
      const nameless: Runner = (words, options) =>
        run(words, { ...options, env: { MPN_BENEFITS_PROFILE: undefined } });
      const error = await failure(nameless, [...args, '--offline'], 6);
      expect(error).toMatchObject({
        code: 'UNAVAILABLE',
        message: `Nothing of ${proxy.origin} is kept, and --offline was given.`,
      });
      expect(error.hint).not.toContain('cache refresh');
      expect((await failure(nameless, args, 6)).hint).not.toContain('--offline');
      expect(proxy.seen.length).toBeGreaterThan(0);
    },
  );

  it('knows nothing before anything was fetched', async () => {
    unplugged();
    const error = await failure(run, ['list', '--offline'], 6);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', hint: expect.stringContaining('cache refresh') });
  });

  it.each([
    ['key', 'ws-standard-2019'],
    ['run', '--env', 'K=ws-standard-2019', '--', 'true'],
    ['activate', 'ws-standard-2019', '--machine', 'x', '--via', 'manual', '--yes'],
    ['usage'],
    ['machines', 'list'],
    ['activations', 'list'],
    ['cache', 'refresh'],
  ])('%s is refused: it would have to ask', async (...args) => {
    await ok(run, ['cache', 'refresh']);
    unplugged();
    const [command = '', ...rest] = args;
    expect((await run([command, '--offline', ...rest])).code).toBe(6);
    expect(proxy.seen).toHaveLength(0);
  });
});

describe('a service that is away', () => {
  it('is an error, even if something old is kept', async () => {
    await ok(run, ['list']);
    age(3_600_000);
    unplugged();
    const error = await failure(run, ['list'], 6);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', hint: expect.stringContaining('--offline') });
    expect(error.details['correlationId']).toMatch(/^[0-9a-f-]{36}$/);
    expect((await run(['list'])).stderr).toMatch(/^error: .*\nhint: .*\ncorrelation id: [0-9a-f-]{36}\n$/);
  });
});

describe('a cache that cannot be written', () => {
  it('is no failure of what was asked, and one of a refresh', async () => {
    const listed = await ok(run, ['list', '-o', 'json']);
    rmSync(join(home, 'profiles', 'team'), { recursive: true, force: true });
    symlinkSync(join(home, 'nowhere'), join(home, 'profiles', 'team'));
    const again = await ok(run, ['list', '-o', 'json']);
    expect(again.stdout).toBe(listed.stdout);
    expect(again.stderr).toMatch(/warning: The cache could not be written: .*symbolic link/);
    await failure(run, ['cache', 'refresh'], 6);
  });
});

describe('a damaged cache', () => {
  it.each([
    ['bytes of something else', (): void => writeFileSync(cacheFile(), 'not a database at all')],
    ['half a page', (): void => writeFileSync(cacheFile(), readFileSync(cacheFile()).subarray(0, 1_000))],
    [
      'a spoilt page',
      (): void => {
        const bytes = readFileSync(cacheFile());
        bytes.fill(0xff, 4_096, 8_192);
        writeFileSync(cacheFile(), bytes);
      },
    ],
    ['a missing part', (): void => edit("DELETE FROM part WHERE name = 'entitlements'")],
    ['text that is not JSON', (): void => edit("UPDATE part SET text = '[{'")],
  ])('%s: is set aside and fetched again', async (_, spoil) => {
    const first = await ok(run, ['list', '-o', 'json']);
    for (const side of ['-wal', '-shm']) rmSync(cacheFile() + side, { force: true });
    spoil();
    const again = await ok(run, ['list', '-o', 'json']);
    expect(again.stdout).toBe(first.stdout);
    expect(again.stderr).toContain('set aside');
    expect(existsSync(`${cacheFile()}.corrupt`)).toBe(true);
    const third = await ok(run, ['list', '-o', 'json']);
    expect(third).toMatchObject({ stdout: first.stdout, stderr: '' });
  });

  function edit(statement: string): void {
    const database = new DatabaseSync(cacheFile());
    database.exec(statement);
    database.close();
  }
});

describe('several processes', () => {
  it('at once give the same and leave a sound cache', async () => {
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        ok(run, index % 2 === 0 ? ['list', '-o', 'json'] : ['cache', 'refresh', '-q']),
      ),
    );
    const lists = runs.filter((_, index) => index % 2 === 0).map(({ stdout }) => stdout);
    expect(new Set(lists).size).toBe(1);
    for (const { stderr } of runs) expect(stderr).not.toContain('set aside');
  });

  it('may be killed at any moment', async () => {
    const { stdout } = await ok(run, ['list', '-o', 'json']);
    for (let round = 0; round < 12; round += 1) {
      const child = spawn(process.execPath, [PROGRAM, 'cache', 'refresh'], {
        env: cleanEnvironment(home, environment()),
        stdio: 'ignore',
      });
      setTimeout(() => child.kill('SIGKILL'), 150 + round * 30);
      await once(child, 'exit');
      const after = await ok(run, ['list', '--offline', '-o', 'json']);
      expect(after.stdout).toBe(stdout);
      expect(after.stderr).not.toContain('set aside');
    }
  });
});

describe('cache status and clear', () => {
  it('say what there is, and remove it', async () => {
    expect(await answer(run, ['cache', 'status'])).toMatchObject({ entries: 0, fetchedAt: null });
    await ok(run, ['list']);
    expect(await answer(run, ['cache', 'status'])).toMatchObject({ entries: 1, service: proxy.origin });
    writeFileSync(`${cacheFile()}.corrupt`, 'set aside earlier');
    expect(await answer(run, ['cache', 'clear'])).toMatchObject({ cleared: true });
    for (const end of ['', '.corrupt']) expect(existsSync(cacheFile() + end)).toBe(false);
    expect(await answer(run, ['cache', 'status'])).toMatchObject({ entries: 0, fetchedAt: null });
  });

  it('are for remote profiles only', async () => {
    for (const command of ['status', 'refresh', 'clear']) {
      expect((await failure(run, ['cache', command, '-p', 'sandbox'], 2)).code).toBe('USAGE');
    }
  });
});
