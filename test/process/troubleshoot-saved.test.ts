import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadWalk, newWalkId, saveWalk } from '../../src/commands/troubleshoot/saved-walks.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { newHome } from '../helpers/warm.ts';
import { begin } from '../troubleshooting/helpers.ts';
import { failure, write } from './support.ts';

const walk = (id: string) => ({ ...begin(), id });
const age = (folder: string, id: string, seconds: number): void =>
  utimesSync(join(folder, `walk-${id}.json`), 1_700_000_000 - seconds, 1_700_000_000 - seconds);

test('the latest that has not ended is resumed; if all have, the latest', () => {
  const folder = join(temporaryFolder(), 'state');
  for (const [id, ended, seconds] of [
    ['older', false, 30],
    ['open', false, 20],
    ['ended', true, 10],
  ] as const) {
    saveWalk(folder, walk(id), ended);
    age(folder, id, seconds);
  }
  expect(loadWalk(folder, undefined).id).toBe('open');
  expect(loadWalk(folder, 'ended').id).toBe('ended');
  saveWalk(folder, walk('open'), true);
  saveWalk(folder, walk('older'), true);
  age(folder, 'older', 0);
  expect(loadWalk(folder, undefined).id).toBe('open');
});

test('no more than twenty are kept, and nothing but walkthroughs is removed', () => {
  const folder = temporaryFolder();
  write(folder, 'mine.json', '{}');
  for (let number = 0; number < 25; number += 1) {
    const id = `w${String(number).padStart(2, '0')}`;
    saveWalk(folder, walk(id), false);
    age(folder, id, 1000 - number);
  }
  const names = readdirSync(folder);
  expect(names).toContain('mine.json');
  expect(names).toContain('walk-w24.json');
  expect(names.length).toBeLessThanOrEqual(22);
});

test('ids are short, typed easily, and not the same twice', () => {
  const ids = new Set(Array.from({ length: 200 }, newWalkId));
  expect(ids.size).toBe(200);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{6}$/);
});

test('a link in the place of a saved walkthrough, or of the folder, is not followed', async () => {
  const { home, run } = newHome();
  const elsewhere = temporaryFolder();
  const target = write(elsewhere, 'walk.json', JSON.stringify(walk('abc')));
  mkdirSync(join(home, 'state'), { mode: 0o700 });
  symlinkSync(target, join(home, 'state', 'walk-abc.json'));
  expect(await failure(run, ['troubleshoot', '--resume', 'abc'], 6)).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
  expect(readFileSync(target, 'utf8')).toBe(JSON.stringify(walk('abc')));
});

test('where nothing can be saved the walk goes on, and says that it cannot be resumed', async () => {
  const { home, run } = newHome();
  write(home, 'state', 'a file in the place of the folder');
  const asked = await run(['troubleshoot', '--answer', 'symptom=limit']);
  expect(asked.code).toBe(2);
  expect(asked.stderr).toContain('cannot be resumed later');
  expect(asked.stderr).not.toContain('--resume');
});
