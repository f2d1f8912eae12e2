import { describe, expect, test } from 'vitest';
import { lookAll } from '../../../src/checks/check.ts';
import { machineChecks } from '../../../src/checks/machine.ts';
import type { PowerShellAnswer } from '../../../src/provisioning/activation/powershell.ts';
import type { CheckResult } from '../../../src/troubleshooting/checks.ts';
import { knowledge } from '../../troubleshooting/helpers.ts';
import { setup } from '../setup.ts';
import { type MadeUpMachine, madeUpWindows } from './made-up-windows.ts';

const LICENCE = {
  Name: 'Windows(R), ServerStandard edition',
  ProductKeyChannel: 'Volume:MAK',
  PartialProductKey: 'XY234',
  LicenseStatus: 1,
  LicenseStatusReason: 0x4004f401,
};
const VERSION = 'HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
const OFFICE = 'HKLM:\\SOFTWARE\\Microsoft\\Office\\ClickToRun\\Configuration';
const TLS =
  'HKLM:\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Client';
const HTTP = 'HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\Connections';

async function check(
  id: string,
  machine: MadeUpMachine,
  knownKeys: readonly string[] = [],
): Promise<CheckResult> {
  const windows = async () => ({
    powerShell: madeUpWindows(machine),
    index: knowledge.index,
    knownKeys: async () => knownKeys,
  });
  const wanted = knowledge.checks.filter((description) => description.id === id);
  const [result] = await lookAll(machineChecks(wanted, setup({ platform: 'win32', windows })));
  if (result === undefined) throw new Error(`no check ${id}`);
  return result;
}

describe('licences', () => {
  test('all licensed', async () => {
    const result = await check('license-status', { cim: { SoftwareLicensingProduct: [LICENCE] } });
    expect(result).toMatchObject({ result: 'ok', fix: null });
    expect(result.evidence).toBe(
      'Windows(R), ServerStandard edition: licensed, 0x4004F401, Volume:MAK, key …XY234',
    );
  });

  test('one that is not: its code, ready to paste', async () => {
    const bad = {
      ...LICENCE,
      Name: 'Office 16, Office16ProPlusVL_MAK edition',
      LicenseStatus: 5,
      LicenseStatusReason: 0xc004f009,
    };
    const result = await check('license-status', { cim: { SoftwareLicensingProduct: [LICENCE, bad] } });
    expect(result).toMatchObject({
      result: 'fail',
      fix: 'Find out what it means: mpn-benefits troubleshoot 0xC004F009',
    });
    expect(result.evidence).toContain('Office 16, Office16ProPlusVL_MAK edition: notification, 0xC004F009');
  });

  test('none installed', async () => {
    expect(await check('license-status', { cim: { SoftwareLicensingProduct: [] } })).toMatchObject({
      result: 'fail',
      evidence: 'No product key is installed.',
    });
  });

  test.each([
    ['known', ['XY234'], 'ok', 'All of them are in the profile: …XY234'],
    ['not known', ['6789B'], 'fail', 'Not in the profile: Windows(R), ServerStandard edition'],
    ['nothing to compare with', [], 'skip', 'The profile holds no keys to compare with.'],
  ])('installed keys: %s', async (_, known, result, evidence) => {
    const found = await check('keys-match', { cim: { SoftwareLicensingProduct: [LICENCE] } }, known);
    expect(found).toMatchObject({ result, evidence: expect.stringContaining(evidence) });
  });

  test('classes that do not answer are named with their code', async () => {
    expect(await check('licensing-classes', { cim: { SoftwareLicensingService: 0x80041010 } })).toMatchObject(
      {
        result: 'fail',
        evidence: 'They do not answer: 0x80041010.',
        fix: 'Find out why: mpn-benefits troubleshoot 0x80041010',
      },
    );
    const cim = {
      SoftwareLicensingService: [{ Version: '10.0.17763.1' }],
      SoftwareLicensingProduct: [LICENCE],
    };
    expect(await check('licensing-classes', { cim })).toMatchObject({
      result: 'ok',
      evidence: expect.stringContaining('10.0.17763.1'),
    });
  });

  test.each([
    ['stopped until it is needed', [{ Name: 'sppsvc', State: 'Stopped', StartMode: 'Auto' }], 'ok'],
    ['forbidden to start', [{ Name: 'sppsvc', State: 'Stopped', StartMode: 'Disabled' }], 'fail'],
    ['not there', [], 'fail'],
    [
      'that of Office forbidden',
      [
        { Name: 'sppsvc', State: 'Running', StartMode: 'Auto' },
        { Name: 'osppsvc', State: 'Stopped', StartMode: 'Disabled' },
      ],
      'fail',
    ],
  ])('licensing service: %s', async (_, services, result) => {
    expect(await check('licensing-service', { cim: { Win32_Service: services } })).toMatchObject({ result });
  });

  test('a KMS host that is set is named here and not in a ticket', async () => {
    const set = await check('kms-settings', {
      cim: { SoftwareLicensingService: [{ KeyManagementServiceMachine: 'kms.corp.example' }] },
    });
    expect(set).toMatchObject({
      result: 'warn',
      evidence: 'A KMS host is set: kms.corp.example',
      shareable: 'A KMS host is set.',
    });
    expect(await check('kms-settings', { cim: { SoftwareLicensingService: [{}] } })).toMatchObject({
      result: 'ok',
    });
  });
});

describe('the system', () => {
  const system = {
    cim: { Win32_OperatingSystem: [{ Caption: 'Microsoft Windows Server 2019', Version: '10.0.17763' }] },
  };

  test.each([
    ['ServerStandard', 'ok'],
    ['ServerStandardEval', 'warn'],
  ])('edition %s: %s', async (edition, result) => {
    expect(
      await check('windows-edition', { ...system, registry: { [`${VERSION}\\EditionID`]: edition } }),
    ).toMatchObject({ result, evidence: expect.stringContaining(edition) });
  });

  test.each([
    [true, 'ok'],
    [false, 'warn'],
  ])('administrator rights %s: %s', async (elevated, result) => {
    expect(await check('elevated', { elevated })).toMatchObject({ result });
  });

  test('Office: none, one, and two bitnesses', async () => {
    const registry = {
      [`${OFFICE}\\ProductReleaseIds`]: 'ProPlus2019Volume',
      [`${OFFICE}\\Platform`]: 'x64',
      [`${OFFICE}\\VersionToReport`]: '16.0.1',
    };
    expect(await check('office-folder', {})).toMatchObject({ result: 'skip' });
    expect(await check('office-folder', { registry })).toMatchObject({
      result: 'ok',
      evidence: expect.stringMatching(/ProPlus2019Volume, x64, version 16\.0\.1/),
    });
    expect(await check('office-folder', { registry, paths: ['Office16\\OSPP.VBS'] })).toMatchObject({
      result: 'warn',
    });
  });

  test('script host: what is missing is named', async () => {
    expect(await check('script-host', { paths: ['cscript.exe', 'vbscript.dll', 'slmgr.vbs'] })).toMatchObject(
      { result: 'ok' },
    );
    expect(await check('script-host', { paths: ['cscript.exe', 'slmgr.vbs'] })).toMatchObject({
      result: 'warn',
      evidence: 'VBScript is not installed.',
    });
  });

  test.each([
    ['Running', 'ok'],
    ['Stopped', 'warn'],
  ])('Windows Time %s: %s', async (state, result) => {
    expect(
      await check('time-service', {
        cim: { Win32_Service: [{ Name: 'w32time', State: state, StartMode: 'Manual' }] },
      }),
    ).toMatchObject({ result });
  });

  test.each([
    ['off', { [`${TLS}\\Enabled`]: 0 }, 'fail'],
    ['off by default', { [`${TLS}\\DisabledByDefault`]: 1 }, 'fail'],
    ['on', { [`${TLS}\\Enabled`]: 1 }, 'ok'],
    ['not said', {}, 'ok'],
  ])('TLS 1.2 %s', async (_, registry, result) => {
    expect(await check('tls', { registry })).toMatchObject({ result });
  });

  test('codes of events, without those that inform', async () => {
    const events = [
      {
        Id: 8198,
        Message: 'License Activation (slui.exe) failed with the following error code:\nhr=0x8007232B',
      },
      { Id: 1003, Message: 'state 0x4004F401' },
    ];
    expect(await check('event-log', { events })).toMatchObject({
      result: 'warn',
      evidence: 'Codes in the newest events (8198, 1003): 0x8007232B',
      fix: 'Look them up: mpn-benefits troubleshoot 0x8007232B',
    });
    expect(await check('event-log', {})).toMatchObject({ result: 'ok' });
  });

  test('a pending restart says because of what', async () => {
    expect(await check('pending-restart', { paths: ['RebootRequired'] })).toMatchObject({
      result: 'warn',
      evidence: 'Windows waits for a restart, because of Windows Update.',
    });
    expect(await check('pending-restart', {})).toMatchObject({ result: 'ok' });
  });

  test('a proxy of WinHTTP is named here and not in a ticket', async () => {
    const name = Buffer.from('proxy.corp.example:8080');
    const settings = Buffer.alloc(16);
    settings.writeUInt32LE(3, 8);
    settings.writeUInt32LE(name.length, 12);
    const found = (bytes: Buffer): string =>
      `=== mpn-benefits look ===\n${JSON.stringify({ error: null, settings: bytes.toString('base64') })}\n=== end of mpn-benefits look ===\n`;
    const answers = (bytes: Buffer) => async () => ({
      powerShell: {
        run: async () => ({ ended: 'exited' as const, exitCode: 0, stdout: found(bytes), stderr: '' }),
      },
      index: knowledge.index,
      knownKeys: async () => [],
    });
    const proxy = knowledge.checks.filter(({ id }) => id === 'proxy');
    const look = async (bytes: Buffer) =>
      (await lookAll(machineChecks(proxy, setup({ platform: 'win32', windows: answers(bytes) }))))[0];
    expect(await look(Buffer.concat([settings, name]))).toMatchObject({
      result: 'warn',
      evidence: expect.stringContaining('proxy.corp.example:8080'),
      shareable: 'WinHTTP uses a proxy.',
    });
    // Direct access, and bytes that are cut off.
    const direct = Buffer.alloc(12);
    direct.writeUInt32LE(1, 8);
    expect(await look(direct)).toMatchObject({ result: 'ok' });
    expect(await look(settings.subarray(0, 14))).toMatchObject({
      result: 'warn',
      evidence: expect.stringContaining('(unnamed)'),
    });
  });

  test('without settings WinHTTP has no proxy', async () => {
    expect(await check('proxy', { registry: { [`${HTTP}\\Other`]: 1 } })).toMatchObject({ result: 'ok' });
  });
});

describe('whatever happens', () => {
  const windowsOnly = knowledge.checks.filter(
    ({ platform, online, id }) => !online && (platform === 'windows' || id === 'elevated'),
  );

  test('every check that looks at Windows only looks', async () => {
    const powerShell = madeUpWindows({});
    await lookAll(
      machineChecks(
        windowsOnly,
        setup({
          platform: 'win32',
          windows: async () => ({ powerShell, index: knowledge.index, knownKeys: async () => [] }),
        }),
      ),
    );
    for (const command of powerShell.called) expect(command).toMatch(/^(get|test|new)-/);
  });

  test.each<readonly [string, PowerShellAnswer]>([
    ['could not be started', { ended: 'not-started', exitCode: null, stdout: '', stderr: '' }],
    ['gave no answer in time', { ended: 'timed-out', exitCode: null, stdout: '', stderr: '' }],
    ['cannot be read', { ended: 'exited', exitCode: 1, stdout: 'Zugriff verweigert', stderr: '' }],
  ])('PowerShell %s: each check says so and the next one runs', async (why, answer) => {
    const windows = async () => ({
      powerShell: { run: async () => answer },
      index: knowledge.index,
      knownKeys: async () => [],
    });
    const results = await lookAll(machineChecks(windowsOnly, setup({ platform: 'win32', windows })));
    expect(results).toHaveLength(windowsOnly.length);
    for (const { result, evidence } of results) {
      expect(result).toBe('crash');
      expect(evidence).toContain(why);
    }
  });
});
