import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src/errors.ts';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { APPLICATION_IDS } from '../../../src/provisioning/activation/licensing-program.ts';
import {
  activateOnWindows,
  activationScript,
  checkElevation,
  lookScript,
} from '../../../src/provisioning/activation/windows.ts';
import { anyText } from './any-text.ts';
import { type MadeUpMachine, madeUpWindows } from './made-up-windows.ts';
import { parsePowerShell } from './powershell/parse.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const OTHER_KEY = 'MMMMM-HJKMP-QRTVW-XY234-6789C';
const TARGET = { applicationId: APPLICATION_IDS.windows, last5: '6789B' };
const WINDOWS_KEY = { key: KEY, applicationId: APPLICATION_IDS.windows };
const OFFICE_LICENCE = {
  id: 'office',
  applicationId: APPLICATION_IDS.office,
  last5: 'QQQQQ',
  status: 1,
  reason: 0,
};
const OLD_LICENCE = {
  id: 'old',
  applicationId: APPLICATION_IDS.windows,
  last5: 'TTTTT',
  status: 1,
  reason: 0,
};
const licence = (id: string, status: number) => ({
  id,
  applicationId: APPLICATION_IDS.windows,
  last5: '6789B',
  status,
  reason: 0xc004f014,
});

function activate(machine: MadeUpMachine) {
  const windows = madeUpWindows(machine);
  return { windows, outcome: activateOnWindows({ ...TARGET, key: productKeySecret(KEY) }, windows) };
}

describe('what a machine does with a key, and what is made of it', () => {
  it('activates, and believes only the status', async () => {
    const { windows, outcome } = activate({ keys: [WINDOWS_KEY], licences: [OFFICE_LICENCE, OLD_LICENCE] });
    expect(await outcome).toEqual({ kind: 'succeeded', activated: true, message: 'activated' });
    expect(windows.called).toEqual([
      'InstallProductKey',
      'RefreshLicenseStatus',
      'Activate',
      'RefreshLicenseStatus',
    ]);
  });

  it.each<[string, MadeUpMachine, object]>([
    [
      'the wrong edition',
      { keys: [{ ...WINDOWS_KEY, installFails: 0xc004f069 }] },
      { kind: 'failed', code: '0xC004F069', message: 'The product key was not taken (0xC004F069).' },
    ],
    ['a key of nothing', { keys: [] }, { kind: 'failed', code: '0xC004F050' }],
    [
      'the limit',
      { keys: [{ ...WINDOWS_KEY, activateFails: 0xc004c020 }] },
      { kind: 'failed', code: '0xC004C020' },
    ],
    [
      'a refused activation that raises nothing, in a state of grace',
      { keys: [{ ...WINDOWS_KEY, statusAfter: 5, reasonAfter: 0xc004f034 }] },
      { kind: 'failed', code: '0xC004F034', message: 'The licence is not active: status 5 (0xC004F034).' },
    ],
    [
      'a state of grace with a reason that only informs',
      { keys: [{ ...WINDOWS_KEY, statusAfter: 2, reasonAfter: 0x4004f00c }] },
      { kind: 'failed', code: null, message: 'The licence is not active: status 2.' },
    ],
    [
      'a restart that is due',
      { keys: [{ ...WINDOWS_KEY, installFails: 0x80070bc9 }] },
      { kind: 'restart-needed', code: '0x80070BC9' },
    ],
    [
      'a restart that a method answers with',
      { keys: [{ ...WINDOWS_KEY, installReturns: 3010 }] },
      { kind: 'restart-needed', code: '0xBC2' },
    ],
    [
      'a method that answers with a code',
      { keys: [{ ...WINDOWS_KEY, installReturns: 0xc004e016 }] },
      { kind: 'failed', code: '0xC004E016' },
    ],
    ['no rights', { elevated: false, keys: [WINDOWS_KEY] }, { kind: 'not-elevated' }],
    [
      'rights that are not enough',
      { keys: [{ ...WINDOWS_KEY, installFails: 0x80070005 }] },
      { kind: 'not-elevated' },
    ],
    [
      'a licensing service that does not answer',
      { keys: [WINDOWS_KEY], readFails: { code: 0x80070422, from: 1 } },
      {
        kind: 'failed',
        code: '0x80070422',
        message: 'The status of the licence could not be read, and nothing was done (0x80070422).',
      },
    ],
    [
      'a licensing service that is gone once the key is installed',
      { keys: [WINDOWS_KEY], readFails: { code: 0x800706be, from: 2 } },
      { kind: 'unknown', why: 'the status could not be read again (0x800706BE)' },
    ],
    [
      'a licensing service that is gone after the activation',
      { keys: [WINDOWS_KEY], readFails: { code: 0x800706be, from: 3 } },
      { kind: 'unknown', why: 'the status could not be read again (0x800706BE)' },
    ],
    [
      'a key that is installed and not to be seen',
      { keys: [{ ...WINDOWS_KEY, applicationId: APPLICATION_IDS.office }] },
      { kind: 'unknown', why: 'no licence on the machine shows a key that ends in 6789B' },
    ],
    [
      'a hang',
      { instead: { ended: 'timed-out', exitCode: null } },
      { kind: 'unknown', why: 'it gave no answer in time' },
    ],
    [
      'garbage',
      {
        instead: {
          stdout: `Hello ${KEY}\n=== mpn-benefits report ===\n{"v":1}\n=== end of mpn-benefits report ===`,
        },
      },
      { kind: 'unknown', why: 'its answer cannot be read (exit code 0)' },
    ],
    [
      'silence',
      { instead: { exitCode: 255 } },
      { kind: 'unknown', why: 'its answer cannot be read (exit code 255)' },
    ],
    [
      'no PowerShell',
      { instead: { ended: 'not-started', exitCode: null } },
      { kind: 'failed', code: null, message: 'PowerShell could not be started, and nothing was done.' },
    ],
  ])('%s', async (_, machine, expected) => {
    expect(await activate(machine).outcome).toMatchObject(expected);
  });

  it('touches nothing without rights', async () => {
    const { windows, outcome } = activate({ elevated: false, keys: [WINDOWS_KEY] });
    await outcome;
    expect(windows.called).toEqual([]);
  });

  it('does not mind a refresh that fails', async () => {
    expect(await activate({ keys: [WINDOWS_KEY], refreshFails: true }).outcome).toMatchObject({
      kind: 'succeeded',
    });
  });

  it('activates Office by its own application', async () => {
    const windows = madeUpWindows({
      keys: [{ key: KEY, applicationId: APPLICATION_IDS.office }],
      licences: [OLD_LICENCE],
    });
    const target = { applicationId: APPLICATION_IDS.office, last5: '6789B', key: productKeySecret(KEY) };
    expect(await activateOnWindows(target, windows)).toMatchObject({ kind: 'succeeded', activated: true });
  });
});

describe('a licence that is there already', () => {
  it('needs nothing at all', async () => {
    const { windows, outcome } = activate({ keys: [WINDOWS_KEY], licences: [licence('a', 1)] });
    expect(await outcome).toMatchObject({ kind: 'succeeded', activated: false });
    expect(windows.called).toEqual([]);
  });

  it('comes back with its key: Activate is not called', async () => {
    const { windows, outcome } = activate({ keys: [{ ...WINDOWS_KEY, licensedAtOnce: true }] });
    expect(await outcome).toMatchObject({ kind: 'succeeded', activated: false });
    expect(windows.called).toEqual(['InstallProductKey', 'RefreshLicenseStatus']);
  });

  it('of another key does not count', async () => {
    const { windows, outcome } = activate({ keys: [WINDOWS_KEY], licences: [OLD_LICENCE] });
    await outcome;
    expect(windows.called[0]).toBe('InstallProductKey');
  });
});

describe('several rows with the same last characters', () => {
  // Installing adds one more, at 0.
  it.each<[string, number[], object]>([
    ['the licensed one', [0, 5, 1], { kind: 'succeeded', activated: false }],
    ['else the one that is not at 0', [0, 5], { kind: 'succeeded', activated: true }],
    [
      'else it stops',
      [0, 0],
      {
        kind: 'unknown',
        why: '3 licences on the machine show a key that ends in 6789B, none of them in use',
      },
    ],
  ])('%s', async (_, statuses, expected) => {
    const licences = statuses.map((status, at) => licence(`row-${at}`, status));
    const { windows, outcome } = activate({ keys: [WINDOWS_KEY], licences });
    expect(await outcome).toMatchObject(expected);
    if (expected !== undefined && 'why' in expected) expect(windows.called).not.toContain('Activate');
  });
});

describe('before anything is reserved', () => {
  const look = (machine: MadeUpMachine) => checkElevation(TARGET, madeUpWindows(machine));

  it('changes nothing, whatever is there', async () => {
    for (const licences of [[], [licence('a', 1)], [OLD_LICENCE, licence('a', 5)]]) {
      const windows = madeUpWindows({ licences });
      await checkElevation(TARGET, windows);
      expect(windows.called).toEqual([]);
      expect(windows.inputs).toEqual(['']);
    }
  });

  it.each<[string, MadeUpMachine, string, number]>([
    ['no administrator', { elevated: false }, 'NOT_ELEVATED', 4],
    ['nor may read', { elevated: false, readFails: { code: 0x80041003, from: 1 } }, 'NOT_ELEVATED', 4],
    ['no PowerShell', { instead: { ended: 'not-started', exitCode: null } }, 'UNAVAILABLE', 6],
    ['a hang', { instead: { ended: 'timed-out', exitCode: null } }, 'UNAVAILABLE', 6],
    ['garbage', { instead: { stdout: 'Guten Tag' } }, 'UNAVAILABLE', 6],
    ['no licensing service', { readFails: { code: 0x80070422, from: 1 } }, 'UNAVAILABLE', 6],
  ])('%s', async (_, machine, code, exitCode) => {
    const error = await look(machine).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code, exitCode });
  });
});

describe('the key', () => {
  it('is in standard input and nowhere else', async () => {
    const { windows, outcome } = activate({ keys: [WINDOWS_KEY] });
    await outcome;
    expect(windows.inputs).toEqual([`${KEY}\n`]);
    for (const script of windows.scripts) {
      expect(script).not.toContain(KEY);
      expect(script).not.toContain(KEY.replaceAll('-', ''));
    }
  });

  it('is in no outcome, whatever the machine prints', async () => {
    const noise = fc.oneof(
      anyText(30),
      fc.constantFrom(
        KEY,
        `Installed product key ${KEY} successfully.`,
        '=== mpn-benefits report ===',
        '{"v":1}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(noise, { maxLength: 6 }),
        fc.integer({ min: 0, max: 255 }),
        async (parts, exitCode) => {
          const text = parts.join('\n');
          const outcome = await activate({ instead: { stdout: text, stderr: text, exitCode } }).outcome;
          expect(outcome.kind).toBe('unknown');
          expect(JSON.stringify(outcome)).not.toContain(KEY.slice(0, 11));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('that is answered for another one is not believed', async () => {
    const windows = madeUpWindows({ keys: [{ ...WINDOWS_KEY, key: OTHER_KEY }], licences: [] });
    const answered = await activateOnWindows(
      { ...TARGET, last5: '6789C', key: productKeySecret(OTHER_KEY) },
      windows,
    );
    expect(answered).toMatchObject({ kind: 'succeeded' });
    const [script] = windows.scripts;
    const { stdout } = await madeUpWindows({ keys: [{ ...WINDOWS_KEY, key: OTHER_KEY }] }).run(
      `${script}`,
      `${OTHER_KEY}\n`,
      0,
    );
    expect(await activate({ instead: { stdout } }).outcome).toEqual({
      kind: 'unknown',
      why: 'the answer is about another product key',
    });
  });
});

describe('the scripts', () => {
  it.each([APPLICATION_IDS.windows, APPLICATION_IDS.office])(
    'are PowerShell, and short enough for a command line: %s',
    (applicationId) => {
      for (const script of [
        lookScript({ ...TARGET, applicationId }),
        activationScript({ ...TARGET, applicationId }),
      ]) {
        expect(parsePowerShell(script).type).toBe('program');
        expect(script).toMatch(/^[\x20-\x7E\n]*$/);
        // CreateProcess takes 32,767 characters; the script is sent as base64 of UTF-16.
        expect(Math.ceil((script.length * 2) / 3) * 4).toBeLessThan(30_000);
      }
    },
  );

  it('are refused by the parser when they are broken, so it would tell', () => {
    expect(() => parsePowerShell(`${lookScript(TARGET)}\n}`)).toThrow('not PowerShell');
    expect(() => parsePowerShell("$a = 'it''s\n")).toThrow('not PowerShell');
  });
});
