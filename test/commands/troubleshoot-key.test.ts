import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { activated, hardwareFile, importKeys, PRODUCT } from '../process/activate-support.ts';
import { type Json, ok, type Runner } from '../process/support.ts';
import { inProcess } from './in-process.ts';

/** The support request of a limit that was reached with a product. */
async function request(home: string, run: Runner, ...begin: readonly string[]): Promise<Json> {
  const path = join(home, 'request.json');
  await ok(run, ['troubleshoot', ...begin, '--transcript', path, '--include-personal', '--yes']);
  return JSON.parse(readFileSync(path, 'utf8'));
}

describe('a machine that took the place of another, of the same name', () => {
  async function replaced() {
    const { home, run } = inProcess();
    await importKeys(run, [5]);
    const PC = ['--machine', 'srv-1', '--hardware', hardwareFile('pc-17')];
    await activated(run, ...PC);
    await activated(run, ...PC, '--assume', 'new', '--reason', 'the old one was scrapped');
    return { home, run };
  }

  test('each has its own activations, and only the old one is retired', async () => {
    const { home, run } = await replaced();
    expect((await request(home, run, '0xC004C020', '--product', PRODUCT))['machines']).toEqual([
      { machine: 'srv-1', activations: 1, retiredOn: null },
      { machine: 'srv-1', activations: 1, retiredOn: expect.any(String) },
    ]);
  });

  test('what does not come back is what the old one used', async () => {
    const { run } = await replaced();
    const { stdout } = await ok(run, ['troubleshoot', '0xC004C020', '--product', PRODUCT]);
    expect(stdout).toMatch(/Retired [-\d]+: srv-1; its 1 activation does not come back\./);
  });
});
