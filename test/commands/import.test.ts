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
