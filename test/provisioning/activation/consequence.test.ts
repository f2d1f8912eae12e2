import { describe, expect, it } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { consequenceOf } from '../../../src/provisioning/activation/consequence.ts';
import { APPLICATION_IDS } from '../../../src/provisioning/activation/licensing-program.ts';
import { activateOnWindows } from '../../../src/provisioning/activation/windows.ts';
import { type MadeUpMachine, madeUpWindows } from './made-up-windows.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const TARGET = { applicationId: APPLICATION_IDS.windows, last5: '6789B', key: productKeySecret(KEY) };
const takes = (changes: object = {}): MadeUpMachine => ({
  keys: [{ key: KEY, applicationId: APPLICATION_IDS.windows, ...changes }],
});

describe('exit code and state in the ledger, by what a made-up Windows does', () => {
  it.each<[string, MadeUpMachine, number, string, string | null]>([
    ['success', takes(), 0, 'succeeded', null],
    ['a licence that came back with its key', takes({ licensedAtOnce: true }), 0, 'succeeded', null],
    ['the wrong edition', takes({ installFails: 0xc004f069 }), 10, 'failed', '0xC004F069'],
    ['the limit', takes({ activateFails: 0xc004c020 }), 10, 'failed', '0xC004C020'],
    ['no elevation', { ...takes(), elevated: false }, 4, 'failed', null],
    ['a restart that is needed', takes({ installFails: 0x80070bc9 }), 0, 'pending', null],
    ['a hang', { instead: { ended: 'timed-out', exitCode: null } }, 10, 'pending', null],
    ['garbage', { instead: { stdout: 'Guten Tag' } }, 10, 'pending', null],
    ['no PowerShell', { instead: { ended: 'not-started', exitCode: null } }, 10, 'failed', null],
  ])('%s', async (_, machine, exitCode, state, code) => {
    const outcome = await activateOnWindows(TARGET, madeUpWindows(machine));
    const { settlement, error } = consequenceOf(outcome, 'activation-1', 'product-1');
    expect(error?.exitCode ?? 0).toBe(exitCode);
    expect(settlement?.outcome ?? 'pending').toBe(state);
    expect(settlement?.code ?? null).toBe(code);
  });
});

describe('what is said', () => {
  const follows = async (machine: MadeUpMachine) =>
    consequenceOf(await activateOnWindows(TARGET, madeUpWindows(machine)), 'activation-1', 'product-1');

  it('names the code and where to read about it', async () => {
    expect((await follows(takes({ activateFails: 0xc004c020 }))).error).toMatchObject({
      code: 'ACTIVATION_FAILED',
      hint: 'Nothing is counted for it. Find out why: mpn-benefits troubleshoot 0xC004C020 --product product-1',
      details: { activationId: 'activation-1', activationCode: '0xC004C020' },
    });
  });

  it('tells how to settle what nobody knows', async () => {
    const { error } = await follows({ instead: { exitCode: 1 } });
    expect(error).toMatchObject({ code: 'ACTIVATION_UNKNOWN' });
    expect(error?.hint).toContain('mpn-benefits activations settle activation-1');
  });

  it('tells to go on after a restart', async () => {
    expect((await follows(takes({ installFails: 0x80070bc9 }))).note).toContain('after the restart');
  });

  it('keeps why nothing had to be activated', async () => {
    expect((await follows(takes({ licensedAtOnce: true }))).settlement?.reason).toContain('already licensed');
  });
});
