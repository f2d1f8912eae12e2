import { expect, test } from 'vitest';
import { openKey } from '../../src/backend/local/keys.ts';
import type { Row, Sql } from '../../src/store/sql.ts';

test('a key that cannot be read says why, also where nothing more can be asked afterwards', async () => {
  const asked: string[] = [];
  const answers: (() => Row | undefined)[] = [
    () => ({ vault_id: 'v', vault_check: null }),
    () => {
      throw new Error('the reason');
    },
    () => {
      throw new Error('nothing more happens in a failed transaction');
    },
  ];
  const sql: Pick<Sql, 'first'> = {
    first: async (statement) => {
      asked.push(statement);
      return answers.shift()?.();
    },
  };
  const vault = async () => {
    throw new Error('no vault is needed');
  };
  await expect(openKey(sql as Sql, 'k-1', vault)).rejects.toThrow('the reason');
  expect(asked).toHaveLength(3);
});
