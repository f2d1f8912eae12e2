import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { inProcess } from '../commands/in-process.ts';
import { activate, importKeys, PRODUCT } from '../process/activate-support.ts';
import { answer, dayFromNow, grid, type Json, madeUpKey, ok, type Runner } from '../process/support.ts';

const undo = (run: Runner, id: string): Promise<Json> => answer(run, ['import', 'undo', id]);

const GRANT = grid([['Contoso Tool', 'Legacy Gold - Core', '5 activations', dayFromNow(90)]]);
const importing = (run: Runner, stdin: string) => ok(run, ['import', '-'], { stdin });

describe('undoing an import', () => {
  test('a key that was activated stays, with its count, though nobody looked at it', async () => {
    const { run } = inProcess();
    await importKeys(run, [5]);
    await activate(run, '--machine', 'pc-1');
    expect(await undo(run, 'i1')).toMatchObject({ removed: { keys: 0 }, kept: [expect.any(String)] });
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ used: 1, pending: 1 }]);
  });

  test('a key whose count was set stays too', async () => {
    const { run } = inProcess();
    await importKeys(run, [5]);
    await ok(run, ['activations', 'adjust', PRODUCT, '--used', '3', '--reason', 'read in VAMT']);
    expect(await undo(run, 'i1')).toMatchObject({ removed: { keys: 0 } });
    expect(await answer(run, ['key', '--list'])).toMatchObject([{ used: 3 }]);
  });

  test.each([[['i1', 'i2', 'i3']], [['i3', 'i2', 'i1']], [['i2', 'i1', 'i3']]])(
    'in any order, nothing is left when all that found a row are undone: %j',
    async (order) => {
      const { run } = inProcess();
      const keyed = `Product,Key,Type,Quantity,Unit,Source\nContoso Tool,${madeUpKey(0)},mak,5,activations,Legacy Gold - Core\n`;
      for (const _ of order) await importing(run, keyed);
      for (const id of order.slice(0, -1)) await undo(run, id);
      expect(await answer(run, ['list'])).toMatchObject([{ name: 'Contoso Tool', keyCount: 1, quantity: 5 }]);
      await undo(run, order.at(-1) ?? '');
      for (const command of [['list'], ['key', '--list'], ['offer', 'list']])
        expect(await answer(run, command)).toEqual([]);
    },
  );

  test.each([
    [
      ['i2', 'i3'],
      [9, 5],
    ],
    [
      ['i3', 'i2'],
      [8, 5],
    ],
  ])('a value is what the last import that stands made of it: %j gives %j', async (order, values) => {
    const { run } = inProcess();
    for (const quantity of [5, 8, 9])
      await importing(
        run,
        grid([['Contoso Tool', 'Legacy Gold - Core', `${quantity} activations`, dayFromNow(90)]]),
      );
    for (const [at, id] of order.entries()) {
      await undo(run, id);
      expect(await answer(run, ['list'])).toMatchObject([{ quantity: values[at] }]);
    }
  });

  test('an offer goes with the last that came by it, unless something was said of it', async () => {
    const { run } = inProcess();
    await importing(run, GRANT);
    await undo(run, 'i1');
    expect(await answer(run, ['offer', 'list'])).toEqual([]);
    await importing(run, GRANT);
    const [offer] = await answer<Json[]>(run, ['offer', 'list']);
    const name = `${offer?.['program']}:${offer?.['part']}`;
    await ok(run, ['offer', 'set', name, '--purchased', dayFromNow(-10)]);
    await undo(run, 'i2');
    expect(await answer(run, ['offer', 'list'])).toMatchObject([{ purchased: dayFromNow(-10) }]);
  });

  const originalsIn = (home: string) => {
    const database = new DatabaseSync(join(home, 'profiles', 'default', 'benefits.db'));
    try {
      return database.prepare('SELECT shown FROM sealed_text ORDER BY shown').all();
    } finally {
      database.close();
    }
  };

  test('the original of one of several notes of a key stays as long as that is shown', async () => {
    const { home, run } = inProcess();
    const noted = (note: string) => `Product,Key,Notes\nContoso Tool,${madeUpKey(0)},${note}\n`;
    await importing(run, noted(`see ${madeUpKey(1)}`));
    await importing(run, noted('two'));
    await undo(run, 'i1');
    const [key] = await answer<Json[]>(run, ['key', '--list']);
    expect(key?.['note']).toMatch(/^see ….{5}; two$/);
    expect(originalsIn(home)).toMatchObject([{ shown: expect.stringMatching(/^see …/) }]);
    await undo(run, 'i2');
    expect(originalsIn(home)).toEqual([]);
  });

  test('of a text in which a key was hiding the original stays as long as the text is shown', async () => {
    const { home, run } = inProcess();
    const hiding = `Product,Key,Type,Source,Notes\nContoso Tool,${madeUpKey(0)},mak,of ${madeUpKey(1)},see ${madeUpKey(2)}\n`;
    const originals = () => originalsIn(home);
    await importing(run, hiding);
    await importing(run, hiding);
    const both = [{ shown: expect.stringMatching(/^of …/) }, { shown: expect.stringMatching(/^see …/) }];
    expect(originals()).toMatchObject(both);
    await undo(run, 'i1');
    expect(originals()).toMatchObject(both);
    await undo(run, 'i2');
    expect(originals()).toEqual([]);
  });
});
