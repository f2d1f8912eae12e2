import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect } from 'vitest';
import { madeUpKey } from '../process/support.ts';

/** A CSV of so many grants and one key, all of them named after it. */
export function inventory(name: string, rows: number, key: number): string {
  const lines = Array.from({ length: rows }, (_, row) => `${name} row ${row},,${row + 1}`);
  return `Product,Key,Quantity\n${name} key,${madeUpKey(key)},\n${lines.join('\n')}\n`;
}

/** The database of a home is whole, and nothing in it points to nothing. */
export function expectSound(home: string): void {
  const database = new DatabaseSync(join(home, 'profiles/default/benefits.db'), { readOnly: true });
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  database.close();
}
