import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { activated, hardwareFile, importKeys, LAST5, PRODUCT } from '../process/activate-support.ts';
import { failure, type Json, ok, type Runner, write } from '../process/support.ts';
import { SLMGR_DLV } from '../troubleshooting/samples.ts';
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

describe('the key that a pasted screen shows', () => {
  /** Two keys of a product, the second with the least room, and what Windows prints of the key with these characters. */
  async function pasted(last5: string) {
    const { home, run } = inProcess();
    await importKeys(run, [5, 1]);
    const screen = write(home, 'dlv.txt', SLMGR_DLV.replace('XY234', last5));
    return { home, run, screen };
  }

  test('is the one that the ledger speaks of', async () => {
    const { run, screen } = await pasted(LAST5(0));
    const { stdout } = await ok(run, ['troubleshoot', screen, '--product', PRODUCT]);
    expect(stdout).toMatch(new RegExp(`Key +ends in ${LAST5(0)}`));
    expect(stdout).toContain(`- Key …${LAST5(0)}: 0 of 5 used by the ledger, 5 left.`);
  });

  test('is the one of the support request, with its counts, then and after a restart', async () => {
    const { home, run, screen } = await pasted(LAST5(0));
    const ofThatKey = { key: { last5: LAST5(0), type: 'mak' }, counts: { allowed: 5, remaining: 5 } };
    expect(await request(home, run, screen)).toMatchObject(ofThatKey);
    const asked = await failure(run, ['troubleshoot', screen, '--answer', 'none=asked'], 2);
    await failure(run, ['troubleshoot', screen, '--answer', `${asked.details['step']}=unknown`], 2);
    expect(await request(home, run, '--resume')).toMatchObject(ofThatKey);
  });

  test('is the one of the support request too if it was pasted for an answer', async () => {
    const { home, run, screen } = await pasted(LAST5(0));
    const answers = ['symptom=code', `read=${readFileSync(screen, 'utf8')}`].flatMap((said) => [
      '--answer',
      said,
    ]);
    expect(await request(home, run, '--product', PRODUCT, ...answers)).toMatchObject({
      key: { last5: LAST5(0), type: 'mak' },
      counts: { allowed: 5, remaining: 5 },
    });
  });

  test('is named as unknown if the ledger has no such key, and no other is put in its place', async () => {
    const { home, run, screen } = await pasted('XY234');
    const { stdout } = await ok(run, ['troubleshoot', screen, '--product', PRODUCT]);
    expect(stdout).toContain(
      'The ledger holds no key of this product that ends in XY234, so it cannot say what is used.',
    );
    expect(stdout).not.toContain('used by the ledger,');
    expect(await request(home, run, screen, '--product', PRODUCT)).toMatchObject({
      key: { last5: 'XY234', type: 'unknown' },
      counts: { allowed: null, used: null, remaining: null },
    });
  });
});
