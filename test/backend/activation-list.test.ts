import { expect, test } from 'vitest';
import { inProcess } from '../commands/in-process.ts';
import { answer, grid, type Json, madeUpKey, ok } from '../process/support.ts';

test('activations of a product that was joined to another are told of that one', async () => {
  const { run } = inProcess();
  const row = (name: string) => grid([[name, 'MAPS - Core', '5 activations', 'Dec 6, 2030']]);
  for (const [name, key] of [
    ['Our Office', madeUpKey(0)],
    ['Contoso Tool', madeUpKey(1)],
  ] as const) {
    await ok(run, ['import', '-'], { stdin: row(name) });
    await ok(run, ['import', 'key', name, '--type', 'mak'], { stdin: `${key}\n` });
    await ok(run, ['activate', name, '--via', 'manual', '--yes', '--machine', 'pc-1']);
  }
  const OFFICE = 'office-proplus-2019';
  await ok(run, ['product', 'alias', 'Our Office', OFFICE]);
  await ok(run, ['activate', OFFICE, '--via', 'manual', '--yes', '--machine', 'pc-2']);

  const listed = await answer<Json[]>(run, ['activations', 'list', '--product', OFFICE]);
  expect(listed.map(({ machine }) => machine)).toEqual(['pc-2', 'pc-1']);
  const { recentActivations } = await answer(run, ['show', OFFICE]);
  expect(recentActivations).toEqual(listed);
  expect(await answer(run, ['activations', 'list', '--product', 'Contoso Tool'])).toHaveLength(1);
});
