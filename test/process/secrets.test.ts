import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Run, type RunOptions, runProgram } from '../helpers/cli.ts';
import { newHome, runProgram as runWarm } from '../helpers/warm.ts';
import { readableIn, watchCommandLines } from './planted.ts';
import { filesIn, madeUpKey, ok, type Runner, write } from './support.ts';

/**
 * Keys are planted wherever a file can hold one, also where none belongs. Then everything is done that shows
 * something, and whatever came out of it or lies anywhere is searched. The last five characters may be shown, so the
 * search is for what stands before them.
 */
const PLANTED = Array.from({ length: 40 }, (_, at) => madeUpKey(7_000_000_000 + at * 104_729_113));
const CUSTOM = 'Zq-9w/Marked+Licence==XyZ7';
const ALL = [...PLANTED.map((key) => key.slice(0, 23)), CUSTOM.slice(0, 20)];

let next = 0;
/** The next planted key; each place has its own. */
function plant(): string {
  const key = PLANTED[next];
  next += 1;
  if (key === undefined) throw new Error('more places than keys');
  return key;
}

const EXPORT = `<?xml version="1.0" encoding="utf-8"?>
<root><YourKey>
  <Product_Key Name="Contoso Plain" KeyRetrievalNote="Use ${plant()} for the volume edition.">
    <Key ID="1" Type="MAK" ClaimedDate="3/14/2024" notes="was ${plant()} before">${plant()}</Key>
    <Key ID="2" Type="MAK" ClaimedDate="">${plant().toLowerCase().replaceAll('-', '')}</Key>
    <Key ID="3" Type="${plant()}" ClaimedDate="">${plant()}</Key>
    <Key ID="4" Type="MAK" ClaimedDate="${plant()}">${plant()}</Key>
    <Key ID="5" Type="Custom" ClaimedDate="">${CUSTOM}</Key>
  </Product_Key>
  <Product_Key Name="Contoso named ${plant()}"><Key ID="6" Type="Retail" ClaimedDate="">${plant()}</Key></Product_Key>
  <Product_Key Name="Contoso Markup">
    <Key ID="7" Type="" ClaimedDate=""><![CDATA[Call us, or use <b>${plant()}</b> in the meantime. <a href="https://example.invalid/?k=${plant()}">More</a>]]></Key>
    <Key ID="8" Type="" ClaimedDate=""><![CDATA[The key is ${plant().split('-').join('</b>-<b>')} for now]]></Key>
  </Product_Key>
</YourKey></root>
`;

const GRID = `Benefit Name\tSource (Program Name & Specialization)\tQuantity\tActivate By
Contoso Grid ${plant()}\tMAPS - Core\t5 activations\tDec 6, 2030
Contoso Source\tMAPS - ${plant()}\t5 activations\tDec 6, 2030
Contoso Quantity\tMAPS - Core\t${plant()}\tDec 6, 2030
Contoso Date\tMAPS - Core\t5 activations\t${plant()}
Contoso Unit\tMAPS - Core\t5 ${plant()}\tDec 6, 2030
`;

const INVENTORY = `Product,Key,Type,Allowed,Quantity,Unit,Source,Activate by,Claimed on,Notes
Contoso Stock,${plant()},MAK,20,3,activations,MAPS - Core,2030-01-01,2024-01-01,"kept here, and ${plant()} in the safe"
Contoso Allowed,${plant()},MAK,${plant()},,,,,,
Contoso Claimed,${plant()},MAK,,,,,,${plant()},
Contoso Type,${plant()},${plant()},,,,,,,
Contoso Cells,${plant()},MAK,,,,,,,,,${plant()}
Contoso "${plant()},quoted,1,,,,,,,
`;
const SINGLE = plant();

const NOISY = [
  'list',
  'show',
  'key --list',
  'key --history',
  'import list',
  'offer list',
  'profile list',
  'config list',
  'doctor',
];
const FORMATS = ['table', 'json', 'jsonl', 'csv', 'yaml'];

describe('planted keys', { timeout: 180_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-'));
  const home = join(folder, 'home');
  let run: Runner;
  /** The same where the command line is nothing to look at. */
  let runAgain: Runner;
  let files: string[];
  const said: [command: string, text: string][] = [];
  let commandLines: string[];
  let stop: (() => string[]) | undefined;

  /** Runs something and keeps what it said. */
  const keep = async (args: readonly string[], options: RunOptions = {}, how = run): Promise<Run> => {
    const done = await how(args, options);
    said.push([`${args.join(' ').slice(0, 100)} (exit ${done.code})`, done.stdout + done.stderr]);
    expect([args.join(' '), done.code === 1, done.signal]).toEqual([args.join(' '), false, null]);
    return done;
  };
  const nothingIn = (name: string, bytes: Buffer): void =>
    expect([name, readableIn(bytes, ALL)]).toEqual([name, []]);

  beforeAll(async () => {
    const scratch = join(home, 'tmp');
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    const here = (options: RunOptions = {}) => ({ ...options, env: { TMPDIR: scratch, ...options.env } });
    run = (args, options) => runProgram(home, args, here(options));
    runAgain = (args, options) => runWarm(home, args, here(options));
    files = [
      write(folder, 'keys.xml', EXPORT),
      write(folder, 'grid.tsv', GRID),
      write(folder, 'stock.csv', INVENTORY),
    ];
    stop = process.platform === 'linux' ? watchCommandLines().stop : () => [];
    await importEverything();
    await showEverything();
    await failEverywhere();
    commandLines = stop();
    await typeThem();
  }, 180_000);
  afterAll(() => {
    stop?.();
    rmSync(folder, { recursive: true, force: true });
  });

  async function importEverything(): Promise<void> {
    for (const file of files) {
      await keep(['import', file, '--dry-run']);
      for (const more of [['--strict', '--debug'], ['--debug'], ['-o', 'json'], []])
        await keep(['import', file, ...more], {}, runAgain);
    }
    await keep(['import', 'key', 'office-proplus-2019', '--type', 'mak', '--debug'], { stdin: SINGLE });
    await keep(['import', 'key', 'Contoso Unheard Of', '--debug'], { stdin: SINGLE });
  }

  async function showEverything(): Promise<void> {
    // Revealed once, so that the access log has something to say; what a key prints is the one thing not searched.
    await ok(run, ['key', 'office-proplus-2019', '--debug']);
    await ok(run, [
      'key',
      'office-proplus-2019',
      '--out-file',
      join(home, '../revealed'),
      '--purpose',
      'a test',
    ]);
    const echo = [
      'run',
      '--env',
      'KEY=office-proplus-2019',
      '--debug',
      '--',
      '/bin/sh',
      '-c',
      'echo "out $KEY"; echo "err $KEY" >&2',
    ];
    expect((await keep(echo)).stdout).toContain('[redacted]');
    for (const line of NOISY) {
      const args = line === 'show' ? ['show', 'Contoso Plain'] : line.split(' ');
      const ways = FORMATS.flatMap((format) => [
        ['-o', format],
        ['-o', format, '--debug'],
      ]);
      for (const more of ways) await keep([...args, ...more], {}, runAgain);
    }
    for (const product of ['Contoso Markup', 'Contoso Stock', 'Contoso Source', 'office-proplus-2019'])
      await keep(['show', product, '--verbose']);
  }

  /** A person types one where any text may stand: what is kept of it is kept for ever. */
  async function typeThem(): Promise<void> {
    const said = `the leak of ${SINGLE}`;
    const named = write(folder, `of ${SINGLE}.csv`, 'Product,Quantity\nContoso Named,3\n');
    const lines = [
      ['key', 'office-proplus-2019', '--purpose', said, '--out-file', join(folder, `${SINGLE}.txt`)],
      ['activate', 'office-proplus-2019', '--machine', 'pc-1', '--assume', 'new', '--reason', said],
      ['activations', 'adjust', 'office-proplus-2019', '--used', '2', '--reason', said],
      ['key', 'office-proplus-2019', '--key', SINGLE.slice(-5), '--mark', 'retired', '--reason', said],
      ['key', 'office-proplus-2019', '--key', SINGLE.slice(-5), '--mark', 'active', '--reason', said],
      ['machines', 'retire', 'pc-1', '--reason', said],
      ['import', named],
      ['key', '--history', '-o', 'json'],
      ['key', 'office-proplus-2019', '--list', '-o', 'json'],
      ['import', 'list', '-o', 'json'],
      ['activations', 'export'],
    ];
    for (const line of lines) {
      const more = line[0] === 'activate' ? ['--via', 'manual', '--yes'] : [];
      await keep([...line, ...more], {}, runAgain);
    }
  }

  async function failEverywhere(): Promise<void> {
    const wrong = { env: { MPN_BENEFITS_VAULT_KEY: Buffer.alloc(32, 9).toString('base64') } };
    const none = { env: { MPN_BENEFITS_VAULT_KEY: undefined } };
    const slip = `${SINGLE.slice(0, 22)}A${SINGLE.slice(23)}`;
    for (const more of [[], ['-o', 'json'], ['--debug'], ['--debug', '-o', 'json']]) {
      // What stands in a command line is seen at the first of them.
      const fail = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
        keep([...args, ...more], options, more.length === 0 ? run : runAgain);
      await fail(['key', 'office-proplus-2019'], wrong);
      await fail(['import', files[0] ?? ''], wrong);
      await fail(['import', files[2] ?? ''], none);
      await fail(['import', '-'], { stdin: EXPORT.slice(0, 900) });
      await fail(['import', '-'], { stdin: `<!DOCTYPE a [<!ENTITY k "${SINGLE}">]>${EXPORT}` });
      await fail(['import', '-'], { stdin: `${SINGLE},${SINGLE}\n${SINGLE},1\n` });
      await fail(['import', '-', '--map', 'Nothing=product'], { stdin: `${SINGLE},Product\n1,2\n` });
      await fail(['import', '-', '--format', 'csv'], { stdin: SINGLE });
      await fail(['import', 'key', 'office-proplus-2019'], { stdin: slip });
      await fail(['import', 'key', 'office-proplus-2019'], { stdin: `${SINGLE}\n${SINGLE}` });
      await fail(['key', 'office-proplus-2019', '--min-remaining', '9']);
      await fail(['key', 'office-proplus-2019', '--copy'], {
        env: { DISPLAY: undefined, WAYLAND_DISPLAY: undefined },
      });
      await fail(['import', 'undo', 'i99']);
    }
  }

  test('were imported: the vault opens them', async () => {
    expect((await ok(run, ['key', 'office-proplus-2019'])).stdout).toBe(`${SINGLE}\n`);
    expect((await ok(run, ['key', 'Contoso Stock'])).stdout).toBe(
      `${PLANTED.find((key) => INVENTORY.includes(`Stock,${key}`))}\n`,
    );
    expect((await ok(run, ['key', 'Contoso Plain', '--type', 'custom'])).stdout).toBe(`${CUSTOM}\n`);
    expect(next).toBeGreaterThanOrEqual(30);
  });

  test('stand in no file under the home, in no spelling', () => {
    const stored = filesIn(home);
    expect(stored).toContain('profiles/default/benefits.db');
    for (const file of stored) nothingIn(file, readFileSync(join(home, file)));
  });

  test('were said by no command, in no format, with or without --debug', () => {
    expect(said.length).toBeGreaterThan(150);
    for (const [command, text] of said) nothingIn(command, Buffer.from(text));
  });

  test.runIf(process.platform === 'linux')('stood in the command line of no process', () => {
    expect(commandLines.filter((line) => line.includes('mpn-benefits.js')).length).toBeGreaterThan(15);
    nothingIn('command lines', Buffer.from(commandLines.join('\n'), 'latin1'));
  });

  test('the search itself finds what it looks for', () => {
    const [secret = ''] = ALL;
    for (const text of [
      secret,
      `x${secret.toLowerCase().replaceAll('-', '')}y`,
      Buffer.from(`a${secret}-12345`).toString('base64'),
      Buffer.from(`ab${secret}-12345`).toString('base64'),
      Buffer.from(`${secret.replaceAll('-', '')}12345`).toString('base64'),
    ]) {
      expect(readableIn(Buffer.from(text), ALL)).toContain(secret);
    }
    expect(readableIn(Buffer.from(`.${secret}`, 'utf16le'), ALL)).toContain(secret);
  });
});

test('a key typed as if it were a name is not repeated', { timeout: 180_000 }, async () => {
  const { run } = newHome();
  const key = PLANTED[0] ?? '';
  for (const args of [
    ['show', key],
    ['key', key],
    [key],
    ['import', key],
    ['list', '--sort', key],
    ['config', 'get', key],
    ['profile', 'use', key.toLowerCase()],
    ['import', 'undo', key],
    ['import', 'key', key],
    ['product', 'alias', key, key],
  ]) {
    for (const more of [[], ['-o', 'json'], ['--debug']]) {
      const done = await run([...args, ...more]);
      expect([args, done.code === 0 || done.code === 1]).toEqual([args, false]);
      expect([args, readableIn(Buffer.from(done.stdout + done.stderr), [key.slice(0, 23)])]).toEqual([
        args,
        [],
      ]);
    }
  }
});
