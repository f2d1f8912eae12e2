import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { madeUpClient, type SmallService, smallService } from '../client/service.ts';
import { inProcess } from '../commands/in-process.ts';
import { expectSound } from '../process/activate-support.ts';
import { answer, type Json, madeUpKey } from '../process/support.ts';
import { type MadeUpMachine, madeUpWindows } from '../provisioning/activation/made-up-windows.ts';

/** Every way in which an activation can go is in test/commands and test/provisioning/activation. */
const KEY = madeUpKey(17);
const PRODUCT = 'ws-standard-2019';
const WINDOWS = '55c92734-d682-4d71-983e-d6ec3f16059f';
const takes = (changes: object): MadeUpMachine => ({
  keys: [{ key: KEY, applicationId: WINDOWS, ...changes }],
});

async function activateOn(machine: MadeUpMachine) {
  const { run } = inProcess({ platform: 'win32', hostName: 'srv-01' });
  await run(['import', 'key', PRODUCT, '--type', 'mak', '--allowed', '5'], { stdin: `${KEY}\n` });
  const args = ['activate', PRODUCT, '--assume', 'new', '--reason', 'test', '--yes', '-o', 'json'];
  const done = await run(args, { powerShell: madeUpWindows(machine) });
  const [activation] = await answer<Json[]>(run, ['activations', 'list']);
  await expectSound(run);
  return { done, activation };
}

describe('Windows', () => {
  test('says licensed: success', async () => {
    const { done, activation } = await activateOn(takes({}));
    expect([done.code, activation?.['status']]).toEqual([0, 'succeeded']);
  });

  test.each([2, 5])(
    'returns without an error and is not licensed (status %i): no success',
    async (statusAfter) => {
      const { done, activation } = await activateOn(takes({ statusAfter }));
      expect(done.code).toBe(10);
      expect(done.stdout).not.toContain('succeeded');
      expect(activation?.['status']).not.toBe('succeeded');
    },
  );

  test('answers about another key: nobody knows, so it stays pending and counted', async () => {
    const { outcomeOf } = await import('../../src/provisioning/activation/outcome.ts');
    const report = {
      elevated: true,
      step: 'done' as const,
      error: null,
      last5: 'OTHER',
      rows: 1,
      licenseStatus: 1,
      licenseStatusReason: null,
      activated: true,
    };
    expect(outcomeOf(report, KEY.slice(-5))).toMatchObject({ kind: 'unknown' });
  });
});

describe('a service', () => {
  let service: SmallService;
  beforeAll(async () => {
    service = await smallService();
  });
  afterAll(() => service.close());

  test('answers 200 with something else, as portals of networks do: no success', async () => {
    service.answer = () => ({ status: 200, body: '<html>', headers: { 'content-type': 'text/html' } });
    const client = madeUpClient({
      origin: service.origin,
      pause: async () => {},
    });
    const settled = client.call('settleActivation', {
      parameters: { activationId: 'a-1' },
      body: { outcome: 'succeeded', code: null, reason: null },
    });
    await expect(settled).rejects.toMatchObject({
      code: 'INVALID_DATA',
      hint: expect.stringMatching(/not known/),
    });
    await client.close();
  });
});
