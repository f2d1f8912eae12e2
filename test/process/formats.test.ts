import { parse as parseCsv } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Run } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, fixture, type Json, ok, type Runner } from './support.ts';

/** Whatever steers a screen or turns a text round: none of it may come out where people read. */
const STEERING =
  /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u;

/** Names as files may hold them; XML and the portal's table each carry what they can. */
const HOSTILE: readonly string[] = [
  'Contoso \u001B[31mred\u001B[0m \u001B]0;owned\u0007title',
  'Contoso \u202Etxt.exe\u202C \u2066isolated\u2069 \u200Emark\u200F',
  'Contoso \u0085\u009B2J\u007F delete',
  '=HYPERLINK("http://example.invalid";"click")',
  '+1+cmd|/c calc',
  '-2+3',
  '@SUM(A1)',
  'Contoso "quoted", with; delimiters',
  "Contoso 'single' # hash: colon - dash",
  'コントソ製品 第二版',
  'Contoso 👩‍👩‍👧 family 🇩🇪',
  'null',
  '--- yaml ...',
  '<script>alert(1)</script>',
  '{{template}} $(id) %PATH% `id`',
];

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

async function hostile(): Promise<Runner> {
  const { run } = newHome();
  const rows = HOSTILE.map((name, at) => `${quoted(name)},${at + 1},${quoted(`Source ${name}`)}`);
  await ok(run, ['import', '-'], { stdin: `Product,Quantity,Source\n${rows.join('\n')}\n` });
  return run;
}

function read(format: string, { stdout }: Run): Json[] {
  if (format === 'json') return JSON.parse(stdout);
  if (format === 'jsonl')
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return parseYaml(stdout);
}

describe('one answer in five formats', () => {
  test('list: JSON, JSONL and YAML hold the same values, CSV the same rows', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('inventory.csv'), fixture('portal-grid.tsv')]);
    const rows = await answer<Json[]>(run, ['list']);
    expect(rows).toHaveLength(6);
    for (const format of ['jsonl', 'yaml'])
      expect(read(format, await ok(run, ['list', '-o', format]))).toEqual(rows);
    const csv: Record<string, string>[] = parseCsv((await ok(run, ['list', '-o', 'csv'])).stdout, {
      columns: true,
    });
    expect(
      csv.map((row) => [row['id'], row['quantity'], row['lapsesOn'], row['activations.used'], row['isCal']]),
    ).toEqual(
      rows.map((row) => [
        row['id'],
        row['quantity'] === null ? '' : String(row['quantity']),
        '',
        '0',
        row['isCal'] === null ? '' : String(row['isCal']),
      ]),
    );
    const table = (await ok(run, ['list'])).stdout.trimEnd().split('\n');
    expect(table).toHaveLength(rows.length + 1);
    expect(table[0]).toMatch(/^Product +Source +Quantity +Activations +Activate by +State$/);
  });

  test('show: the same', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('keysexport-2018.xml')]);
    const product = await answer(run, ['show', 'Office LTSC Professional Plus']);
    for (const format of ['jsonl', 'yaml']) {
      const [shown] = [
        read(format, await ok(run, ['show', 'Office LTSC Professional Plus', '-o', format])),
      ].flat();
      expect(shown).toEqual(product);
    }
    const csv = await ok(run, ['show', 'Office LTSC Professional Plus', '-o', 'csv']);
    const [row] = parseCsv<Record<string, string>>(csv.stdout, { columns: true });
    expect(row?.['name']).toBe('Office LTSC Professional Plus');
    expect(JSON.parse(row?.['keys'] ?? '')).toEqual(product['keys']);
    const text = (await ok(run, ['show', 'Office LTSC Professional Plus'])).stdout;
    for (const part of ['Office LTSC Professional Plus', '…67899', 'lab rack 2', 'What to do', 'Portal'])
      expect(text).toContain(part);
  });

  test('an empty list is an empty list in each', async () => {
    const { run } = newHome();
    const texts = ['json', 'jsonl', 'yaml', 'table'].map(
      async (format) => (await ok(run, ['list', '-o', format])).stdout,
    );
    expect(await Promise.all(texts)).toEqual(['[]\n', '', '[]\n', '']);
  });

  test('the environment and the configuration choose the format, the flag overrules both', async () => {
    const { run } = newHome();
    await ok(run, ['config', 'set', 'output', 'yaml']);
    expect((await ok(run, ['list'])).stdout).toBe('[]\n');
    expect((await ok(run, ['list'], { env: { MPN_BENEFITS_OUTPUT: 'csv' } })).stdout).toMatch(
      /^id,productId/,
    );
    expect((await ok(run, ['list', '-o', 'jsonl'], { env: { MPN_BENEFITS_OUTPUT: 'csv' } })).stdout).toBe('');
    expect((await ok(run, ['-o', 'jsonl', 'list'], { env: { MPN_BENEFITS_OUTPUT: 'csv' } })).stdout).toBe('');
  });
});

describe('--query', () => {
  test('reshapes JSON, JSONL and YAML of list and show, and implies JSON', async () => {
    const { run } = newHome();
    await ok(run, ['import', fixture('inventory.csv')]);
    const query = '[?quantity>`10`].{name: name, cores: quantity}';
    const expected = [{ name: 'SQL Server 2022 Standard', cores: 16 }];
    expect((await ok(run, ['list', '--query', query])).json()).toEqual(expected);
    for (const format of ['json', 'jsonl', 'yaml']) {
      expect(read(format, await ok(run, ['list', '--query', query, '-o', format]))).toEqual(expected);
    }
    expect((await ok(run, ['show', 'Windows 11 Pro', '--query', 'keys[0].last5'])).stdout).toBe('"67892"\n');
    expect((await ok(run, ['show', 'Windows 11 Pro', '--query', 'keys[0].last5', '-o', 'yaml'])).stdout).toBe(
      '"67892"\n',
    );
    expect((await ok(run, ['list', '--query', 'length(@)', '-o', 'jsonl'])).stdout).toBe('3\n');
    expect((await ok(run, ['list', '--query', '[].nothing', '-o', 'json'])).json()).toEqual([]);
  });

  test('with a mistake in it changes nothing, whatever the command is', async () => {
    const { run } = newHome();
    await ok(run, ['list', '-p', 'sandbox']);
    const state = async (): Promise<unknown[]> => [
      await answer(run, ['activations', 'list', '-p', 'sandbox']),
      await answer(run, ['offer', 'list', '-p', 'sandbox']),
      await answer(run, ['profile', 'list']),
    ];
    const before = await state();
    for (const command of [
      ['activate', 'office-2019', '-p', 'sandbox', '--machine', 'pc-1', '--via', 'manual', '--yes'],
      ['offer', 'set', 'action-pack', '-p', 'sandbox', '--purchased', '2026-01-01'],
      ['profile', 'add', 'another'],
    ])
      expect((await failure(run, [...command, '--query', '['], 2)).code).toBe('USAGE');
    expect(await state()).toEqual(before);
  });

  test('with table or csv, or with a mistake in it, is exit 2', async () => {
    const { run } = newHome();
    for (const command of [['list'], ['show', 'office-proplus-2019']]) {
      for (const format of ['table', 'csv']) {
        expect((await run([...command, '--query', '[]', '-o', format])).code).toBe(2);
      }
      expect(await failure(run, [...command, '--query', '[?name=='], 2)).toMatchObject({
        code: 'USAGE',
        details: { position: expect.any(Number) },
      });
    }
  });
});

describe('hostile names', { timeout: 180_000 }, () => {
  test('JSON, JSONL and YAML give them as they were, in harmless characters', async () => {
    const run = await hostile();
    for (const format of ['json', 'jsonl', 'yaml']) {
      const done = await ok(run, ['list', '-o', format]);
      expect(done.stdout).not.toMatch(STEERING);
      expect(
        read(format, done)
          .map(({ name }) => name)
          .sort(),
      ).toEqual([...HOSTILE].sort());
    }
  });

  test('tables and stderr leave out what steers a screen', async () => {
    const run = await hostile();
    const table = (await ok(run, ['list'])).stdout;
    expect(table).not.toMatch(STEERING);
    expect(table).toContain('Contoso [31mred[0m ]0;ownedtitle');
    expect(table).toContain('コントソ製品 第二版');
    expect(table).toContain('👩‍👩‍👧');
    for (const name of HOSTILE) {
      const shown = await run(['show', '--', name]);
      expect([name, shown.code]).toEqual([name, 0]);
      expect(shown.stdout + shown.stderr).not.toMatch(STEERING);
    }
    for (const name of HOSTILE.slice(0, 4)) {
      const missing = await run(['show', '--', `${name} zzzz qqqq`]);
      expect(missing.code).toBe(3);
      expect(missing.stderr).not.toMatch(STEERING);
    }
  });

  test('CSV leaves that out too, and no text begins a formula', async () => {
    const run = await hostile();
    const { stdout } = await ok(run, ['list', '-o', 'csv']);
    expect(stdout.replaceAll('\r\n', '\n')).not.toMatch(STEERING);
    const rows: Record<string, string>[] = parseCsv(stdout, { columns: true });
    expect(rows).toHaveLength(HOSTILE.length);
    for (const row of rows) for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@]/);
    expect(rows.map(({ name }) => name)).toContain(`'=HYPERLINK("http://example.invalid";"click")`);
  });

  const HALVES: readonly (readonly [where: string, file: Uint8Array])[] = [
    [
      'UTF-16',
      Buffer.concat([
        Buffer.from([0xff, 0xfe]),
        Buffer.from('Product,Quantity\n"A \uD83D half",1\n', 'utf16le'),
      ]),
    ],
    [
      'UTF-8',
      Buffer.concat([
        Buffer.from('Product,Quantity\nA '),
        Buffer.from([0xed, 0xa0, 0xbd]),
        Buffer.from(' half,1\n'),
      ]),
    ],
    ['XML', Buffer.from('<root><YourKey><Product_Key Name="A &#xD83D; half"/></YourKey></root>')],
  ];
  test.each(HALVES)('half a surrogate pair in %s is no text: exit 8, nothing stored', async (_, stdin) => {
    const { run } = newHome();
    const done = await run(['import', '-'], { stdin });
    expect(done.code).toBe(8);
    expect(done.stdout + done.stderr).not.toMatch(STEERING);
    expect(await answer(run, ['list'])).toEqual([]);
  });

  test('place and reason of an import that fails are harmless as well', async () => {
    const { run } = newHome();
    const stdin = `<root><YourKey><Product_Key Name="A&#x9B;2J \u202Eevil"><Key ID="1" Type="\u202EMAK" ClaimedDate="99/99/9999">BCDFG-HJKMP-QRTVW-XY234-6789B</Key></Product_Key></YourKey></root>`;
    for (const format of ['table', 'json', 'csv']) {
      const done = await run(['import', '-', '-o', format], { stdin });
      expect(done.code).toBe(8);
      expect((done.stdout + done.stderr).replaceAll('\r\n', '\n')).not.toMatch(STEERING);
    }
  });
});
