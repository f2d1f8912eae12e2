import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { slmgrLabels } from '../../src/commands/shared/slmgr-labels.ts';
import { readInput } from '../../src/troubleshooting/input.ts';
import { temporaryFolder } from '../helpers/cli.ts';
import { index } from '../troubleshooting/helpers.ts';
import * as samples from '../troubleshooting/samples.ts';
import { write } from './support.ts';

/** The folder of slmgr of a Windows in these languages. */
function windows(languages: Readonly<Record<string, string | Uint8Array>>): string {
  const root = temporaryFolder();
  for (const [lcid, ini] of Object.entries(languages)) {
    const folder = join(root, 'System32', 'slmgr', lcid);
    mkdirSync(folder, { recursive: true });
    write(folder, 'slmgr.ini', ini);
  }
  return root;
}

test.each([
  ['UTF-16, as Windows has it', Buffer.from(`\uFEFF${samples.SLMGR_SV_INI}`, 'utf16le')],
  ['UTF-8', samples.SLMGR_SV_INI],
])('slmgr in Swedish is read with the texts of a Swedish Windows: %s', (_, ini) => {
  const slmgrIni = slmgrLabels(windows({ '0409': '[Strings]\n', '041D': ini }));
  expect(
    readInput(samples.SLMGR_SV, index, slmgrIni === undefined ? {} : { slmgrIni }).products,
  ).toMatchObject([{ product: 'Windows(R), Professional edition', last5: 'XY234', status: 'licensed' }]);
});

test('an English Windows, or one without slmgr, has nothing to add', () => {
  expect(slmgrLabels(windows({ '0409': '[Strings]\n' }))).toBeUndefined();
  expect(slmgrLabels(temporaryFolder())).toBeUndefined();
});
