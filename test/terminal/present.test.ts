import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { AppError } from '../../src/errors.ts';
import type { OutputFormat, QueryFormat } from '../../src/terminal/formats.ts';
import { type Presentation, present } from '../../src/terminal/present.ts';
import { prepareQuery } from '../../src/terminal/query.ts';
import { type JsonObject, nested, type Result, type RowsResult } from '../../src/terminal/result.ts';
import { fakeTerminal } from './fake-terminal.ts';
import { hostileText } from './hostile.ts';

const FIELDS = ['name', ...nested('activations', ['used', 'allowed']), 'tags', 'note'];
const ROWS: readonly JsonObject[] = [
  { name: 'Office', activations: { used: 3, allowed: 20 }, tags: ['a', 'b'], note: null },
  { name: 'CAL', activations: null, tags: [], note: 'none, yet' },
];

const rowsOf = (rows: RowsResult['rows'], fields: readonly string[] = FIELDS): RowsResult => ({
  kind: 'rows',
  rows,
  fields,
  columns: [{ heading: 'Name', text: (row) => String(row['name']) }],
  empty: 'No products yet.',
});

const recordOf = (value: JsonObject): Result => ({
  kind: 'record',
  value,
  render: () => `Name: ${String(value['name'])}`,
});

async function show(result: Result, how: Presentation): Promise<string> {
  const { terminal, out } = await fakeTerminal();
  await present(result, how, terminal);
  return out();
}

describe('lists', () => {
  test('table', async () => {
    expect(await show(rowsOf(ROWS), { format: 'table' })).toBe('Name\nOffice\nCAL\n');
  });

  test('json is one array, two spaces deep', async () => {
    const text = await show(rowsOf(ROWS), { format: 'json' });
    expect(text).toBe(`${JSON.stringify(ROWS, undefined, 2)}\n`);
  });

  test('jsonl is one row a line', async () => {
    expect(await show(rowsOf(ROWS), { format: 'jsonl' })).toBe(
      '{"name":"Office","activations":{"used":3,"allowed":20},"tags":["a","b"],"note":null}\n' +
        '{"name":"CAL","activations":null,"tags":[],"note":"none, yet"}\n',
    );
  });

  test('csv has the declared header, dots for nested fields, JSON for arrays, CRLF', async () => {
    expect(await show(rowsOf(ROWS), { format: 'csv' })).toBe(
      'name,activations.used,activations.allowed,tags,note\r\n' +
        'Office,3,20,"[""a"",""b""]",\r\n' +
        'CAL,,,[],"none, yet"\r\n',
    );
  });

  test('yaml is one list', async () => {
    const text = await show(rowsOf(ROWS), { format: 'yaml' });
    expect(text).toMatch(/^- name: Office\n {2}activations:\n {4}used: 3\n/);
    expect(parseYaml(text)).toEqual(ROWS);
  });

  test.each([
    ['table', '', 'No products yet.\n'],
    ['json', '[]\n', ''],
    ['jsonl', '', ''],
    ['csv', 'name,activations.used,activations.allowed,tags,note\r\n', ''],
    ['yaml', '[]\n', ''],
  ] as const)('no rows as %s', async (format, expected, said) => {
    const { terminal, out, err } = await fakeTerminal();
    await present(rowsOf([]), { format }, terminal);
    expect(out()).toBe(expected);
    expect(err()).toBe(said);
  });

  test('rows are not gathered: the first is out before the third is asked for', async () => {
    for (const format of ['json', 'jsonl', 'csv', 'yaml'] as const) {
      const { terminal, out } = await fakeTerminal();
      let seen = '';
      async function* rows(): AsyncGenerator<JsonObject> {
        yield { name: 'first' };
        yield { name: 'second' };
        seen = out();
        yield { name: 'third' };
      }
      await present(rowsOf(rows(), ['name']), { format }, terminal);
      // CSV starts with its header.
      expect(seen, format).toContain(format === 'csv' ? 'name\r\n' : 'first');
      expect(out(), format).toContain('third');
    }
  });

  test('the source is closed when the reader has gone', async () => {
    const { Writable } = await import('node:stream');
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('gone'), { code: 'EPIPE' })),
    });
    for (const format of ['json', 'jsonl', 'csv', 'yaml'] as const) {
      const { terminal } = await fakeTerminal({ stdout });
      let closed = false;
      function* rows(): Generator<JsonObject> {
        try {
          for (;;) yield { name: 'again' };
        } finally {
          closed = true;
        }
      }
      await expect(present(rowsOf(rows()), { format }, terminal)).rejects.toMatchObject({
        name: 'OutputClosed',
      });
      // The header of a CSV fails before a row was asked for.
      expect(closed || format === 'csv', format).toBe(true);
    }
  });

  test('an error of the source comes through', async () => {
    const { terminal } = await fakeTerminal();
    async function* rows(): AsyncGenerator<JsonObject> {
      yield { name: 'first' };
      throw new AppError('UNAVAILABLE', 'The service went away.', { hint: 'Call it back.' });
    }
    await expect(present(rowsOf(rows()), { format: 'json' }, terminal)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});

describe('one thing', () => {
  const value = { name: 'Office', activations: { used: 3, last: { day: null } }, tags: ['a'], count: -1 };

  test.each([
    ['table', 'Name: Office\n'],
    ['json', `${JSON.stringify(value, undefined, 2)}\n`],
    ['jsonl', `${JSON.stringify(value)}\n`],
    ['csv', 'name,activations.used,activations.last.day,tags,count\r\nOffice,3,,"[""a""]",-1\r\n'],
    ['yaml', 'name: Office\nactivations:\n  used: 3\n  last:\n    day: null\ntags:\n  - a\ncount: -1\n'],
  ] as const)('%s', async (format, expected) => {
    expect(await show(recordOf(value), { format })).toBe(expected);
  });
});

describe('what no format reshapes', () => {
  test.each(['table', 'json', 'jsonl', 'csv', 'yaml'] as const)('text as %s', async (format) => {
    expect(await show({ kind: 'text', text: '\u001Bkey\n' }, { format })).toBe('\u001Bkey\n');
    expect(await show({ kind: 'nothing' }, { format })).toBe('');
  });
});

describe('spreadsheets', () => {
  const cell = async (value: JsonObject[string]): Promise<string> => {
    const text = await show(rowsOf([{ name: value }], ['name']), { format: 'csv' });
    const [, row] = parseCsv(text) as string[][];
    return row?.[0] ?? '';
  };

  test.each([
    ['=1+1', "'=1+1"],
    ['+49 30', "'+49 30"],
    ['-x', "'-x"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1+1', "'=1+1"],
    ['\u202E=1', "'=1"],
    ['a=b', 'a=b'],
    ['a,"b"', 'a,"b"'],
    ['two\r\nlines', 'two lines'],
    ['\uD800x', 'x'],
    [-5, '-5'],
    [1.5, '1.5'],
    [true, 'true'],
    [null, ''],
    [['=1', '\u202E'], '["=1","\\u202e"]'],
  ])('%j is %j', async (value, expected) => {
    expect(await cell(value)).toBe(expected);
  });

  test('no text becomes a formula, and no cell breaks its row', async () => {
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (name, note) => {
        const text = await show(rowsOf([{ name, note }], ['name', 'note']), { format: 'csv' });
        const rows = parseCsv(text) as string[][];
        expect(rows).toHaveLength(2);
        for (const shown of rows[1] ?? []) expect(shown).not.toMatch(/^[=+\-@]/);
        expect(text.replaceAll('\r\n', '')).not.toMatch(
          /[\u0000-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u,
        );
      }),
    );
  });
});

describe('machine formats are harmless and lose nothing', () => {
  const anything = fc.record({
    name: hostileText,
    nested: fc.dictionary(hostileText, fc.oneof(hostileText, fc.integer(), fc.boolean(), fc.constant(null)), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    list: fc.array(hostileText, { maxLength: 3 }),
  });
  const HARMFUL =
    /[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]|\p{Surrogate}/u;
  const readers: Readonly<Record<string, (text: string) => unknown>> = {
    json: (text) => JSON.parse(text),
    jsonl: (text) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    yaml: (text) => parseYaml(text),
  };

  test.each(['json', 'jsonl', 'yaml'] satisfies OutputFormat[])('%s', async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anything, { minLength: 1, maxLength: 3 }), async (rows) => {
        const text = await show(rowsOf(rows), { format });
        expect(text).not.toMatch(HARMFUL);
        expect(readers[format]?.(text)).toEqual(rows);
      }),
    );
  });

  test.each([
    ' \n',
    '  \n\n',
    ' \n \n',
    'a\n \n',
    'yes',
    'no',
    'on',
    'off',
    'null',
    '~',
    '2026-03-09',
    '1e3',
    '0x1F',
    '0777',
    '1:30',
    '',
    ' ',
    '- a',
    '# a',
  ])('yaml: %j stays text for parsers of 1.1 and 1.2', async (name) => {
    const text = await show(rowsOf([{ name }]), { format: 'yaml' });
    for (const version of ['1.1', '1.2'] as const) expect(parseYaml(text, { version })).toEqual([{ name }]);
  });
});

describe('--query', () => {
  const query = async (expression: string, format: QueryFormat = 'json', result: Result = rowsOf(ROWS)) =>
    show(result, { format, query: await prepareQuery(expression) });

  test.each([
    ['json', '[].name', '[\n  "Office",\n  "CAL"\n]\n'],
    ['json', 'length(@)', '2\n'],
    ['json', '[0].activations.used', '3\n'],
    ['json', '[?activations].name | [0]', '"Office"\n'],
    ['json', 'missing', 'null\n'],
    ['jsonl', '[].{n: name}', '{"n":"Office"}\n{"n":"CAL"}\n'],
    ['jsonl', '[0].name', '"Office"\n'],
    ['jsonl', '`[]`', ''],
    ['yaml', '[].name', '- Office\n- CAL\n'],
    ['yaml', '[0].name', 'Office\n'],
  ] as const)('%s %s', async (format, expression, expected) => {
    expect(await query(expression, format)).toBe(expected);
  });

  test('of one thing', async () => {
    expect(await query('name', 'json', recordOf({ name: 'Office' }))).toBe('"Office"\n');
  });

  test('its answer is harmless too', async () => {
    expect(await query('name', 'json', recordOf({ name: '\u202E' }))).toBe('"\\u202e"\n');
    expect(await query('name', 'yaml', recordOf({ name: '\u202E' }))).toBe('"\\u202e"\n');
  });

  test.each([
    ['[?a==', 6],
    ['a b', 3],
    ['[0].name ]', 10],
    ['a."b', 3],
    ['a ; b', 3],
    ['[', 2],
    ['', 1],
  ])('%j goes wrong at %d', async (expression, position) => {
    await expect(query(expression)).rejects.toMatchObject({ code: 'USAGE', details: { position } });
  });

  test.each([
    ['nosuch(@)', 1],
    ['[].name | nosuch(@)', 11],
    ['abs(`"a"`)', 1],
    ['sort_by(@, &name.x)', undefined],
  ])('%j does not fit the answer', async (expression, position) => {
    await expect(query(expression)).rejects.toMatchObject({
      code: 'INVALID_DATA',
      details: position === undefined ? {} : { position },
    });
  });

  test.each(['a'.repeat(5000), '['.repeat(500)])('a bad expression is USAGE: %.20s', async (expression) => {
    await expect(query(expression)).rejects.toMatchObject({ code: 'USAGE' });
  });
});
