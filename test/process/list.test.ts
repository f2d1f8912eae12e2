import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment, PROGRAM } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import {
  answer,
  dayFromNow,
  failure,
  filesIn,
  grid,
  type Json,
  ok,
  type Runner,
  withinOneDay,
} from './support.ts';

const names = async (run: Runner, ...args: string[]): Promise<unknown[]> =>
  (await answer<Json[]>(run, ['list', ...args])).map(({ name }) => name);

/** The catalogue's name for what the file calls Visio Professional 2019. */
const VISIO = 'Microsoft Visio Professional 2019';

const CSV = `Product,Key,Quantity,Unit,Source,Activate by
Windows 11 Pro,BCDFG-HJKMP-QRTVW-XY234-67892,10,activations,MAPS - Core,2031-06-30
Windows Server 2025 User CALs,,50,licences,MAPS - Core,2031-06-30
Visio Professional 2019,,3,activations,Solutions Partner - Core,2020-01-01
Contoso Tool,,7,licences,Solutions Partner - Core,
`;

async function filled(): Promise<Runner> {
  const { run } = newHome();
  await ok(run, ['import', '-'], { stdin: CSV });
  return run;
}

describe('list', () => {
  test('is sorted by name whatever the case, and filtered by every option', async () => {
    const run = await filled();
    const all = ['Contoso Tool', VISIO, 'Windows 11 Pro', 'Windows Server 2025 User CALs'];
    expect(await names(run)).toEqual(all);
    const cases: readonly (readonly [args: string[], expected: string[]])[] = [
      [['windows'], ['Windows 11 Pro', 'Windows Server 2025 User CALs']],
      [['WINDOWS'], ['Windows 11 Pro', 'Windows Server 2025 User CALs']],
      [['visio-pro'], [VISIO]],
      [['no such thing'], []],
      [
        ['--program', 'action-pack'],
        ['Windows 11 Pro', 'Windows Server 2025 User CALs'],
      ],
      [
        ['--program', 'solutions-partner'],
        ['Contoso Tool', VISIO],
      ],
      [
        ['--program', 'MAPS'],
        ['Windows 11 Pro', 'Windows Server 2025 User CALs'],
      ],
      [
        ['--program', 'solutions'],
        ['Contoso Tool', VISIO],
      ],
      [['--program', 'nothing like it'], []],
      [['--kind', 'cal'], ['Windows Server 2025 User CALs']],
      [['--needs-activation'], [VISIO, 'Windows 11 Pro']],
      [['--with-key'], ['Windows 11 Pro']],
      [['--state', 'expired'], [VISIO]],
      [['--state', 'available', '--kind', 'client-os'], ['Windows 11 Pro']],
      [['windows', '--with-key'], ['Windows 11 Pro']],
    ];
    for (const [args, expected] of cases) expect([args, await names(run, ...args)]).toEqual([args, expected]);
  });

  test('--program that is misspelt, or begins several, is refused with what may be meant', async () => {
    const run = await filled();
    const misspelt = await failure(run, ['list', '--program', 'action-pak'], 2);
    expect(misspelt.hint).toBe('Did you mean action-pack?');
    const several = await failure(run, ['list', '--program', 'legacy'], 2);
    expect(several.hint).toBe('Did you mean legacy-silver or legacy-gold?');
    expect((await failure(run, ['offer', 'set', 'action-pak', '--policy', 'documented'], 2)).hint).toContain(
      'Did you mean action-pack?',
    );
  });

  test('--sort orders by any field of the JSON, unknown values last', async () => {
    const run = await filled();
    const quantities = (await answer<Json[]>(run, ['list', '--sort', 'quantity'])).map(
      ({ quantity }) => quantity,
    );
    expect(quantities).toEqual([3, 7, 10, 50]);
    const ends = (await answer<Json[]>(run, ['list', '--sort', 'activateBy'])).map(
      ({ activateBy }) => activateBy,
    );
    expect(ends).toEqual(['2020-01-01', '2031-06-30', '2031-06-30', null]);
    expect((await names(run, '--sort', 'activations.allowed'))[0]).toBe('Windows 11 Pro');
  });

  test('--columns chooses fields in the table and in every format', async () => {
    const run = await filled();
    const table = (await ok(run, ['list', '--columns', 'name,quantity,activations.used'])).stdout;
    expect(table.split('\n')[0]).toMatch(/^name +quantity +activations\.used$/);
    const csv = (await ok(run, ['list', '--columns', 'quantity,name', '-o', 'csv'])).stdout;
    expect(csv.split('\r\n').slice(0, 2)).toEqual(['quantity,name', '7,Contoso Tool']);
  });

  test('--limit counts the rows that come out, after filters and order', async () => {
    const run = await filled();
    expect(await names(run, '--limit', '1', '--sort', 'quantity')).toEqual([VISIO]);
    expect(await names(run, '--limit', '99')).toHaveLength(4);
  });

  test('--expiring: from today to the day itself, soonest first', () =>
    withinOneDay(async () => {
      const { run } = newHome();
      const ends = [-1, 0, 9, 10, 11].map((days) => dayFromNow(days));
      const rows = ends.map((day, at) => [`Contoso ${at}`, 'X - Core', '1 licenses', day] as const).reverse();
      await ok(run, ['import', '-'], { stdin: grid(rows) });
      expect(await names(run, '--expiring', '10')).toEqual(['Contoso 1', 'Contoso 2', 'Contoso 3']);
      expect(await names(run, '--expiring', '0')).toEqual(['Contoso 1']);
      expect(await names(run, '--state', 'expired')).toEqual(['Contoso 0']);
    }));

  test('--expiring sees the end of the offer too', () =>
    withinOneDay(async () => {
      const { run } = newHome();
      await ok(run, ['import', '-'], {
        stdin: grid([['Contoso Tool', 'Solutions Partner - Core', '1 licenses', 'Jan 1, 2040']]),
      });
      // The benefits end 395 days after the purchase.
      await ok(run, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-390)]);
      expect(await answer(run, ['list', '--expiring', '5'])).toMatchObject([
        { lapsesOn: dayFromNow(5), state: 'available' },
      ]);
      expect(await names(run, '--expiring', '4')).toEqual([]);
      await ok(run, ['offer', 'set', 'solutions-partner:core', '--purchased', dayFromNow(-396)]);
      expect(await answer(run, ['list'])).toMatchObject([{ state: 'lapsed' }]);
    }));

  test('a field that does not exist is exit 2', async () => {
    const { run } = newHome();
    for (const option of ['--sort', '--columns']) {
      expect(await failure(run, ['list', option, 'nmae'], 2)).toMatchObject({ code: 'USAGE' });
    }
  });
});

describe('an empty home', () => {
  test('reading leaves no file behind and says what to do', async () => {
    const { home, run } = newHome();
    expect(await names(run)).toEqual([]);
    const table = await ok(run, ['list']);
    expect(table.stdout).toBe('');
    expect(table.stderr).toContain('mpn-benefits import');
    expect(await answer(run, ['key', '--list'])).toEqual([]);
    expect(await answer(run, ['key', '--history'])).toEqual([]);
    expect(await answer(run, ['import', 'list'])).toEqual([]);
    expect(await answer(run, ['offer', 'list'])).toEqual([]);
    expect(await answer(run, ['profile', 'list'])).toMatchObject([
      { name: 'sandbox', kind: 'sandbox', active: false },
    ]);
    expect(await answer(run, ['show', 'office-proplus-2019'])).toMatchObject({ entitlements: [], keys: [] });
    expect((await run(['doctor'])).code).toBe(0);
    await ok(run, ['config', 'list']);
    expect(filesIn(home)).toEqual([]);
  });
});

describe('a reader that has had enough', () => {
  test('closing the pipe while listing ends silently with 0', async () => {
    const { home, run } = newHome();
    const rows = Array.from(
      { length: 3000 },
      (_, at) => [`Contoso ${at}`, 'MAPS - Core', '1 licenses', 'Jan 1, 2040'] as const,
    );
    await ok(run, ['import', '-'], { stdin: grid(rows) });
    for (const format of ['table', 'json', 'jsonl', 'csv', 'yaml']) {
      const child = spawn(process.execPath, [PROGRAM, 'list', '-o', format], {
        env: cleanEnvironment(home),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let stderr = '';
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
      });
      child.stdout.once('data', () => child.stdout.destroy());
      expect(await once(child, 'close')).toEqual([0, null]);
      expect(stderr).toBe('');
    }
  });
});
