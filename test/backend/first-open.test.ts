import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { inProcess } from '../commands/in-process.ts';
import { answer, failure, type Json } from '../process/support.ts';

test('a reader that finds an empty file, as a crash leaves it, gives the profile ids of its own', async () => {
  const ids: unknown[] = [];
  for (const command of [['list'], ['doctor']]) {
    const { home, run } = inProcess();
    mkdirSync(join(home, 'profiles', 'default'), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'profiles', 'default', 'benefits.db'), '', { mode: 0o600 });
    await run(command);
    const { vaultId } = await answer<Json>(run, ['vault', 'status']);
    expect(await answer<Json>(run, ['vault', 'status'])).toMatchObject({ vaultId });
    const { ledger } = await answer<Json>(run, ['activations', 'verify']);
    ids.push(vaultId, ledger);
  }
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  expect(new Set(ids).size).toBe(4);
});

test("another program's database is refused, and not a byte of it changes", async () => {
  const { home, run } = inProcess();
  const file = join(home, 'profiles', 'default', 'benefits.db');
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const foreign = new DatabaseSync(file);
  foreign.exec('CREATE TABLE theirs (text TEXT)');
  foreign.close();
  const before = readFileSync(file);
  expect(await failure(run, ['list'], 8)).toMatchObject({ code: 'INVALID_DATA' });
  expect(readFileSync(file).equals(before)).toBe(true);
});
