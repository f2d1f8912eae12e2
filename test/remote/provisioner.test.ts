import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { answer, dayFromNow, failure, grid, type Json, ok, type Runner } from '../process/support.ts';

/** What a provisioner of one product can ask: everything of that product, nothing of others or of the profile as a whole. */
let folder: string;
let service: TestService;
let token: string;
const home = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-provisioner-'));
  for (const name of ['service', 'client']) mkdirSync(home(name));
  service = await startService({ home: home('service') });
  writeFileSync(
    home('grid.txt'),
    grid([
      ['Windows Server 2019 Standard', 'MAPS - Core', '16 activations', dayFromNow(200)],
      ['Office Professional Plus 2019', 'MAPS - Core', '10 activations', dayFromNow(200)],
    ]),
  );
  writeFileSync(
    home('keys.csv'),
    [
      'Product,Key,Type,Allowed',
      'Windows Server 2019 Standard,BCDFG-HJKMP-QRTVW-XY234-6789B,mak,16',
      'Office Professional Plus 2019,BCDFG-HJKMP-QRTVW-XY234-6789C,mak,3',
    ].join('\n'),
  );
  await ok(asAdmin, ['import', 'grid.txt', 'keys.csv']);
  for (const machine of ['pc-1', 'pc-2'])
    await ok(asAdmin, ['activate', OFFICE, '--machine', machine, '--via', 'manual', '--yes']);
  await ok(asAdmin, ['machines', 'retire', 'pc-2', '--reason', 'sold']);
  const add = ['serve', 'token', 'add', '--role', 'provisioner', '--products', OFFICE, '--expires', '1d'];
  token = String((await answer(onTheMachine, add))['token']);
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const OFFICE = 'office-proplus-2019';

const onTheMachine: Runner = (args, options) => runProgram(home('service'), args, options);
const as =
  (who: () => string): Runner =>
  (args, options = {}) =>
    runProgram(home('client'), args, {
      ...options,
      cwd: folder,
      env: clientEnvironment({ origin: service.origin, token: who() }),
    });
const asAdmin = as(() => service.token);
const run = as(() => token);

describe('a provisioner', () => {
  it.each([
    ['list'],
    ['show', OFFICE],
    ['key', '--list'],
    ['key', OFFICE, '--list'],
    ['key', '--history'],
    ['activations', 'list'],
    ['activations', 'list', '--product', OFFICE],
    ['activations', 'list', '--machine', 'pc-1'],
    ['usage'],
    ['usage', OFFICE],
    ['usage', '--lapsing', '1000'],
    ['activate', OFFICE, '--machine', 'pc-3', '--via', 'manual', '--dry-run'],
    ['troubleshoot', '0xC004C020'],
    ['troubleshoot', '0xC004C020', '--product', OFFICE],
    ['troubleshoot', '--scenario', 'not-activated', '--product', OFFICE],
    ['auth', 'status'],
  ])('of one product may ask: %s %s %s %s', async (...args) => {
    const { stdout } = await ok(run, [...args, '-o', 'json']);
    expect(stdout).not.toContain('ws-standard-2019');
  });

  it('gets the numbers of its product in a support request, and no guess about what it may not read', async () => {
    const transcript = async (runner: Runner): Promise<Json> => {
      const request = ['troubleshoot', '0xC004C020', '--product', OFFICE, '--transcript', 'request.json'];
      await ok(runner, [...request, '--yes']);
      return JSON.parse(readFileSync(home('request.json'), 'utf8'));
    };
    expect(await transcript(asAdmin)).toMatchObject({ counts: { used: 2, policy: 'documented' } });
    expect(await transcript(run)).toMatchObject({ counts: { used: 2, policy: null } });
  });

  it('is told that one check looks at what it may not read', async () => {
    const { checks } = (await answer(run, ['troubleshoot', '--checks', 'ledger'])) as { checks: Json[] };
    expect(checks).toEqual([expect.objectContaining({ id: 'ledger', result: 'skip' })]);
  });

  it.each([['show'], ['usage'], ['key'], ['troubleshoot', '0xC004C020', '--product']])(
    'finds no other product: %s %s %s',
    async (...args) => {
      expect((await failure(run, [...args, 'ws-standard-2019'], 3)).code).toBe('NOT_FOUND');
    },
  );

  it.each([
    ['key', 'server'],
    ['show', 'sql server 2019 std'],
    ['key', 'windows server 2019 standard'],
    ['troubleshoot', '0xC004C020', '--product', 'windows 11'],
  ])(
    'is not pointed at products that do not exist for it, of the catalogue either: %s %s',
    async (...args) => {
      const { hint, details, ...error } = await failure(run, args, 3);
      expect(error).toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('No product is called'),
      });
      const candidates = details['candidates'] as string[];
      expect(candidates.filter((id) => id !== OFFICE)).toEqual([]);
      expect(hint ?? '').not.toMatch(/server|windows|sql/i);
    },
  );

  it.each([
    ['offer', 'list'],
    ['machines', 'list'],
    ['import', 'list'],
    ['activations', 'verify'],
    ['activations', 'export', '--out-file', 'ledger.jsonl'],
    ['usage', '--html', 'usage.html'],
  ])('may not see what is of the whole profile: %s %s', async (...args) => {
    expect((await failure(run, args, 4)).code).toBe('FORBIDDEN');
  });
});

describe('what was joined to its product since', () => {
  let id: string;

  beforeAll(async () => {
    const key = ['import', 'key', 'Our Office', '--type', 'mak', '--allowed', '5', '--yes'];
    await ok(asAdmin, key, { stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789D' });
    const activate = ['activate', 'Our Office', '--machine', 'pc-9', '--via', 'manual', '--yes'];
    id = String((await answer(asAdmin, activate))['activationId']);
    await ok(asAdmin, ['key', 'Our Office']);
    expect(await answer<Json[]>(run, ['activations', 'list', '--machine', 'pc-9'])).toEqual([]);
    expect(await answer<Json[]>(run, ['key', '--history'])).toEqual([]);
    expect((await failure(run, ['activations', 'show', id], 3)).code).toBe('NOT_FOUND');
    await ok(asAdmin, ['product', 'alias', 'Our Office', OFFICE, '--yes']);
  });

  it.each([[[]], [['--product', OFFICE]], [['--machine', 'pc-9']]])('is in its lists: %j', async (more) => {
    const list = await answer<Json[]>(run, ['activations', 'list', ...more]);
    expect(list).toContainEqual(expect.objectContaining({ activationId: id }));
  });

  it('is in the log of its keys', async () => {
    expect(await answer<Json[]>(run, ['key', '--history'])).toMatchObject([{ last5: '6789D' }]);
  });

  it('is settled by who has that product', async () => {
    expect(await answer(run, ['activations', 'settle', id, '--succeeded'])).toMatchObject({
      status: 'succeeded',
    });
    expect(await answer(run, ['activations', 'show', id])).toMatchObject({ activationId: id });
  });
});
