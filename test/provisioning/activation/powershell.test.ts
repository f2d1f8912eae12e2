import { EventEmitter } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { productKeySecret } from '../../../src/keys/product-key.ts';
import { APPLICATION_IDS } from '../../../src/provisioning/activation/licensing-program.ts';
import {
  type Child,
  createPowerShell,
  powerShellArguments,
} from '../../../src/provisioning/activation/powershell.ts';
import { activateOnWindows, checkElevation } from '../../../src/provisioning/activation/windows.ts';

const KEY = 'BCDFG-HJKMP-QRTVW-XY234-6789B';
const TARGET = { applicationId: APPLICATION_IDS.windows, last5: '6789B' };
const MACHINE = { keys: [{ key: KEY, applicationId: APPLICATION_IDS.windows }] };

describe('a real process that takes the place of pwsh', () => {
  let folder = '';
  const record = () => join(folder, 'given.json');
  const environment = (machine: object) => ({
    PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`,
    MADE_UP_WINDOWS: JSON.stringify(machine),
    MPN_BENEFITS_VAULT_KEY: 'a-vault-key',
    MPN_BENEFITS_TOKEN: 'a-token',
    PSModulePath: 'C:\\Program Files\\PowerShell\\7\\Modules',
  });

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'mpn-benefits-pwsh-'));
    const program = fileURLToPath(new URL('made-up-pwsh.ts', import.meta.url));
    // Optimising the grammar takes ten times as long as using it, and a process waits for that before it ends.
    const node = `'${process.execPath}' --liftoff-only`;
    writeFileSync(join(folder, 'pwsh'), `#!/bin/sh\nexec ${node} '${program}' "$@"\n`);
    chmodSync(join(folder, 'pwsh'), 0o755);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gets the key by standard input, and neither in its arguments nor in its environment', async () => {
    const powerShell = createPowerShell({ env: environment({ ...MACHINE, record: record() }) });
    const outcome = await activateOnWindows({ ...TARGET, key: productKeySecret(KEY) }, powerShell);
    expect(outcome).toMatchObject({ kind: 'succeeded', activated: true });

    const given = JSON.parse(readFileSync(record(), 'utf8')) as {
      argv: string[];
      env: object;
      stdin: string;
    };
    expect(given.stdin).toBe(`${KEY}\n`);
    const { MADE_UP_WINDOWS: _, ...env } = given.env as Record<string, string>;
    const script = Buffer.from(given.argv.at(-1) ?? '', 'base64').toString('utf16le');
    expect(script).toContain('InstallProductKey');
    for (const place of [...given.argv, script, ...Object.values(env)]) {
      expect(place.toUpperCase()).not.toContain('HJKMP');
      expect(place).not.toMatch(/a-vault-key|a-token/);
    }
    expect(Object.keys(env)).not.toContain('PSModulePath');
  });

  it('that hangs is ended, and the outcome is unknown', async () => {
    const powerShell = createPowerShell({ env: environment({ ...MACHINE, pauseMs: 60_000 }) });
    const outcome = await activateOnWindows(
      { ...TARGET, key: productKeySecret(KEY), timeoutMs: 200 },
      powerShell,
    );
    expect(outcome).toEqual({ kind: 'unknown', why: 'it gave no answer in time' });
  });

  it('that is not there is said so before anything is reserved', async () => {
    const powerShell = createPowerShell({ env: { PATH: '/nowhere' } });
    await expect(checkElevation(TARGET, powerShell)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'PowerShell on this machine cannot be used: it could not be started.',
    });
  });
});

describe('how it is started', () => {
  class MadeUpChild extends EventEmitter {
    readonly stdin = Object.assign(new EventEmitter(), {
      end: () => setImmediate(() => this.stdin.emit('error', new Error('EPIPE'))),
    });
    readonly stdout = Object.assign(new EventEmitter(), { destroy: () => {} });
    readonly stderr = Object.assign(new EventEmitter(), { destroy: () => {} });
    kill = () => this.emit('error', new Error('EPERM'));
  }

  function started(
    env: Record<string, string>,
    existing: readonly string[],
    after: (child: MadeUpChild) => void,
    timeoutMs = 10_000,
  ) {
    const commands: string[] = [];
    const powerShell = createPowerShell({
      env,
      exists: (path) => existing.includes(path),
      spawn: (command, _args, options) => {
        expect(options.shell).toBe(false);
        commands.push(command);
        const child = new MadeUpChild();
        setImmediate(() => setImmediate(() => after(child)));
        return child satisfies Child;
      },
    });
    return { commands, answer: powerShell.run('1', '', timeoutMs) };
  }

  const SYSTEM32 = 'C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe';
  const SYSNATIVE = 'C:\\Windows\\Sysnative\\WindowsPowerShell\\v1.0\\powershell.exe';

  it.each([
    [
      'Windows PowerShell by its full path',
      { SystemRoot: 'C:\\Windows', PATH: 'D:\\evil' },
      [SYSTEM32],
      SYSTEM32,
    ],
    ['whatever the case of the variable', { systemroot: 'C:\\Windows' }, [SYSTEM32], SYSTEM32],
    ['the native one from a 32-bit Node', { SystemRoot: 'C:\\Windows' }, [SYSNATIVE, SYSTEM32], SYSNATIVE],
    ['pwsh where there is none', { SystemRoot: 'C:\\Windows' }, [], 'pwsh'],
    ['not from a relative folder', { SystemRoot: 'Windows' }, ['Windows\\System32'], 'pwsh'],
  ])('%s', async (_, env, existing, expected) => {
    const { commands, answer } = started(env, existing, (child) => child.emit('close', 0));
    expect(await answer).toEqual({ ended: 'exited', exitCode: 0, stdout: '', stderr: '' });
    expect(commands).toEqual([expected]);
  });

  it('reads nobody’s profile, asks nothing, and takes text', () => {
    const args = powerShellArguments("'ü'");
    expect(args.slice(0, -1)).toEqual([
      '-NoLogo',
      '-NoProfile',
      '-NonInteractive',
      '-InputFormat',
      'Text',
      '-OutputFormat',
      'Text',
      '-EncodedCommand',
    ]);
    expect(Buffer.from(args.at(-1) ?? '', 'base64').toString('utf16le')).toBe("'ü'");
  });

  it('that hangs and cannot be ended was started all the same', async () => {
    const { answer } = started({}, [], () => {}, 20);
    expect(await answer).toEqual({ ended: 'timed-out', exitCode: null, stdout: '', stderr: '' });
  });

  it('keeps no more output than a report can have', async () => {
    const { answer } = started({}, [], (child) => {
      for (let piece = 0; piece < 40; piece += 1) child.stdout.emit('data', Buffer.alloc(100_000, 'x'));
      child.emit('close', null);
    });
    const { stdout, exitCode } = await answer;
    expect(stdout.length).toBe(1_000_000);
    expect(exitCode).toBeNull();
  });

  it('a spawn that throws is an answer too', async () => {
    const powerShell = createPowerShell({
      env: {},
      spawn: () => {
        throw new Error('EPERM');
      },
    });
    expect(await powerShell.run('1', '', 1000)).toMatchObject({ ended: 'not-started', exitCode: null });
  });
});
