import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { run } from '../../src/commands/import-key.ts';
import type { Context } from '../../src/context.ts';
import { AppError } from '../../src/errors.ts';

const away = new AppError('UNAVAILABLE', 'The service cannot be reached.', { hint: 'Is it running?' });

test.each(['find', 'show'])(
  'a key that was stored is said to be, whatever becomes of %s afterwards',
  async (call) => {
    let stored = false;
    const answer = (name: string, value: object) => async () => {
      if (stored && name === call) throw away;
      return value;
    };
    const backend = {
      entitlements: {
        find: answer('find', { id: 'office-2019', name: 'Office 2019' }),
        show: answer('show', { entitlements: [], keys: [] }),
      },
      imports: {
        begin: async () => ({
          id: 'i-1',
          warnings: [],
          add: async () => {
            stored = true;
            return { file: 'key', new: 1, changed: 0, skipped: [], rejected: [] };
          },
        }),
      },
    };
    const context = {
      backend: async () => backend,
      terminal: { registerSecret: () => {}, warn: () => {}, note: () => {} },
      surroundings: { stdin: Readable.from([Buffer.from('BCDFG-HJKMP-QRTVW-XY234-6789B')]) },
    } as unknown as Context;
    expect(await run({ product: 'office-2019', type: 'mak' }, context)).toMatchObject({
      value: { id: 'i-1', files: [{ new: 1 }] },
    });
  },
);
