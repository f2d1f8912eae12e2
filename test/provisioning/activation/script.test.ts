import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { Secret } from '../../../src/keys/secret.ts';
import { APPLICATION_IDS } from '../../../src/provisioning/activation/licensing-program.ts';
import { readResultLine } from '../../../src/provisioning/activation/result-line.ts';
import { activationScriptFile, type ScriptRequest } from '../../../src/provisioning/activation/script.ts';
import { anyText } from './any-text.ts';
import { type MadeUpMachine, madeUpWindows } from './made-up-windows.ts';
import { parsePowerShell } from './powershell/parse.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const ACTIVATION = { activationId: '0c7c1b5e-5a0f-4d5e-8a53-4be4f4a1a001', keyLast5: '6789B' };
const REQUEST: ScriptRequest = {
  key: productKeySecret(KEY),
  applicationId: APPLICATION_IDS.windows,
  last5: '6789B',
  activationId: ACTIVATION.activationId,
  productName: 'Windows Server 2025 Standard',
  machine: 'SRV-1.example.org',
};
const WINDOWS_KEY = { key: KEY, applicationId: APPLICATION_IDS.windows };

function run(machine: MadeUpMachine, request: Partial<ScriptRequest> = {}) {
  const windows = madeUpWindows({ machine: 'SRV-1', ...machine });
  const { stdout, exitCode } = windows.runFile(activationScriptFile({ ...REQUEST, ...request }));
  return { windows, stdout, exitCode };
}

describe('the script, run elsewhere, and its result read back', () => {
  it.each<[string, MadeUpMachine, object, number]>([
    ['success', { keys: [WINDOWS_KEY] }, { kind: 'succeeded', activated: true }, 0],
    [
      'the wrong edition',
      { keys: [{ ...WINDOWS_KEY, installFails: 0xc004f069 }] },
      { kind: 'failed', code: '0xC004F069' },
      1,
    ],
    [
      'the limit',
      { keys: [{ ...WINDOWS_KEY, activateFails: 0xc004c020 }] },
      { kind: 'failed', code: '0xC004C020' },
      1,
    ],
    ['no rights', { elevated: false, keys: [WINDOWS_KEY] }, { kind: 'not-elevated' }, 1],
    ['a restart', { keys: [{ ...WINDOWS_KEY, installFails: 0x80070bc9 }] }, { kind: 'restart-needed' }, 1],
  ])('%s', (_, machine, outcome, code) => {
    const { stdout, exitCode } = run(machine);
    expect(exitCode).toBe(code);
    expect(stdout.split('\n').filter((line) => line.startsWith('mpn-benefits-result: {'))).toHaveLength(1);
    expect(readResultLine(stdout, ACTIVATION)).toMatchObject({ ...ACTIVATION_AS_READ, outcome });
  });

  const ACTIVATION_AS_READ = { activationId: ACTIVATION.activationId, last5: '6789B' };

  it('has what settling needs in its line', () => {
    const { stdout } = run({ keys: [WINDOWS_KEY] });
    expect(JSON.parse(stdout.replace('mpn-benefits-result: ', ''))).toEqual({
      activationId: ACTIVATION.activationId,
      v: 1,
      step: 'done',
      elevated: true,
      last5: '6789B',
      rows: 1,
      licenseStatus: 1,
      licenseStatusReason: '0x4004F401',
      error: null,
      activated: true,
    });
  });

  it('says if the machine is another one, by the first part of its name', () => {
    expect(run({ keys: [WINDOWS_KEY] }).windows.stderr).toEqual([]);
    expect(run({ keys: [WINDOWS_KEY], machine: 'SRV-2' }).windows.stderr).toEqual([
      'note: this script was made for SRV-1.example.org and ran on SRV-2',
    ]);
  });

  it('prints no key', () => {
    const { stdout, windows } = run({ keys: [WINDOWS_KEY] });
    expect(stdout + windows.stderr.join('')).not.toContain('HJKMP');
  });
});

describe('hostile names and keys', () => {
  const hostile = fc.oneof(
    anyText(20),
    fc.constantFrom("'; Remove-Item C:\\ #", '\u2019\ncalc', '$(calc)', '\r\n#requires -Version 99', "it's"),
  );

  it('change nothing but themselves', () => {
    const shape = (text: string) =>
      JSON.stringify(parsePowerShell(text).named.flatMap(({ named }) => named).length);
    fc.assert(
      fc.property(hostile, hostile, (productName, machine) => {
        const text = activationScriptFile({ ...REQUEST, productName, machine });
        expect(text).toMatch(/^[\x20-\x7E\n]*$/);
        expect(shape(text)).toBe(shape(activationScriptFile(REQUEST)));
        const windows = madeUpWindows({ keys: [WINDOWS_KEY] });
        const { stdout } = windows.runFile(text);
        expect(readResultLine(stdout, ACTIVATION)?.outcome).toMatchObject({ kind: 'succeeded' });
      }),
      { numRuns: 25 },
    );
  });

  it('a key of any characters arrives as it is', () => {
    const key = "it's \u2019a$key";
    const { windows, stdout } = run(
      { keys: [{ key, applicationId: APPLICATION_IDS.windows }] },
      { key: new Secret(key), last5: key.slice(-5) },
    );
    expect(windows.called[0]).toBe('InstallProductKey');
    const outcome = readResultLine(stdout, { ...ACTIVATION, keyLast5: key.slice(-5) })?.outcome;
    expect(outcome).toMatchObject({ kind: 'succeeded' });
  });
});
