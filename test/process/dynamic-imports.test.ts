import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { PROGRAM } from '../helpers/cli.ts';

test('the built program has no import() left: in what was compiled before, Node warns of it on stderr', () => {
  const files = globSync('**/*.cjs', { cwd: join(dirname(PROGRAM), '../dist') });
  expect(files.length).toBeGreaterThan(50);
  const importing = files.filter((file) =>
    /(?<![\w.$])import\(/.test(readFileSync(join(dirname(PROGRAM), '../dist', file), 'utf8')),
  );
  expect(importing).toEqual([]);
});
