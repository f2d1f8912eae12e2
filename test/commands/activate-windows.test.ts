import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { APPLICATION_IDS } from '../../src/provisioning/activation/licensing-program.ts';
import type { PowerShell } from '../../src/provisioning/activation/powershell.ts';
import { expectSound } from '../process/activate-support.ts';
import { answer, type Json } from '../process/support.ts';
import { type MadeUpMachine, madeUpWindows } from '../provisioning/activation/made-up-windows.ts';
import { type InProcess, inProcess } from './in-process.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const PRODUCT = 'ws-standard-2019';
const takes = (changes: object = {}): MadeUpMachine => ({
  keys: [{ key: KEY, applicationId: APPLICATION_IDS.windows, ...changes }],
});

const NUMBERS = (used: number, pending: number, allowed = 5) => ({
  used,
  pending,
  allowed,
  remaining: allowed - used,
});

/** A profile with one key of five activations, on a made-up Windows. */
async function profile() {
  const { home, run } = inProcess({ platform: 'win32', hostName: 'srv-01' });
  const imported = await run(['import', 'key', PRODUCT, '--type', 'mak', '--allowed', '5'], {
    stdin: `${KEY}\n`,
  });
  expect(imported.code, imported.stderr).toBe(0);
  return { home, run };
}

const ACTIVATE = ['activate', PRODUCT, '--assume', 'new', '--reason', 'test', '--yes'];

/** Activates on a machine; the answer, what the machine saw, and what the ledger says afterwards. */
async function activateOn(run: InProcess, machine: MadeUpMachine, args: readonly string[] = ACTIVATE) {
  const windows = madeUpWindows(machine);
  const done = await run([...args, '-o', 'json'], { powerShell: windows });
  const [activation] = await answer<Json[]>(run, ['activations', 'list']);
  const [usage] = await answer<Json[]>(run, ['usage', PRODUCT]);
  await expectSound(run);
  expect(done.stdout + done.stderr).not.toContain(KEY);
  return { done, windows, activation, usage };
}

describe('activating on a made-up Windows', () => {
  test('success: settled, counted once, and the key was in standard input only', async () => {
    const { run } = await profile();
    const { done, windows, activation } = await activateOn(run, takes());
    expect(done.code, done.stderr).toBe(0);
    expect(done.json()).toMatchObject({
      via: 'windows',
      machine: 'srv-01',
      status: 'succeeded',
      delta: 1,
      ...NUMBERS(1, 0),
    });
    expect(activation).toMatchObject({ status: 'succeeded', via: 'windows', code: null, actor: 'tester' });
    expect(windows.called).toEqual([
      'InstallProductKey',
      'RefreshLicenseStatus',
      'Activate',
      'RefreshLicenseStatus',
    ]);
    expect(windows.scripts.join('\n')).not.toContain('BCDFG');
    expect(windows.inputs.filter((input) => input.includes(KEY))).toEqual([`${KEY}\n`]);
  });

  test('the key is in the access log as taken out for this machine', async () => {
    const { run } = await profile();
    await activateOn(run, takes());
    const history = await answer<Json[]>(run, ['key', '--history']);
    expect(history).toMatchObject([{ last5: '6789B', productId: PRODUCT, way: 'windows', target: 'srv-01' }]);
  });

  test.each<[string, MadeUpMachine, number, string, object, object]>([
    [
      'licensed already: nothing has to be activated',
      takes({ licensedAtOnce: true }),
      0,
      '',
      { status: 'succeeded', delta: 1 },
      NUMBERS(1, 0),
    ],
    [
      'the key of another edition: given back',
      takes({ installFails: 0xc004f069 }),
      10,
      'ACTIVATION_FAILED',
      { status: 'failed', code: '0xC004F069', delta: 0 },
      NUMBERS(0, 0),
    ],
    [
      "Microsoft's own limit: given back, with the code",
      takes({ activateFails: 0xc004c020 }),
      10,
      'ACTIVATION_FAILED',
      { status: 'failed', code: '0xC004C020', delta: 0 },
      NUMBERS(0, 0),
    ],
    [
      'a restart that is needed: no failure, pending',
      takes({ installFails: 0x80070bc9 }),
      0,
      '',
      { status: 'pending', delta: 1 },
      NUMBERS(1, 1),
    ],
  ])('%s', async (_, machine, exitCode, code, state, numbers) => {
    const { run } = await profile();
    const { done, activation, usage } = await activateOn(run, machine);
    expect(done.code, done.stderr).toBe(exitCode);
    if (code !== '') expect(done.error()).toMatchObject({ code });
    else expect(done.json()).toMatchObject({ ...numbers, status: Object(state).status });
    expect(activation).toMatchObject(state);
    expect(usage).toMatchObject(numbers);
  });

  test('the code of a failure is in the details of the error', async () => {
    const { run } = await profile();
    const { done } = await activateOn(run, takes({ activateFails: 0xc004c020 }));
    expect(done.error().details).toMatchObject({ activationCode: '0xC004C020', productId: PRODUCT });
    expect(done.error().hint).toContain('troubleshoot 0xC004C020');
  });

  test.each<[string, MadeUpMachine]>([
    ['no elevation', { ...takes(), elevated: false }],
    ['no PowerShell', { instead: { ended: 'not-started', exitCode: null } }],
    ['a PowerShell that does not answer', { instead: { ended: 'timed-out', exitCode: null } }],
    ['a PowerShell that answers something else', { instead: { stdout: 'Guten Tag' } }],
    ['licences that cannot be read', { ...takes(), readFails: { code: 0x80041010, from: 1 } }],
  ])('%s is found before anything is reserved or revealed', async (name, machine) => {
    const { run } = await profile();
    const { done, activation, usage } = await activateOn(run, machine);
    expect(done.code).toBe(name === 'no elevation' ? 4 : 6);
    expect(done.error().code).toBe(name === 'no elevation' ? 'NOT_ELEVATED' : 'UNAVAILABLE');
    expect(activation).toBeUndefined();
    expect(usage).toMatchObject(NUMBERS(0, 0));
    expect((await run(['key', '--history', '-o', 'json'])).stdout.trim()).toBe('[]');
  });

  /** A machine that answers the look before and then does something else. */
  function turning(machine: MadeUpMachine, then: MadeUpMachine['instead']) {
    const first = madeUpWindows(machine);
    const second = madeUpWindows({ ...machine, ...(then === undefined ? {} : { instead: then }) });
    const inputs: string[] = [];
    let runs = 0;
    return {
      inputs,
      run: (script: string, stdin: string, timeoutMs: number) => {
        inputs.push(stdin);
        runs += 1;
        return (runs === 1 ? first : second).run(script, stdin, timeoutMs);
      },
    };
  }

  test.each<[string, MadeUpMachine['instead']]>([
    ['a hang while activating', { ended: 'timed-out', exitCode: null }],
    ['garbage in place of the report', { stdout: `Error near ${KEY}`, exitCode: 1 }],
    ['no output at all', { stdout: '' }],
  ])('%s: nobody knows, it stays pending and counted', async (_, then) => {
    const { run } = await profile();
    const done = await run([...ACTIVATE, '-o', 'json'], { powerShell: turning(takes(), then) });
    expect(done.code).toBe(10);
    expect(done.error().code).toBe('ACTIVATION_UNKNOWN');
    expect(done.stdout).toBe('');
    expect(done.stderr).not.toContain('BCDFG');
    const [activation] = await answer<Json[]>(run, ['activations', 'list']);
    expect(activation).toMatchObject({ status: 'pending', delta: 1 });
    expect(done.error().hint).toContain(`activations settle ${activation?.['activationId']}`);
    const [usage] = await answer<Json[]>(run, ['usage', PRODUCT]);
    expect(usage).toMatchObject(NUMBERS(1, 1));
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s while activating says that it is counted',
    async (signal) => {
      const { run } = await profile();
      const signals = new EventEmitter();
      const windows = madeUpWindows(takes());
      let runs = 0;
      const powerShell: PowerShell = {
        run: (...asked) => {
          runs += 1;
          if (runs === 1) return windows.run(...asked);
          signals.emit(signal);
          return new Promise(() => {});
        },
      };
      const done = await run(ACTIVATE, { powerShell, signals });
      expect(done.code).toBe(130);
      const [activation] = await answer<Json[]>(run, ['activations', 'list']);
      expect(activation).toMatchObject({ status: 'pending', delta: 1 });
      expect(done.stderr).toContain(
        `The activation ${activation?.['activationId']} is reserved and counted. The same command again continues it`,
      );
      expect(signals.eventNames()).toEqual([]);
    },
  );

  test('rights that are lost in between give the count back', async () => {
    const { run } = await profile();
    const denied = madeUpWindows(takes({ installFails: 0x80070005 }));
    const done = await run([...ACTIVATE, '-o', 'json'], { powerShell: denied });
    expect([done.code, done.error().code]).toEqual([4, 'NOT_ELEVATED']);
    const [usage] = await answer<Json[]>(run, ['usage', PRODUCT]);
    expect(usage).toMatchObject(NUMBERS(0, 0));
  });

  describe('after a restart', () => {
    const HARDWARE = ['activate', PRODUCT, '--yes', '--assume', 'unchanged', '--reason', 'test'];

    test('the same command continues what is pending: counted once, then settled', async () => {
      const { run } = await profile();
      await activateOn(run, takes({ installFails: 0x80070bc9 }));
      const { done } = await activateOn(run, takes(), HARDWARE);
      expect(done.json()).toMatchObject({ status: 'succeeded', delta: 0, ...NUMBERS(1, 0) });
      expect(String((done.json() as Json)['reasons'])).toContain('continues pending');
      const list = await answer<Json[]>(run, ['activations', 'list']);
      expect(list).toMatchObject([{ status: 'succeeded', delta: 1 }]);
    });

    test('a failure then gives back what the first run counted', async () => {
      const { run } = await profile();
      await activateOn(run, takes({ installFails: 0x80070bc9 }));
      const { done, usage } = await activateOn(run, takes({ activateFails: 0xc004c003 }), HARDWARE);
      expect(done.code).toBe(10);
      expect(usage).toMatchObject(NUMBERS(0, 0));
    });

    test('lost rights leave it as it was: nobody knows what the first run has done', async () => {
      const { run } = await profile();
      await activateOn(run, takes({ installFails: 0x80070bc9 }));
      const { done, activation, usage } = await activateOn(
        run,
        takes({ installFails: 0x80070005 }),
        HARDWARE,
      );
      expect(done.code).toBe(4);
      expect(activation).toMatchObject({ status: 'pending' });
      expect(usage).toMatchObject(NUMBERS(1, 1));
    });
  });

  test('auto is windows for this machine, and asked for another one', async () => {
    const { run } = await profile();
    const here = await run([...ACTIVATE, '--dry-run', '-o', 'json'], { powerShell: madeUpWindows(takes()) });
    expect(here.json()).toMatchObject({ via: 'windows', status: 'planned' });
    const there = await run([...ACTIVATE, '--machine', 'srv-02', '-o', 'json']);
    expect(there.error()).toMatchObject({ code: 'USAGE' });
    expect(there.error().hint).toContain('--via script');
    const forced = await run([...ACTIVATE, '--machine', 'srv-02', '--via', 'windows', '-o', 'json']);
    expect(forced.error()).toMatchObject({ code: 'USAGE' });
  });
});
