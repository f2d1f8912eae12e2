import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { changeSetting, readConfiguration } from '../../src/settings/settings.ts';
import { temporaryFolder } from '../helpers/cli.ts';

describe('a configuration file that cannot be understood is never overwritten', () => {
  test.each(['[]', '["output"]', '"json"', 'null', '{', '{"profiles":[]}', '{"profiles":{"team":[]}}'])(
    '%s',
    async (text) => {
      const file = join(temporaryFolder(), 'config.json');
      writeFileSync(file, text, { mode: 0o600 });
      const invalid = expect.objectContaining({ code: 'INVALID_DATA', details: { file } });
      expect(() => readConfiguration(file)).toThrow(invalid);
      await expect(changeSetting(file, 'output', 'json')).rejects.toThrow(invalid);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );
});

test('taking a setting out of a file that is not there makes nothing', async () => {
  const folder = join(temporaryFolder(), 'home');
  await changeSetting(join(folder, 'config.json'), 'output', null);
  expect(existsSync(folder)).toBe(false);
});
