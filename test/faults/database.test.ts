import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { newHome } from '../helpers/warm.ts';
import { answer, failure, fixture, ok, picture, type Runner } from '../process/support.ts';

const COMMANDS: readonly (readonly string[])[] = [
  ['list'],
  ['show', 'Windows 11 Pro'],
  ['key', 'Windows 11 Pro'],
  ['key', '--list'],
  ['import', fixture('portal-grid.tsv')],
  ['import', 'list'],
  ['offer', 'set', 'action-pack', '--purchased', '2024-01-01'],
];

async function filled(): Promise<{ home: string; file: string; run: Runner }> {
  const { home, run } = newHome();
  await ok(run, ['import', fixture('inventory.csv')]);
  const file = join(home, 'profiles/default/benefits.db');
  // One file, with nothing waiting beside it.
  const database = new DatabaseSync(file);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE');
  database.close();
  return { home, file, run };
}

async function refused(run: Runner, home: string): Promise<void> {
  const before = picture(home);
  for (const args of COMMANDS) {
    const error = await failure(run, args, 8);
    expect([args, error.code]).toEqual([args, 'INVALID_DATA']);
    expect(error.message).toContain('benefits.db');
  }
  expect(picture(home)).toEqual(before);
}

describe('a database that this version cannot use is refused and not touched', () => {
  test('one of a newer schema', async () => {
    const { home, file, run } = await filled();
    const bytes = readFileSync(file);
    bytes.writeUInt32BE(bytes.readUInt32BE(60) + 1, 60);
    writeFileSync(file, bytes);
    await refused(run, home);
    expect((await failure(run, ['list'], 8)).message).toContain('newer version');
    expect((await run(['doctor'])).code).toBe(9);
    expect(readFileSync(file)).toEqual(bytes);
  });

  test('one of another program', async () => {
    const { home, run } = newHome();
    const file = join(home, 'profiles/default/benefits.db');
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    const database = new DatabaseSync(file);
    database.exec('CREATE TABLE other (x); PRAGMA user_version = 1; PRAGMA application_id = 7');
    database.close();
    await refused(run, home);
  });

  const DAMAGES: readonly (readonly [what: string, damage: (bytes: Buffer) => Buffer])[] = [
    ['something that is no database', () => Buffer.from('Product,Key\n'.repeat(50))],
    ['a few bytes', () => Buffer.from('SQLite')],
    ['a damaged header', (bytes) => Buffer.concat([Buffer.alloc(16, 1), bytes.subarray(16)])],
  ];
  test.each(DAMAGES)('%s', async (_, damage) => {
    const { home, file, run } = await filled();
    writeFileSync(file, damage(readFileSync(file)));
    await refused(run, home);
  });
});

describe('a database that is damaged inside', () => {
  const DAMAGES: readonly (readonly [what: string, damage: (file: string) => void])[] = [
    [
      'all pages behind the header overwritten',
      (file) => writeFileSync(file, readFileSync(file).fill(0xa5, 100)),
    ],
    ['the end cut off', (file) => truncateSync(file, 4096)],
    [
      'every page but the first overwritten',
      (file) => writeFileSync(file, readFileSync(file).fill(0x5a, 4096)),
    ],
  ];
  test.each(DAMAGES)('%s: exit 8, never a crash', async (_, damage) => {
    const { file, run } = await filled();
    damage(file);
    for (const args of COMMANDS.slice(0, 5)) {
      const error = await failure(run, args, 8);
      expect([args, error.code]).toEqual([args, 'INVALID_DATA']);
    }
    const doctor = await run(['doctor', '-o', 'json']);
    expect(doctor.code).toBe(9);
    expect(doctor.error()).toMatchObject({ details: { failed: expect.arrayContaining(['database']) } });
  });

  test('an empty file is a new database: what a crash at the very beginning leaves', async () => {
    const { file, run } = await filled();
    truncateSync(file, 0);
    expect(await answer(run, ['list'])).toEqual([]);
    await ok(run, ['import', fixture('inventory.csv')]);
    expect(await answer(run, ['list'])).toHaveLength(3);
  });
});
