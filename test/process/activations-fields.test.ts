import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { type InProcess, inProcess } from '../commands/in-process.ts';
import { requires } from '../helpers/requires.ts';
import { activate, activated, hardwareFile, importKeys, PRODUCT } from './activate-support.ts';
import { answer, type Json, ok } from './support.ts';

/** The public surface of the ledger's answers, repeated on purpose: scripts rely on names and order. */
const FIELDS = {
  activate:
    'activationId productId keyId keyLast5 machine scenario assumed reasons delta policy used pending allowed remaining via status',
  activation:
    'activationId at settledAt productId keyId keyLast5 machine scenario assumed delta policy via status code reason purpose actor',
  adjust: 'productId keyLast5 usedBefore usedAfter allowed remaining',
  verify: 'ok ledger events head chains findings',
  chain: 'chain keyLast5 events head ok',
  machine: 'id name formerNames firstSeen lastSeen retiredOn virtual activations',
  usage:
    'productId name sources granted unit allowed used pending remaining unlimited overUse keys sharedWith machines lastActivation lapsesOn',
  lapsing: 'machine productId name keyLast5 lapsesOn lastActivation',
  hardware: 'schema machine virtual portable characteristics',
} as const;
const CHARACTERISTICS =
  'networkAdapters storageControllers displayAdapter ramRange processorType processorId systemDisk systemVolume opticalDrive baseboardSerial systemUuid';

const fields = (value: unknown): string => Object.keys(Object(value)).join(' ');

async function filled(): Promise<{ readonly home: string; readonly run: InProcess; readonly last: Json }> {
  const made = inProcess();
  await importKeys(made.run, [5]);
  await activated(made.run, '--hardware', hardwareFile('pc-17'));
  const last = await activate(made.run, '--machine', 'pc-18');
  return { ...made, last };
}

describe('fields of the JSON answers, in their order', () => {
  test('activate: reserved, planned, not needed', async () => {
    const { run, last } = await filled();
    expect(fields(last)).toBe(FIELDS.activate);
    expect(fields(await answer(run, ['activate', PRODUCT, '--machine', 'x', '--dry-run']))).toBe(
      FIELDS.activate,
    );
    expect(fields(await answer(run, ['activate', 'ws-cal-2019', '--machine', 'x']))).toBe(FIELDS.activate);
  });

  test('activations list, show, settle, adjust, verify, export', async () => {
    const { home, run, last } = await filled();
    for (const row of await answer<Json[]>(run, ['activations', 'list']))
      expect(fields(row)).toBe(FIELDS.activation);
    const id = String(last['activationId']);
    expect(fields(await answer(run, ['activations', 'show', id]))).toBe(`${FIELDS.activation} events`);
    expect(fields(await answer(run, ['activations', 'settle', id, '--succeeded']))).toBe(FIELDS.activation);
    expect(
      fields(await answer(run, ['activations', 'adjust', PRODUCT, '--used', '3', '--reason', 'x'])),
    ).toBe(FIELDS.adjust);
    const report = await answer(run, ['activations', 'verify']);
    expect(fields(report)).toBe(FIELDS.verify);
    for (const chain of report['chains'] as Json[]) expect(fields(chain)).toBe(FIELDS.chain);
    const wrote = await answer(run, ['activations', 'export', '--out-file', join(home, 'l.jsonl')]);
    expect(fields(wrote)).toBe('file events head');
  });

  test('machines list, retire', async () => {
    const { run } = await filled();
    for (const row of await answer<Json[]>(run, ['machines', 'list']))
      expect(fields(row)).toBe(FIELDS.machine);
    expect(fields(await answer(run, ['machines', 'show', 'pc-17']))).toBe(`${FIELDS.machine} history`);
    expect(fields(await answer(run, ['machines', 'retire', 'pc-17', '--reason', 'x']))).toBe(FIELDS.machine);
  });

  test('usage and usage --lapsing', async () => {
    const { run } = inProcess();
    for (const row of await answer<Json[]>(run, ['usage', '-p', 'sandbox']))
      expect(fields(row)).toBe(FIELDS.usage);
    const lapsing = await answer<Json[]>(run, ['usage', '--lapsing', '400', '-p', 'sandbox']);
    expect(lapsing.length).toBeGreaterThan(0);
    for (const row of lapsing) expect(fields(row)).toBe(FIELDS.lapsing);
  });

  test('hardware', async () => {
    const { home, run } = inProcess();
    const hardware = await answer(run, ['hardware']);
    expect(fields(hardware)).toBe(FIELDS.hardware);
    expect(fields(hardware['characteristics'])).toBe(CHARACTERISTICS);
    expect(hardware).toMatchObject({ schema: 'mpn-benefits/hardware/1', machine: 'made-up' });
    for (const hashes of Object.values(Object(hardware['characteristics']))) {
      if (hashes !== null) expect(String(hashes)).toMatch(/^[0-9a-f]{5}(,[0-9a-f]{5})*$/);
    }
    await ok(run, ['hardware', '--out-file', join(home, 'hw.json')]);
    expect(JSON.parse(readFileSync(join(home, 'hw.json'), 'utf8'))).toEqual(hardware);
  });
});

describe('all five formats say the same', () => {
  test.each(['activations list', 'machines list', 'usage', 'usage --lapsing 400'])('%s', async (command) => {
    const { run } = inProcess();
    const sandbox = [...command.split(' '), '-p', 'sandbox'];
    const rows = await answer<Json[]>(run, sandbox);
    const lines = (await ok(run, [...sandbox, '-o', 'jsonl'])).stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
    expect(parseYaml((await ok(run, [...sandbox, '-o', 'yaml'])).stdout)).toEqual(rows);
    const [header, ...csv] = parseCsv((await ok(run, [...sandbox, '-o', 'csv'])).stdout) as string[][];
    expect(header).toEqual(Object.keys(rows[0] ?? {}));
    expect(csv).toHaveLength(rows.length);
    expect(csv[0]?.[0]).toBe(String(Object.values(rows[0] ?? {})[0]));
    const table = (await ok(run, sandbox)).stdout.trimEnd().split('\n');
    expect(table).toHaveLength(rows.length + 1);
  });
});

describe('the export', () => {
  const exported = async () => {
    const made = await filled();
    const file = join(made.home, 'ledger.jsonl');
    await ok(made.run, ['activations', 'export', '--out-file', file]);
    return { ...made, file };
  };

  const VERIFIER =
    /```python\n(.*?)```/s.exec(
      readFileSync(new URL('../../docs/ledger.md', import.meta.url), 'utf8'),
    )?.[1] ?? '';
  const python = (path: string) => spawnSync('python3', ['-c', VERIFIER, path], { encoding: 'utf8' });

  const hasPython = requires('python3', spawnSync('python3', ['--version']).status === 0);

  test.skipIf(!hasPython)(
    'is verified by the independent verifier of the documentation, with the same head',
    async () => {
      const { file, home, run } = await exported();
      const { stdout, status } = python(file);
      expect(status).toBe(0);
      const { head } = await answer(run, ['activations', 'verify']);
      expect(stdout).toContain(`VALID, head ${head}`);
      const edited = join(home, 'edited.jsonl');
      writeFileSync(edited, readFileSync(file, 'utf8').replace('pc-18', 'pc-81'));
      expect(python(edited)).toMatchObject({ status: 1, stderr: expect.stringContaining('NOT VALID') });
    },
  );

  test('to standard output is the same, but for its time', async () => {
    const { file, run } = await exported();
    const { stdout } = await ok(run, ['activations', 'export']);
    expect(stdout.split('\n').slice(1)).toEqual(readFileSync(file, 'utf8').split('\n').slice(1));
  });

  test('as CSV is text, and holds the chain', async () => {
    const { file, run } = await exported();
    const { stdout } = await ok(run, ['activations', 'export', '--format', 'csv']);
    const [itself, ...rows] = parseCsv(stdout, { columns: true }) as Record<string, string>[];
    const [header = '', ...events] = readFileSync(file, 'utf8').trimEnd().split('\n');
    const { chains, head } = JSON.parse(header);
    expect(itself).toMatchObject({ type: 'export', hash: head });
    expect(JSON.parse(itself?.['event'] ?? '')).toMatchObject({ chains, head });
    expect(rows).toHaveLength(events.length);
    expect(rows.map(({ hash, event }) => JSON.stringify({ event, hash }))).toEqual(events);
    for (const row of rows) expect(row['delta']).toBe(String(JSON.parse(row['event'] ?? '').delta));
  });

  describe('as CSV, with text in it that would steer a screen', () => {
    const steering = 'moved \u200f\u202e\u2028\u0085 C:\\u200f "=1+1"\n=1';
    const hostile = async () => {
      const made = await filled();
      await ok(made.run, ['activations', 'settle', String(made.last['activationId']), '--succeeded']);
      await ok(made.run, ['activations', 'adjust', PRODUCT, '--used', '5', '--reason', steering]);
      return { ...made, file: join(made.home, 'ledger.csv') };
    };

    test.skipIf(!hasPython)(
      'nothing is lost: it verifies here and elsewhere, with the same head',
      async () => {
        const { home, run, file } = await hostile();
        await ok(run, ['activations', 'export', '--format', 'csv', '--out-file', file]);
        expect(readFileSync(file, 'utf8')).not.toMatch(/[\u007f-\u009f\u200e\u200f\u2028\u202a-\u202e]/);
        expect(readFileSync(file, 'utf8')).toContain('\\u200f\\u202e\\u2028\\u0085 C:\\\\u200f');
        const { stdout, status } = python(file);
        expect(status).toBe(0);
        const { head } = await answer(run, ['activations', 'verify', '--against', file]);
        expect(stdout).toContain(`VALID, head ${head}`);
        const edited = join(home, 'edited.csv');
        writeFileSync(edited, readFileSync(file, 'utf8').replace(/C:(?=\\\\u200f)/, 'D:'));
        expect(python(edited)).toMatchObject({ status: 1, stderr: expect.stringContaining('NOT VALID') });
        expect((await run(['activations', 'verify', '--against', edited])).code).toBe(8);
      },
    );

    test.each([
      ['another table', 'a,b\r\n1,2\r\n'],
      ['a quotation mark that is not closed', 'chain,type,hash,event\r\n,export,x,"{\r\n'],
      ['nothing', ''],
      ['something else', '\u0000\u0001\u0002'],
    ])('%s is no earlier export', async (_, text) => {
      const { home, run } = await filled();
      const file = join(home, 'other.csv');
      writeFileSync(file, text);
      expect(await run(['activations', 'verify', '--against', file])).toMatchObject({ code: 8 });
    });
  });

  test('is written once: an existing file needs a confirmation', async () => {
    const { file, run } = await exported();
    const before = readFileSync(file, 'utf8');
    const again = await run(['activations', 'export', '--out-file', file]);
    expect(again.code).toBe(2);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});
