import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { createSecretFiles } from '../../../src/provisioning/child/secret-files.ts';
import { temporaryFolder } from '../../helpers/cli.ts';

/** Somebody still has the file open, or the program took our rights to the folder away. */
const fault = vi.hoisted(() => ({ code: '' }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof import('node:fs')>();
  const rmSync: typeof real.rmSync = (...args) => {
    if (fault.code !== '') throw Object.assign(new Error(fault.code), { code: fault.code });
    real.rmSync(...args);
  };
  return { ...real, rmSync };
});

test.each(['EBUSY', 'EACCES'])(
  'a key that cannot be removed is exit 6, and says where it is (%s)',
  (code) => {
    const folder = temporaryFolder();
    const files = createSecretFiles(folder, new Map([['A', 'one']]));
    fault.code = code;
    try {
      const [name = ''] = readdirSync(folder);
      expect(files.remove).toThrow(
        expect.objectContaining({
          code: 'STORAGE_UNAVAILABLE',
          message: expect.stringContaining(join(folder, name)),
          hint: expect.stringContaining('delete it yourself'),
        }),
      );
    } finally {
      fault.code = '';
    }
    files.remove();
    expect(readdirSync(folder)).toEqual([]);
  },
);
