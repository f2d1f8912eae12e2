import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answer, failure, type Json, madeUpKey } from '../process/support.ts';
import { inProcess } from './in-process.ts';

const XML = `<YourKey><Product_Key Name="Visio LTSC 2024 Professional"><Key ID="1" Type="MAK">${madeUpKey(0)}</Key></Product_Key></YourKey>`;

function withFiles(files: Readonly<Record<string, string>>) {
  const { home, run } = inProcess();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
  return { run, paths: Object.keys(files).map((name) => join(home, name)) };
}

describe('--map, which names columns', () => {
  const MAP = ['--map', 'Titel=product'];

  test('is refused for files without any: exit 2, nothing stored', async () => {
    const { run, paths } = withFiles({ 'a.xml': XML, 'b.xml': XML });
    for (const files of [paths, paths.slice(0, 1)]) {
      const error = await failure(run, ['import', ...files, ...MAP], 2);
      expect(error.message).toBe('KeysExport.xml has no columns, so --map has no use.');
    }
    const piped = await run(['import', '-', ...MAP], { stdin: XML });
    expect(piped).toMatchObject({ code: 2, stderr: expect.stringContaining('--map has no use') });
    expect(await answer<Json[]>(run, ['list'])).toEqual([]);
  });

  test('is taken for the tables among several files', async () => {
    const { run, paths } = withFiles({ 'a.xml': XML, 'b.csv': 'Titel;Quantity\nP;3\n' });
    const { files } = await answer(run, ['import', ...paths, ...MAP]);
    expect(files).toMatchObject([
      { format: 'keys-export', new: 1 },
      { format: 'csv', new: 1 },
    ]);
  });
});

test('rows that repeat others are counted, and told once for each file', async () => {
  const { run, paths } = withFiles({
    'once.csv': 'Product,Quantity,Note\nSQL,16 cores,a\nSQL,16 cores,b\nSQL,8 cores,\n',
    'more.csv': 'Product,Quantity\nP,5\nQ,5\nP,5\nQ,5\nP,6\nP,\nP,\n',
    'none.csv': 'Product,Quantity,Source\nR,5,A - Core\nR,5,B - Core\nS,5,A - Core\n',
  });
  const done = await run(['import', ...paths, '--dry-run']);
  expect(done.stderr.split('\n').filter((line) => line.startsWith('warning'))).toEqual([
    `warning: ${paths[0]}, line 3 repeats line 2: both are counted.`,
    `warning: ${paths[1]}, line 4 repeats line 2: both are counted. 2 rows repeat others.`,
  ]);
  const { files } = await answer(run, ['import', ...paths]);
  expect(files).toMatchObject([{ new: 5 }, { new: 5 }, { new: 3 }]);
});

test('a key that another product has already is said to be that one’s too, by name', async () => {
  const { run } = inProcess();
  const args = (product: string) => ['import', 'key', product, '--type', 'mak'];
  const stdin = `${madeUpKey(0)}\n`;
  const first = await run(args('ws-standard-2019'), { stdin });
  expect(first.stderr).toBe('');
  expect((await run(args('ws-standard-2019'), { stdin })).stderr).toBe('');
  const other = await run(args('office-proplus-2019'), { stdin });
  const told = 'This is the key of Windows Server 2019 Standard too, with one count for all.';
  expect(other.stderr).toMatch(new RegExp(`${told} If it is not, .* import undo \\S+\n$`));
  expect((await run(args('office-proplus-2019'), { stdin })).stderr).toBe(`warning: ${told}\n`);
});
