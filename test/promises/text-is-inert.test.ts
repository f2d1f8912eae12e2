import { parse as parseCsv } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { presentError } from '../../src/terminal/error.ts';
import { present } from '../../src/terminal/present.ts';
import type { JsonObject } from '../../src/terminal/result.ts';
import { newHome } from '../helpers/cli.ts';
import { ok } from '../process/support.ts';
import { fakeTerminal } from '../terminal/fake-terminal.ts';
import { hostileText, STEERING } from '../terminal/hostile.ts';

/** A terminal without colours of ours: whatever steers it then is not ours. */
const SCREEN = { columns: 80, options: { color: false } };

const rowsOf = (row: JsonObject) => ({
  kind: 'rows' as const,
  rows: [row],
  fields: ['name'],
  columns: [{ heading: 'Name', text: (each: JsonObject) => String(each['name']) }],
  empty: 'Nothing.',
});

/** A row as one of the formats writes it. */
async function written(name: string, format: 'table' | 'json' | 'jsonl' | 'csv'): Promise<string> {
  const { terminal, out } = await fakeTerminal(SCREEN);
  await present(rowsOf({ name }), { format }, terminal);
  return out();
}

test('JSON gives every string back as it was, unpaired surrogates too', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      expect(JSON.parse(await written(text, 'json'))).toEqual([{ name: text }]);
      expect(JSON.parse(await written(text, 'jsonl'))).toEqual({ name: text });
    }),
  );
});

test('no control character reaches a terminal, in a table, in JSON or in CSV', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      for (const format of ['table', 'json', 'csv'] as const)
        expect((await written(text, format)).replaceAll('\r\n', '\n')).not.toMatch(STEERING);
    }),
  );
});

test('nor in an error, a warning or a note', async () => {
  await fc.assert(
    fc.asyncProperty(hostileText, async (text) => {
      const { terminal, err } = await fakeTerminal(SCREEN);
      terminal.warn(text);
      terminal.note(text);
      presentError(new AppError('NOT_FOUND', text, { hint: text }), terminal);
      expect(err()).not.toMatch(STEERING);
    }),
  );
});

test('a CSV cell opens as text, whatever it begins with', async () => {
  for (const formula of ['=1+2', '+1', '-1', '@SUM(A1)', '\t=1+2', '\r=1+2']) {
    const [, [cell] = []]: string[][] = parseCsv(await written(formula, 'csv'));
    expect(cell).toMatch(/^[^=+\-@\t\r]/);
    expect(cell).toContain(formula.trim());
  }
});

test('all of it in the program: a hostile file, through the importer, to the screen', async () => {
  const { run } = newHome();
  const name = '=cmd|calc \u001B]0;owned\u0007\u202Etxt\u009B2J 名前';
  await ok(run, ['import', '-'], { stdin: `Product,Quantity\n"${name}",3\n` });
  const [table, json, csv] = await Promise.all(
    ['table', 'json', 'csv'].map(async (format) => (await ok(run, ['list', '-o', format])).stdout),
  );
  for (const text of [table, json, csv?.replaceAll('\r\n', '\n')]) expect(text).not.toMatch(STEERING);
  expect(JSON.parse(json ?? '')[0].name).toBe(name);
  expect(csv).toContain(`'=cmd`);
});
