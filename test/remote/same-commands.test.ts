import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Run, RunOptions } from '../helpers/cli.ts';
import { clientEnvironment, startService, type TestService } from '../helpers/service.ts';
import { runProgram } from '../helpers/warm.ts';
import { dayFromNow, grid } from '../process/support.ts';

/**
 * Every command, on a profile of this machine and on one of a team's service that came about by the same commands:
 * the same exit code, the same data, the same messages. Ids, times and names of people differ and are told apart
 * by their order only.
 */
let folder: string;
let service: TestService;
const home = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-same-'));
  for (const name of ['service', 'local', 'remote']) mkdirSync(home(name));
  service = await startService({ home: home('service') });
  writeFileSync(
    home('grid.txt'),
    grid([
      ['Windows Server 2019 Standard', 'MAPS - Core', '16 activations', dayFromNow(200)],
      ['Office Professional Plus 2019', 'MAPS - Core', '10 activations', dayFromNow(20)],
      ['Visio Professional 2019', 'Legacy Gold - Core', '2 activations', dayFromNow(-10)],
      ['Windows Server 2019 CALs', 'MAPS - Core', '10 licenses', dayFromNow(200)],
      ['Contoso Widget Server', 'Something new - Core', '3 cores', dayFromNow(90)],
    ]),
  );
  writeFileSync(
    home('keys.csv'),
    [
      'Product,Key,Type,Allowed',
      'Windows Server 2019 Standard,BCDFG-HJKMP-QRTVW-XY234-6789B,mak,16',
      'Office Professional Plus 2019,BCDFG-HJKMP-QRTVW-XY234-6789C,mak,3',
      'Visio Professional 2019,BCDFG-HJKMP-QRTVW-XY234-6789D,mak,2',
      'Contoso Widget Server,some-odd-key,custom,',
      'Nothing,,,',
      'Windows Server 2019 Standard,BCDFG-HJKMP-QRTVW-XY234-6789G,mak,many',
    ].join('\n'),
  );
  writeFileSync(home('bad.txt'), 'no table at all\n');
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

const local = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  runProgram(home('local'), args, { ...options, cwd: folder });
const remote = (args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  runProgram(home('remote'), args, {
    ...options,
    cwd: folder,
    env: { ...clientEnvironment(service), ...options.env },
  });

/** Ids that were met on one side, by the order in which they were. */
class Ids {
  readonly #known = new Map<string, string>();
  #last: Record<string, number> = {};

  plain(text: string): string {
    return text
      .replace(/\b[eakmvt]-[0-9a-z]{10,24}\b/g, (id) => this.#nameOf(id, id.slice(0, 1)))
      .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, 'UUID')
      .replace(/\d{4}-\d{2}-\d{2}T[\d:.]+Z/g, 'TIME')
      .replace(/(\\?)"actor\1": ?\1"[^"\\]*\1"/g, '"actor": WHO')
      .replace(/,?"(service|correlationId|httpStatus)":("[^"]*"|\d+)/g, '')
      .replace('"details":{,', '"details":{');
  }

  /** An id typed on one side, as the other side knows it. */
  named(name: string): string {
    for (const [id, known] of this.#known) if (known === name) return id;
    throw new Error(`${name} was never met`);
  }

  #nameOf(id: string, kind: string): string {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    this.#last = { ...this.#last, [kind]: (this.#last[kind] ?? 0) + 1 };
    const name = `${kind.toUpperCase()}${this.#last[kind]}`;
    this.#known.set(id, name);
    return name;
  }
}

const here = new Ids();
const there = new Ids();

interface Step {
  /** `{A1}` stands for the id that was met first, on each side. */
  readonly args: readonly string[];
  readonly code?: number;
  readonly stdin?: string;
  /** The order of what is listed is decided by ids or the same instant. */
  readonly sorted?: true;
  /** The same within a line, where names of events follow the order of chains. */
  readonly parts?: true;
}

const json = (...args: string[]): Step => ({ args: [...args, '-o', 'json'] });
const as = (step: Step, more: Partial<Step>): Step => ({ ...step, ...more });

/** In order: what a team does with a profile, what it asks it, and what it gets wrong. */
const STEPS: readonly Step[] = [
  json('list'),
  json('usage'),
  as(json('show', 'nothing like it'), { code: 3 }),
  json('import', 'grid.txt', '--dry-run'),
  json('import', 'grid.txt'),
  json('import', 'grid.txt'),
  as(json('import', 'keys.csv'), { code: 8 }),
  as(json('import', 'keys.csv', '--strict'), { code: 8 }),
  as(json('import', 'bad.txt'), { code: 8 }),
  {
    args: ['import', 'key', 'Project Professional 2019', '--type', 'mak', '--yes', '-o', 'json'],
    stdin: 'BCDFG-HJKMP-QRTVW-XY234-6789F\n',
  },
  json('import', 'list'),
  as(json('list'), { sorted: true }),
  { args: ['list'] },
  { args: ['list', '-o', 'csv', '--columns', 'productId,quantity,state'] },
  { args: ['list', '-o', 'jsonl', '--columns', 'productId,state'] },
  { args: ['list', '-o', 'yaml', '--columns', 'productId'] },
  json('list', 'office'),
  json('list', '--kind', 'cal'),
  json('list', '--program', 'action-pack'),
  json('list', '--with-key'),
  json('list', '--needs-activation'),
  json('list', '--expiring', '30'),
  json('list', '--state', 'expired'),
  json('list', '--sort', 'quantity', '--limit', '2'),
  json('list', '--query', '[?isCal].name'),
  as(json('list', '--sort', 'nonsense'), { code: 2 }),
  json('show', 'office pro plus 2019'),
  { args: ['show', 'windows server 2019 cals'] },
  json('show', 'contoso widget server'),
  as(json('show', 'windows server'), { code: 3 }),
  json('offer', 'list'),
  json('offer', 'set', 'action-pack:core', '--purchased', dayFromNow(-5), '--policy', 'every-activation'),
  as(json('offer', 'set', 'no such thing', '--purchased', dayFromNow(-5)), { code: 2 }),
  json('offer', 'list'),
  json('key', '--list'),
  json('key', 'office pro plus 2019', '--list'),
  as(json('key', 'ws-standard-2019'), { code: 2 }),
  json('key', 'ws-standard-2019', '--yes', '--purpose', 'test'),
  { args: ['key', 'ws-standard-2019'] },
  { args: ['key', 'ws-standard-2019', '--format', 'github', '--name', 'SERVER_KEY'], code: 2 },
  json('key', 'contoso widget server', '--type', 'custom'),
  as(json('key', 'windows server 2019 cals'), { code: 3 }),
  as(json('key', 'ws-standard-2019', '--min-remaining', '99'), { code: 5 }),
  json('key', '--history'),
  json('key', 'ws-standard-2019', '--history', '--limit', '1'),
  json('key', 'visio professional 2019', '--key', '6789D', '--mark', 'blocked', '--reason', 'leaked'),
  as(json('key', 'visio professional 2019'), { code: 3 }),
  {
    args: [
      'run',
      '--env',
      'OFFICE_KEY=ws-standard-2019',
      '--',
      process.execPath,
      '-e',
      'console.log(process.env.OFFICE_KEY.length)',
    ],
  },
  json(
    'activate',
    'office pro plus 2019',
    '--machine',
    'pc-1',
    '--assume',
    'new',
    '--reason',
    'test',
    '--via',
    'manual',
    '--dry-run',
  ),
  as(
    json(
      'activate',
      'office pro plus 2019',
      '--machine',
      'pc-1',
      '--assume',
      'new',
      '--reason',
      'test',
      '--via',
      'manual',
    ),
    { code: 2 },
  ),
  json('activate', 'office pro plus 2019', '--machine', 'pc-1', '--via', 'manual', '--yes'),
  json('activate', 'office pro plus 2019', '--machine', 'pc-1', '--via', 'manual', '--yes'),
  json('activate', 'office pro plus 2019', '--machine', 'dc.north.example', '--via', 'manual', '--yes'),
  json('activate', 'office pro plus 2019', '--machine', 'dc.south.example', '--via', 'manual', '--yes'),
  as(json('activate', 'office pro plus 2019', '--machine', 'dc', '--via', 'manual', '--yes'), { code: 3 }),
  as(json('machines', 'show', 'dc'), { code: 3 }),
  json('activations', 'list', '--machine', 'dc.south.example'),
  as(json('activate', 'office pro plus 2019', '--machine', 'pc-4', '--via', 'manual', '--yes'), { code: 5 }),
  json('activate', 'windows server 2019 cals', '--via', 'manual'),
  {
    args: [
      'activate',
      'ws-standard-2019',
      '--machine',
      'srv-1',
      '--via',
      'script',
      '--out-file',
      '-',
      '--yes',
    ],
  },
  as(json('activate', 'visio professional 2019', '--machine', 'pc-1', '--via', 'manual', '--yes'), {
    code: 2,
  }),
  json('activations', 'list'),
  json('activations', 'list', '--product', 'ws-standard-2019'),
  json('activations', 'list', '--machine', 'PC-1.example.com'),
  json('activations', 'list', '--limit', '1'),
  json('activations', 'settle', '{A1}', '--succeeded'),
  json('activations', 'settle', '{A1}', '--succeeded'),
  as(json('activations', 'settle', '{A1}', '--failed', '0xC004C020'), { code: 2 }),
  json('activations', 'settle', '{A1}', '--failed', '0xC004C020', '--reason', 'read it wrong'),
  json('activations', 'settle', '{A2}', '--failed', '0xC004C020'),
  as(json('activations', 'settle', 'a-nothing', '--succeeded'), { code: 3 }),
  json('activations', 'show', '{A1}'),
  as(json('activations', 'show', 'a-nothing'), { code: 3 }),
  as(json('activations', 'adjust', 'office pro plus 2019', '--used', '2', '--reason', 'portal'), { code: 2 }),
  json('activations', 'settle', '{A3}', '--succeeded'),
  json('activations', 'adjust', 'office pro plus 2019', '--used', '2', '--reason', 'portal'),
  json(
    'activations',
    'adjust',
    'office pro plus 2019',
    '--remaining',
    '5',
    '--allowed',
    '8',
    '--reason',
    'portal',
  ),
  json('show', 'office pro plus 2019'),
  json('machines', 'list'),
  json('machines', 'show', 'PC-1'),
  as(json('machines', 'show', 'nobody'), { code: 3 }),
  json('machines', 'retire', 'dc.north.example', '--reason', 'sold'),
  as(json('machines', 'retire', 'dc.north.example', '--reason', 'sold'), { code: 2 }),
  json('usage'),
  { args: ['usage'] },
  json('usage', 'office pro plus 2019'),
  json('usage', '--lapsing', '1000'),
  json('troubleshoot', '0xC004C020', '--product', 'office pro plus 2019'),
  { args: ['troubleshoot', '0xC004C020', '--product', 'office pro plus 2019'] },
  json('product', 'alias', 'Contoso Widget Server', 'ws-standard-2019'),
  as(json('product', 'alias', 'No such name', 'ws-standard-2019'), { code: 3 }),
  as(json('activations', 'verify'), { sorted: true }),
  as(json('activations', 'verify', '--against', 'f'.repeat(64)), { code: 9, sorted: true }),
  { args: ['activations', 'export', '--format', 'jsonl'], parts: true },
  json('import', 'undo', '1'),
  as(json('import', 'undo', '1'), { code: 2 }),
  as(json('import', 'undo', '77'), { code: 3 }),
  as(json('list'), { sorted: true }),
];

describe('the same commands on both', () => {
  it.each(STEPS.map((step, index): [number, string, Step] => [index + 1, step.args.join(' '), step]))(
    '%i. %s',
    async (_, __, step) => {
      const typed = (ids: Ids): string[] =>
        step.args.map((arg) => arg.replace(/\{(\w+)\}/g, (___, name: string) => ids.named(name)));
      const options = step.stdin === undefined ? {} : { stdin: step.stdin };
      const [one, two] = [await local(typed(here), options), await remote(typed(there), options)];
      expect(two.code, two.stderr).toBe(one.code);
      expect(one.code, one.stderr).toBe(step.code ?? 0);
      expect(comparable(two.stdout, there, step)).toEqual(comparable(one.stdout, here, step));
      expect(comparable(two.stderr, there, step)).toEqual(comparable(one.stderr, here, step));
    },
  );
});

function comparable(text: string, ids: Ids, { sorted, parts }: Step): unknown {
  const plain = ids.plain(text);
  if (parts)
    return plain
      .replace(/\bV\d+\b/g, 'V')
      .split(/\n|(?<=\]),/)
      .map((part) => part.replace(/^.*\[\[/, '['))
      .sort();
  return sorted ? plain.split('\n').sort() : plain;
}
